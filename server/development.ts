import { once } from 'node:events';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import fastifyMiddie from '@fastify/middie';
import { createServer } from 'vite';
import type { App } from './app.ts';
import { createDevelopmentRenderer, type Renderer } from './renderer.ts';

export type Development = {
	renderer: Renderer;
	/** Serves the client's sources, with hot reload. */
	serveSources(app: App): Promise<void>;
	/** The pages for those who work on the site. */
	registerPages(app: App): void;
	close(): Promise<void>;
};

/** Starts Vite's development server as a middleware. */
export async function startDevelopment(): Promise<Development> {
	const vite = await createServer({
		configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
		server: { middlewareMode: true, ws: { port: await findFreePort() } },
	});
	return {
		renderer: createDevelopmentRenderer(vite),
		async serveSources(app) {
			await app.register(fastifyMiddie);
			app.use(vite.middlewares);
		},
		registerPages(app) {
			app.get('/styleguide', (request, reply) =>
				reply.page('StyleguidePage', {
					meta: request.describePage({
						title: 'Style guide',
						description: 'Every token and every part in all its states.',
						path: '/styleguide',
						isHidden: true,
					}),
				}),
			);
		},
		close: () => vite.close(),
	};
}

async function findFreePort(): Promise<number> {
	const server = createNetServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}
