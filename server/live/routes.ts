import type { FastifyRequest } from 'fastify';
import { hashToken } from '../accounts/sessions.ts';
import { addressKey } from '../addresses.ts';
import type { App } from '../app.ts';
import { Refusal } from '../errors.ts';
import { requireOwnOrigin } from '../origins.ts';

export const liveAddress = '/api/live';

/** A suspended member follows as a reader does, until that changes. */
function readIdentity({ member, session, ip }: FastifyRequest) {
	return {
		member: member?.suspension ? null : member,
		account: member?.id ?? null,
		session: session && hashToken(session.id),
		address: addressKey(ip),
	};
}

/** `GET /api/live`: the WebSocket of live updates, with the session of its handshake. */
export function registerLiveRoutes(app: App): void {
	const { sockets } = app.context;
	app.get(
		liveAddress,
		{
			websocket: true,
			schema: {
				summary: 'Live updates over a WebSocket',
				description: 'JSON text frames; subscribe to `thread:<id>` or, signed in, to `me`.',
				tags: ['live'],
			},
			preValidation: async (request, reply) => {
				if (request.headers.upgrade?.toLowerCase() === 'websocket')
					return requireOwnOrigin(request, app.config.origin);
				reply.header('upgrade', 'websocket');
				throw new Refusal(426, 'Upgrade needed', 'This address speaks WebSocket only.');
			},
			// the last before the upgrade: no answer is written from here on
			preHandler: (request, reply, done) => {
				reply.raw.detachSocket(request.raw.socket);
				done();
			},
		},
		(socket, request) => {
			// the plugin's own, which would keep the request and its answer as long as the socket
			socket.removeAllListeners('error');
			sockets.accept(socket, readIdentity(request));
		},
	);
}
