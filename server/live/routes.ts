import type { FastifyRequest } from 'fastify';
import { hashToken } from '../accounts/sessions.ts';
import { addressKey } from '../addresses.ts';
import type { App } from '../app.ts';
import { NotFound, Refusal, SignInNeeded } from '../errors.ts';
import { problems } from '../openapi.ts';
import { requireOwnOrigin } from '../origins.ts';
import { LiveEvents, LiveEventsQuery } from './schema.ts';
import { resolveTopic } from './sockets.ts';

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

/**
 * `GET /api/live`: the WebSocket of live updates, with the session of its handshake. `GET /api/live/events`: the
 * same events where no socket gets through.
 */
export function registerLiveRoutes(app: App): void {
	const { live, sockets } = app.context;
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

	app.get(
		`${liveAddress}/events`,
		{
			config: { limit: 'liveEventsByAddress' },
			schema: {
				summary: 'Live updates over plain HTTP, for who cannot open a WebSocket',
				description:
					'What has happened on `thread:<id>` or, signed in, on `me` after the cursor `after`, in order; without it, where the topic is now. Ask every few seconds, each time after the `cursor` of the last answer.',
				tags: ['live'],
				querystring: LiveEventsQuery,
				response: { 200: LiveEvents, ...problems(401, 404, 422, 429, 503) },
			},
		},
		async (request, reply) => {
			const { topic: name, after } = request.query;
			const { member, address } = readIdentity(request);
			const topic = resolveTopic(member, name);
			if (name === 'me' && !topic) throw new SignInNeeded('Sign in to follow your own topic.');
			if (!topic) throw new NotFound('There is no such topic.');
			const { lines, last } = await live.read(topic, { after, address });
			const events = (lines ?? []).map(({ text }) => text).join();
			// the events are JSON already
			const answer: unknown = `{"topic":"${name}","cursor":${last},"events":[${events}],"reset":${lines === null}}`;
			return reply
				.header('cache-control', 'private, no-store')
				.type('application/json; charset=utf-8')
				.send(answer as LiveEvents);
		},
	);
}
