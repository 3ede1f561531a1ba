import { STATUS_CODES } from 'node:http';
import fastifySwagger from '@fastify/swagger';
import fastifySwaggerUi from '@fastify/swagger-ui';
import { Type } from 'typebox';
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
			const statuses =
				schema?.body || route.config?.takesFile ? [400, 413, 415, 429, 503] : [429, 503];
			const response = { ...problems(...statuses), ...(schema?.response as object) };
			const headers = route.config?.takesKey && { headers: KeyHeader };
			const security = 401 in response && url !== '/api/session' && { security: [{ session: [] }] };
			const consumes = schema?.body !== undefined && {
				consumes: ['application/json', 'application/x-www-form-urlencoded'],
			};
			const file = route.config?.takesFile && upload;
			const hide = !isOurs || route.method === 'HEAD';
			return {
				schema: { ...schema, ...headers, ...security, ...consumes, ...file, response, hide },
				url,
			};
		},
	});
	await app.register(fastifySwaggerUi, {
		routePrefix: '/api/docs',
		staticCSP: true,
		uiConfig: { deepLinking: true },
		theme: { title: 'Weigh-In API' },
	});
	app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

/** The refusals of its own that a route may answer, for its response schemas; the document adds those of every route. */
export function problems(...statuses: number[]) {
	const content = { 'application/problem+json': { schema: Problem } };
	return Object.fromEntries(
		statuses.map((status) => [status, { description: STATUS_CODES[status], content }]),
	);
}
