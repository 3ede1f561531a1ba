import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, afterAll, describe, expect, test, vi } from 'vitest';
import { type Bus, type BusLog, type BusMessage, Outgoing } from '../server/live/bus.ts';
import { createPostgresBus } from '../server/live/bus-postgres.ts';
import { createRedisBus } from '../server/live/bus-redis.ts';
import type { Post } from '../server/posts/schema.ts';
import type { Client } from './support/app.ts';
import { createForum, type Forum } from './support/forum.ts';
import type { LiveSocket } from './support/live-socket.ts';
import { startRedis } from './support/servers.ts';
import { createRandom } from './support/writer.ts';

vi.setConfig({ testTimeout: 120_000 });

let redis: Awaited<ReturnType<typeof startRedis>>;
let forum: Forum | undefined;
let installations = 0;

beforeAll(async () => {
	redis = await startRedis();
});
afterAll(() => redis.close());
afterEach(async () => {
	await forum?.close();
	forum = undefined;
});

async function open(options: Parameters<typeof createForum>[0] = {}): Promise<Forum> {
	forum = await createForum(options);
	return forum;
}

function openRedisBus() {
	const installation = `test-${++installations}`;
	return ({ log }: { log: BusLog }) => createRedisBus({ url: redis.url, installation, log });
}

const tell = async (client: Pick<Client, 'post'>, body = 'I called them.'): Promise<Post> => {
	const story = { kind: 'story', title: 'The late truck', body };
	const response = await client.post('/api/threads/ownership/posts', story);
	expect(response.statusCode).toBe(201);
	return response.json();
};

async function follow({ apps, connect, topic }: Forum): Promise<LiveSocket[]> {
	const sockets = await Promise.all(apps.map((_, server) => connect(server)));
	await Promise.all(sockets.map((socket) => socket.subscribe(topic, 0)));
	return sockets;
}

const sequence = (length: number) => Array.from({ length }, (_, index) => index + 1);

/** Waits until every socket has `count` events and makes sure that they are the same, in order, each once. */
async function expectSame(sockets: LiveSocket[], count: number): Promise<void> {
	await Promise.all(sockets.map((socket) => socket.untilEvents(count)));
	for (const socket of sockets) {
		expect(socket.cursors).toEqual(sequence(count));
		expect(socket.events).toEqual(sockets[0]!.events);
	}
}

describe.each(['PostgreSQL', 'Redis'])('over %s', (kind) => {
	const openBus = () => (kind === 'Redis' ? openRedisBus() : createPostgresBus);

	test('a change made through any server reaches the sockets of all with the same cursor', async () => {
		const forum = await open({ openBus: openBus() });
		const author = await forum.join('author');
		const voter = await forum.join('voter', 1);
		const sockets = await follow(forum);
		const { id } = await tell(author);
		await forum.at(voter, 1).put(`/api/posts/${id}/upvote`);
		await forum.at(voter, 2).post(`/api/posts/${id}/replies`, { body: 'And then?' });
		await forum.at(author, 2).put(`/api/posts/${id}/feature`, { note: 'Read this.' });
		await forum.at(author, 0).delete(`/api/posts/${id}`);
		await expectSame(sockets, 5);
		expect(sockets[2]!.events.map(({ event }) => event.type)).toEqual([
			'post.created',
			'post.upvoted',
			'post.created',
			'post.featured',
			'post.deleted',
		]);
		expect(forum.complaints).toEqual([]);
	});

	test('an event that is larger than a notification arrives whole', async () => {
		const forum = await open({ openBus: openBus() });
		const author = await forum.join('author');
		const sockets = await follow(forum);
		const body = 'Ünd so fort. '.padEnd(20_000, 'é');
		await tell(author, body);
		await tell(author, 'Short.');
		await expectSame(sockets, 2);
		expect(sockets[1]!.events[0]!.event).toMatchObject({ post: { body } });
		expect(forum.complaints).toEqual([]);
	});

	test('votes on one post through all servers come in few frames, without a hole', async () => {
		const forum = await open({ openBus: openBus() });
		const { id } = await tell(await forum.join('author'));
		const voters = await Promise.all(
			Array.from({ length: 10 }, (_, n) => forum.join(`voter_${n}`, n % 3)),
		);
		const sockets = await follow(forum);
		const start = performance.now();
		for (let round = 0; round < 10; round++)
			await Promise.all(
				voters.map((voter) =>
					round % 2 === 0
						? voter.put(`/api/posts/${id}/upvote`)
						: voter.delete(`/api/posts/${id}/upvote`),
				),
			);
		await voters[0]!.put(`/api/posts/${id}/upvote`);
		await expectSame(sockets, 102);
		const mostFrames = Math.max(10, 1 + (performance.now() - start) / 100);
		for (const socket of sockets) {
			const replayed = socket.frames.findIndex(({ type }) => type === 'subscribed');
			const frames = socket.frames.slice(replayed).filter(({ type }) => type.startsWith('event'));
			expect(frames.length).toBeLessThanOrEqual(mostFrames);
			expect(socket.events.at(-1)!.event).toMatchObject({ type: 'post.upvoted', score: 1 });
		}
	});

	test('a page in one server’s memory ends with a change through another', async () => {
		const forum = await open({ openBus: openBus() });
		const author = await forum.join('author');
		const voter = await forum.join('voter', 1);
		const { id } = await tell(author);
		const read = async (server: number) => (await forum.apps[server]!.inject(`/posts/${id}`)).body;
		for (const server of [0, 1, 2]) expect(await read(server)).toContain('"score":0');
		await forum.at(voter, 1).put(`/api/posts/${id}/upvote`);
		expect(await read(1)).toContain('"score":1');
		for (const server of [0, 2])
			await vi.waitFor(async () => expect(await read(server)).toContain('"score":1'), 5_000);
		const bringBack = kind === 'Redis' ? await killRedis() : await killListeners(forum);
		await forum.at(voter, 1).delete(`/api/posts/${id}/upvote`);
		expect(await read(1)).toContain('"score":0');
		for (const server of [0, 2])
			await vi.waitFor(async () => expect(await read(server)).toContain('"score":0'), 5_000);
		await bringBack();
		expect(forum.complaints).toEqual([]);
	});

	test('a bus that was away brings what happened meanwhile when it is back', async () => {
		const forum = await open({ openBus: openBus() });
		const author = await forum.join('author');
		const sockets = await follow(forum);
		await tell(author, 'Before.');
		await expectSame(sockets, 1);
		const bringBack = kind === 'Redis' ? await killRedis() : await killListeners(forum);
		await tell(author, 'Meanwhile.');
		await tell(forum.at(author, 1), 'Meanwhile, too.');
		await bringBack();
		await expectSame(sockets, 3);
		await expectCarriedAgain(forum, author, sockets);
		expect(forum.complaints).toEqual([]);
	});

	test('signing out and being suspended close the sockets of that account on every server', async () => {
		const forum = await open({ openBus: openBus() });
		const host = await forum.join('host');
		const leaver = await forum.join('leaver', 1);
		const suspect = await forum.join('suspect', 2);
		const connect = (client: Client) =>
			Promise.all(forum.apps.map((_, server) => forum.connect(server, client)));
		const [hosts, leavers, suspects] = await Promise.all([host, leaver, suspect].map(connect));
		for (const socket of [...hosts!, ...leavers!, ...suspects!]) await socket.subscribe('me');
		await leaver.delete('/api/session');
		await host.put('/api/members/suspect/suspension', { reason: 'Rude.' });
		for (const socket of [...leavers!, ...suspects!]) expect(await socket.untilClosed()).toBe(1008);
		expect(hosts!.map(({ closeCode }) => closeCode)).toEqual([null, null, null]);
		expect(forum.complaints).toEqual([]);
	});
});

async function killRedis() {
	await redis.kill();
	return () => redis.start();
}

async function killListeners({ database }: Forum) {
	const { rowCount } = await database.pool.query(
		`select pg_terminate_backend(pid) from pg_stat_activity
		where application_name = 'weigh-in live' and datname = current_database()`,
	);
	expect(rowCount).toBe(3);
	return async () => {};
}

/** A server that has come back to the bus first may publish before another listens: then the next one wakes it. */
async function expectCarriedAgain(forum: Forum, author: Client, sockets: LiveSocket[]) {
	const before = sockets[0]!.events.length;
	const arrived = () => sockets.every((socket) => socket.events.length > before);
	let told = 0;
	while (!arrived() && told < 100) {
		await tell(forum.at(author, told++ % 3), `Afterwards, ${told}.`);
		await sleep(100);
	}
	await expectSame(sockets, before + told);
}

type Fate = { lose?: number; repeat?: number; delay?: number };

/** A bus that does to its messages, with these probabilities and up to this many ms, what a bus may do. */
function spoil(bus: Bus, { lose = 0, repeat = 0, delay = 0 }: Fate, random: () => number): Bus {
	const timers = new Set<NodeJS.Timeout>();
	const publish: Bus['publish'] = (message) => {
		if (random() < lose) return;
		const timer = setTimeout(() => {
			timers.delete(timer);
			bus.publish(message);
		}, random() * delay);
		timers.add(timer);
		if (random() < repeat) publish(message);
	};
	return {
		publish,
		listen: (handlers) => bus.listen(handlers),
		async close() {
			timers.forEach(clearTimeout);
			await bus.close();
		},
	};
}

describe('a bus that', () => {
	const openSpoilt = (fate: Fate) => (options: { url: string; log: BusLog }) =>
		spoil(createPostgresBus(options), fate, createRandom(1));

	test.each<[string, Fate, number]>([
		['loses everything', { lose: 1 }, 100],
		['loses half', { lose: 0.5 }, 500],
		['repeats, delays and reorders', { repeat: 0.6, delay: 400 }, 3_600_000],
		['does all of it', { lose: 0.3, repeat: 0.5, delay: 300 }, 300],
	])('%s loses no event', async (_name, fate, poll) => {
		const forum = await open({ openBus: openSpoilt(fate), intervals: { poll } });
		const author = await forum.join('author');
		const sockets = await follow(forum);
		const { id } = await tell(author);
		const replies = Array.from({ length: 40 }, (_, n) =>
			forum.at(author, n % 3).post(`/api/posts/${id}/replies`, { body: `Reply ${n}` }),
		);
		await Promise.all(replies);
		await expectSame(sockets, 41);
		expect(forum.complaints).toEqual([]);
	});

	test('loses that a session has ended leaves it to the next look', async () => {
		const intervals = { check: 200 };
		const forum = await open({ openBus: openSpoilt({ lose: 1 }), intervals });
		const host = await forum.join('host');
		const leaver = await forum.join('leaver');
		const suspect = await forum.join('suspect');
		const sockets = await Promise.all([
			forum.connect(1, leaver),
			forum.connect(2, suspect),
			forum.connect(1, host),
		]);
		for (const socket of sockets) await socket.subscribe('me');
		await leaver.delete('/api/session');
		await host.put('/api/members/suspect/suspension', { reason: 'Rude.' });
		expect(await sockets[0].untilClosed()).toBe(1008);
		expect(await sockets[1].untilClosed()).toBe(1008);
		expect(sockets[2].closeCode).toBeNull();
	});
});

test('a server stops in good order while its bus is away', async () => {
	const forum = await open({ servers: 2, openBus: openRedisBus() });
	const author = await forum.join('author');
	await redis.kill();
	await tell(author);
	await Promise.all(forum.apps.map((app) => app.close()));
	await redis.start();
	expect(forum.complaints).toEqual([]);
});

test('the first message goes out at once, what comes soon after it together', async () => {
	const sent: string[][] = [];
	const outgoing = new Outgoing(async (messages: BusMessage[]) => {
		sent.push(messages.map((message) => (message as { topic: string }).topic));
	});
	const topics = Array.from({ length: 50 }, (_, index) => `thread:${index + 1}`);
	for (const topic of topics) {
		outgoing.add({ type: 'presence', topic });
		for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
		expect(sent[0]).toEqual(['thread:1']);
	}
	await outgoing.close();
	expect(sent.flat()).toEqual(topics);
	expect(sent.length).toBeLessThan(topics.length / 2);
});
