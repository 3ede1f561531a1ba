import fastifySwagger, { type StaticDocumentSpec } from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { type TObject, Type } from 'typebox';
import type { App } from './app.ts';
import { Problem } from './schema.ts';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** creates, and takes an `Idempotency-Key` */
		takesKey?: boolean;
		/** takes a file as `multipart/form-data` */
		takesFile?: boolean;
	}
}

// imported, it would be read with all that Node has of HTTP, `fetch` and its WebSocket among it, at the start
const { STATUS_CODES } = process.getBuiltinModule('node:http');

const KeyHeader = Type.Object({
	'idempotency-key': Type.Optional(
		Type.String({
			minLength: 1,
			maxLength: 255,
			description: 'Sent again with the same body within 24 hours, it creates nothing twice.',
		}),
	),
});

const upload = {
	consumes: ['multipart/form-data'],
	body: Type.Object({ file: Type.String({ format: 'binary' }) }),
};

/** The contract as OpenAPI 3.1 at `/api/openapi.json`, made of the schemas that validate, and a reader of it. */
export async function registerOpenApi(app: App): Promise<void> {
	await app.register(fastifySwagger, {
		openapi: {
			openapi: '3.1.0',
			info: {
				title: 'Weigh-In',
				description:
					'Definitions, ownership stories and replies. Errors are RFC 9457 problems; live updates come over the WebSocket at /api/live.',
				version: '1.0.0',
				license: { name: 'MIT', identifier: 'MIT' },
			},
			components: {
				securitySchemes: {
					session: { type: 'apiKey', in: 'cookie', name: app.sessions.cookieName },
				},
			},
		},
		transform: ({ schema, url, route }) => {
			const isOurs =
				url === '/api/live' || (schema?.hide !== true && /^\/(api|health)\//.test(url));
			const response = {
				...problems(429, 503),
				...((schema?.body || route.config?.takesFile) && problems(400, 413, 415)),
				// other sites’ pages
				...(!['GET', 'HEAD'].includes(String(route.method)) && problems(403)),
				...(schema?.response as object),
			};
			const headers = route.config?.takesKey && { headers: KeyHeader };
			const security = 401 in response && url !== '/api/session' && { security: [{ session: [] }] };
			const consumes = schema?.body !== undefined && {
				consumes: ['application/json', 'application/x-www-form-urlencoded'],
			};
			const file = route.config?.takesFile && upload;
			const query = schema?.querystring && {
				querystring: withDefaults(schema.querystring as TObject),
			};
			const hide = !isOurs || route.method === 'HEAD';
			return {
				schema: {
					...schema,
					...(query as object | undefined),
					...headers,
					...security,
					...consumes,
					...file,
					response,
					hide,
				},
				url,
			};
		},
	});
	app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
	registerReader(app);
}

/** What has a default need not be sent. */
function withDefaults({ required, properties, ...rest }: TObject): object {
	const needed = (required as string[] | undefined)?.filter(
		(name) => !('default' in properties[name]!),
	);
	return { ...rest, properties, required: needed };
}

/** The contract to read and to try, by a server within this one that opens with its first reader. */
function registerReader(app: App): void {
	const routePrefix = '/api/docs';
	let opening: Promise<FastifyInstance> | undefined;

	async function open(): Promise<FastifyInstance> {
		const { default: fastifySwaggerUi } = await import('@fastify/swagger-ui');
		const reader = Fastify();
		// the types know no static document of OpenAPI 3.1; it is only handed on
		const specification = { document: app.swagger() as StaticDocumentSpec['document'] };
		await reader.register(fastifySwagger, { mode: 'static', specification });
		await reader.register(fastifySwaggerUi, {
			routePrefix,
			staticCSP: true,
			// the site may be one without TLS
			transformStaticCSP: (policy) => policy.replace('upgrade-insecure-requests;', ''),
			uiConfig: { deepLinking: true },
			theme: { title: 'Weigh-In API' },
		});
		await reader.ready();
		return reader;
	}

	for (const url of [routePrefix, `${routePrefix}/*`])
		app.get(url, { schema: { hide: true } }, async (request, reply) => {
			const reader = await (opening ??= open());
			reply.hijack();
			for (const [name, value] of Object.entries(reply.getHeaders()))
				reply.raw.setHeader(name, value!);
			reader.routing(request.raw, reply.raw);
		});
	app.addHook('onClose', async () => (await opening)?.close());
}

/** The refusals of its own that a route may answer, for its response schemas; the document adds those of every route. */
export function problems(...statuses: number[]) {
	const content = { 'application/problem+json': { schema: Problem } };
	return Object.fromEntries(
		statuses.map((status) => [status, { description: STATUS_CODES[status], content }]),
	);
}
