import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import type { App } from '../../server/app.ts';

const initialization = 'fastify.initialization';

/** Runs what makes an app; returns also what its writing routes declare, by names as `PUT /api/posts/:id/upvote`. */
export async function watchWritingRoutes<T>(
	make: () => Promise<T>,
): Promise<[made: T, routes: Map<string, FastifyContextConfig>]> {
	const routes = new Map<string, FastifyContextConfig>();
	const watch = (message: unknown) =>
		void (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => {
			for (const method of [route.method].flat())
				if (/^(POST|PUT|PATCH|DELETE)$/.test(method))
					routes.set(`${method} ${route.url}`, route.config ?? {});
		});
	subscribe(initialization, watch);
	try {
		return [await make(), routes];
	} finally {
		unsubscribe(initialization, watch);
	}
}

/** Every route that is registered, as `PUT /api/posts/:id/upvote`; those for HEAD and OPTIONS come with the others. */
export function listRoutes(app: App): string[] {
	const path: string[] = [];
	const routes: string[] = [];
	for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
		const found = /^([│ ]*)[└├]── (\S+)(?: \(([A-Z, ]+)\))?$/.exec(line);
		if (!found) continue;
		const depth = found[1]!.length / 4;
		path.splice(depth, Infinity, found[2]!);
		const url = path.join('').replace(/^\/(?=\/)/, '');
		for (const method of found[3]?.split(', ') ?? [])
			if (/^(GET|POST|PUT|PATCH|DELETE)$/.test(method)) routes.push(`${method} ${url}`);
	}
	return routes;
}
