import { once } from 'node:events';
import { sql } from 'drizzle-orm';
import { WebSocket } from 'ws';
import { listen } from './listen.ts';
import type { Outcome, Row, Scene } from './row.ts';

const frame = (parts: object) => JSON.stringify({ type: 'subscribe', topic: 'thread:1', ...parts });
const repeat = (count: number, write: (n: number) => string) =>
	Array.from({ length: count }, (_, n) => write(n)).join('\n');

/** Gives a thread of its own as many events as are replayed at once, each of a kilobyte; `thread:` and its id. */
async function fillTopic({ site, host }: Scene): Promise<string> {
	const thread = { question: 'What happened?', introduction: 'A lot.', slug: 'eventful' };
	await host.post('/api/threads', thread);
	const { id } = (await host.get('/api/threads/eventful')).json<{ id: number }>();
	const topic = `thread:${id}`;
	const event = JSON.stringify({ type: 'post.upvoted', postId: 1, score: 1, x: 'x'.repeat(900) });
	await site.database.db.execute(sql`
		insert into events (topic, cursor, event)
		select ${topic}, n, ${event}::jsonb from generate_series(1, 1000) as n on conflict do nothing`);
	await site.database.db.execute(sql`update threads set cursor = 1000 where id = ${id}`);
	site.forget();
	return topic;
}

/** Sends frames; the answer is all that came back, with the code that the socket was closed with, or 200. */
async function sendFrames(url: string, frames: string[]): Promise<Outcome> {
	const socket = new WebSocket(url);
	const received: string[] = [];
	let closeCode: number | null = null;
	socket.on('error', () => {});
	socket.on('message', (data) => received.push(String(data)));
	const closed = once(socket, 'close').then(([code]) => (closeCode = code as number));
	await once(socket, 'open');
	for (const each of frames) socket.send(each);
	// the answer to a frame comes after those to the frames before it
	const last = () => received.some((text) => text.includes('thread:0'));
	socket.send(frame({ type: 'subscribe', topic: 'thread:0' }));
	while (closeCode === null && !last())
		await Promise.race([closed, once(socket, 'message').catch(() => {})]);
	socket.terminate();
	return { statusCode: closeCode ?? 200, body: received.join('\n') };
}

/** What reaches the live parts: frames, one on each line of an input, and queries. */
export const live: Row[] = [
	{
		name: 'frames of a live socket',
		routes: ['GET /api/live'],
		bound:
			'bytes by maxPayload, frames and topics by server/live/sockets.ts, replays by replays.ts',
		write: () => [
			'x'.repeat(1_000_000),
			'['.repeat(4000),
			`{"a":`.repeat(800),
			'"\\u0000'.repeat(500),
			repeat(1000, () => '{}'),
			repeat(58, () => frame({ topic: 'x'.repeat(4000) })),
			repeat(58, (n) => frame({ topic: `thread:${'9'.repeat(n % 34)}` })),
			repeat(58, (n) => frame({ topic: `thread:${n + 1}`, after: Number.MAX_SAFE_INTEGER })),
			repeat(58, (n) => frame({ type: 'typing', postId: n + 1 })),
			repeat(12, (n) => frame({ type: n % 2 ? 'unsubscribe' : 'subscribe', after: 0 })),
			repeat(58, () => frame({ type: 'unsubscribe' })),
			repeat(20_000, () => frame({ after: 1 })),
		],
		prepare: async (scene) => {
			const topic = await fillTopic(scene);
			const url = `${(await listen(scene.site)).replace('http', 'ws')}/api/live`;
			return async (input) => {
				const frames = input.replaceAll('"thread:1"', `"${topic}"`).split('\n');
				return () => sendFrames(url, frames);
			};
		},
		maxOutput: () => 8_000_000,
		statuses: [200, 1006, 1008, 1009],
	},
	{
		name: 'live events over HTTP',
		routes: ['GET /api/live/events'],
		bound: 'events and bytes by server/live/replays.ts, which makes them of what is there already',
		write: () => [
			...[0, 1, 10, 999, 1000, 1001, Number.MAX_SAFE_INTEGER].map((n) => `after=${n}`),
			`after=${'9'.repeat(4000)}`,
			`topic=${'x'.repeat(7000)}`,
			'topic=thread:1&'.repeat(400),
			'after=0&'.repeat(900),
			Array.from({ length: 1500 }, (_, n) => `${n}=`).join('&'),
		],
		prepare: async (scene) => {
			const topic = await fillTopic(scene);
			return async (query) => {
				const search = query.startsWith('topic=') ? query : `topic=${topic}&${query}`;
				return () => scene.site.reader.get(`/api/live/events?${search}`);
			};
		},
		maxOutput: () => 1_200_000,
		statuses: [200, 404, 422],
	},
];
