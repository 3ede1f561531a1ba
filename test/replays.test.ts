import { setImmediate as turn } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { events, threads } from '../db/schema.ts';
import { type Listener, Live } from '../server/live/hub.ts';
import { Turns } from '../server/live/replays.ts';
import type { LiveEvents, ServerFrame } from '../server/live/schema.ts';
import { createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, reply, tell } from './support/scenes.ts';

vi.setConfig({ testTimeout: 120_000 });

let site: TestApp;
let live: Live;
const topic = 'thread:1';
const megabyte = 1_048_576;

const open = (options: { rateLimit?: boolean } = {}) => {
	const bus = { publish: () => {}, listen: () => {}, close: async () => {} };
	const { database, app } = site;
	return new Live({ db: database.db, log: app.log, bus, pollInterval: 3_600_000, ...options });
};

beforeAll(async () => {
	site = await createTestApp();
	live = open();
});
afterAll(async () => {
	live.close();
	await closeSite(site);
});
beforeEach(() => void (site.database.statements.length = 0));

const countReplays = () =>
	site.database.statements.filter((text) => text.includes('with recursive following')).length;

class FakeSocket implements Listener {
	readonly frames: ServerFrame[] = [];
	bytes = 0;
	bufferedAmount = 0;
	isClosed = false;
	readonly address: string;

	constructor(address = '192.0.2.1') {
		this.address = address;
	}

	send(frame: string | Buffer): void {
		this.bytes += frame.length;
		this.frames.push(JSON.parse(String(frame)) as ServerFrame);
	}

	get cursors(): number[] {
		return this.frames.flatMap((frame) => {
			if (frame.type === 'event') return [frame.cursor];
			return frame.type === 'events' ? frame.events.map(({ cursor }) => cursor) : [];
		});
	}
}

async function subscribe(after: number, socket = new FakeSocket(), hub = live) {
	await hub.subscribe(socket, { topic, after });
	hub.unsubscribe(socket, topic);
	return socket;
}

/** Writes events of about `size` bytes that hardly shrink where they are stored; returns the cursor after them. */
async function happen(count: number, size: number): Promise<number> {
	const { db } = site.database;
	const [thread] = await db.select().from(threads).where(eq(threads.id, 1));
	const first = thread!.cursor + 1;
	const words = () =>
		Buffer.from(crypto.getRandomValues(new Uint8Array(Math.min(size, 30_000)))).toString('base64');
	const write = (n: number) => ({
		topic,
		cursor: first + n,
		event: {
			type: 'post.edited',
			words: words()
				.repeat(Math.ceil(size / 40_000))
				.slice(0, size),
		},
	});
	for (let n = 0; n < count; n += 50)
		await db
			.insert(events)
			.values(Array.from({ length: Math.min(50, count - n) }, (_, index) => write(n + index)));
	const cursor = first + count - 1;
	await db.update(threads).set({ cursor }).where(eq(threads.id, 1));
	return cursor;
}

const range = (first: number, last: number) =>
	Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function time(run: () => Promise<unknown>): Promise<number> {
	const times: number[] = [];
	for (let round = 0; round < 3; round++) {
		const start = performance.now();
		await run();
		times.push(performance.now() - start);
	}
	return Math.min(...times);
}

test('a gap of large events costs no more than a megabyte of them, and is a reset', async () => {
	const cursor = await happen(400, 60_000);
	const small = await subscribe(cursor - 10);
	expect(small.cursors).toEqual(range(cursor - 9, cursor));
	for (const gap of [30, 100, 399]) {
		const large = await subscribe(cursor - gap);
		expect(large.frames).toEqual([{ type: 'reset', topic, cursor }]);
	}
	const control = await time(() => subscribe(cursor - 10));
	expect(await time(() => subscribe(cursor - 399))).toBeLessThan(8 * control + 50);
});

test('a gap of small events is replayed whole, up to a thousand of them', async () => {
	const cursor = await happen(1_001, 20);
	const near = await subscribe(cursor - 1_000);
	expect(near.cursors).toEqual(range(cursor - 999, cursor));
	expect(near.frames.at(-1)).toEqual({ type: 'subscribed', topic, cursor });
	expect(countReplays()).toBe(1);
	expect((await subscribe(cursor - 1_001)).frames).toEqual([{ type: 'reset', topic, cursor }]);
	expect(countReplays()).toBe(1);
});

test('a replay ends with its socket: what nobody waits for is not read', async () => {
	const cursor = await happen(5, 20);
	const socket = new FakeSocket();
	const subscribing = subscribe(cursor - 5, socket);
	socket.isClosed = true;
	await subscribing;
	expect(socket.frames).toEqual([]);
	expect(countReplays()).toBe(0);
});

test('who does not read what was replayed gets a reset, and nothing is read for them', async () => {
	const cursor = await happen(5, 20);
	const socket = new FakeSocket();
	socket.bufferedAmount = megabyte;
	await subscribe(cursor - 5, socket);
	expect(socket.frames).toEqual([{ type: 'reset', topic, cursor }]);
	expect(countReplays()).toBe(0);
});

test('those who ask for the same gap at once share its reading', async () => {
	const cursor = await happen(10, 1_000);
	const sockets = Array.from({ length: 200 }, () => new FakeSocket());
	await Promise.all(sockets.map((socket) => subscribe(cursor - 10, socket)));
	for (const socket of sockets) expect(socket.cursors).toEqual(range(cursor - 9, cursor));
	expect(countReplays()).toBeLessThanOrEqual(2);
	await happen(40, 60_000);
	const large = Array.from({ length: 100 }, () => new FakeSocket());
	await Promise.all(large.map((socket) => subscribe(cursor, socket)));
	expect(new Set(large.map(({ frames }) => frames[0]!.type))).toEqual(new Set(['reset']));
	expect(countReplays()).toBeLessThanOrEqual(4);
});

test('who hangs up takes nothing from another who asks for the same', async () => {
	const cursor = await happen(10, 1_000);
	const sockets = Array.from({ length: 20 }, () => new FakeSocket());
	const subscribing = sockets.map((socket) => subscribe(cursor - 10, socket));
	for (const socket of sockets.slice(0, 10)) socket.isClosed = true;
	await Promise.all(subscribing);
	for (const socket of sockets.slice(0, 10)) expect(socket.frames).toEqual([]);
	for (const socket of sockets.slice(10)) expect(socket.cursors).toEqual(range(cursor - 9, cursor));
});

test('what an address has replayed again and again counts, and no other address pays for it', async () => {
	const limited = open({ rateLimit: true });
	const cursor = await happen(20, 45_000);
	let replayed = 0;
	let bytes = 0;
	for (let time = 0; time < 40; time++) {
		const socket = await subscribe(cursor - 19, new FakeSocket('198.51.100.1'), limited);
		if (socket.frames.at(-1)!.type === 'subscribed') replayed++;
		bytes += socket.bytes;
	}
	expect(replayed).toBeGreaterThan(5);
	expect(bytes).toBeLessThan(18 * megabyte);
	expect(countReplays()).toBe(replayed);
	const other = await subscribe(cursor - 19, new FakeSocket('198.51.100.2'), limited);
	expect(other.cursors).toEqual(range(cursor - 18, cursor));
	expect((await subscribe(cursor, new FakeSocket('198.51.100.1'), limited)).frames).toEqual([
		{ type: 'subscribed', topic, cursor },
	]);
	limited.close();
});

test('few are let in at a time, fewer of one address, and everybody in the end', async () => {
	const turns = new Turns();
	const inside: string[] = [];
	const served: string[] = [];
	let most = 0;
	let mostOfOne = 0;
	const visit = async (address: string) => {
		const leave = await turns.enter(address);
		inside.push(address);
		most = Math.max(most, inside.length);
		mostOfOne = Math.max(mostOfOne, inside.filter((one) => one === address).length);
		for (let n = Math.floor(Math.random() * 4); n > 0; n--) await turn();
		inside.splice(inside.indexOf(address), 1);
		served.push(address);
		leave();
	};
	const crowd = Array.from({ length: 300 }, () => visit('many'));
	await turn();
	const others = Array.from({ length: 20 }, (_, n) => visit(`few ${n}`));
	await Promise.all(others);
	expect(served.length).toBeLessThan(150);
	await Promise.all(crowd);
	expect(served).toHaveLength(320);
	expect([most, mostOfOne]).toEqual([4, 2]);
	expect(inside).toEqual([]);
});

const ask = async (client = site.reader, name = topic, after?: number) => {
	const query = new URLSearchParams({
		topic: name,
		...(after !== undefined && { after: `${after}` }),
	});
	return client.get(`/api/live/events?${query}`);
};
const read = async (...args: Parameters<typeof ask>): Promise<LiveEvents> => {
	const response = await ask(...args);
	expect(response.statusCode, response.body).toBe(200);
	return response.json();
};

test('over HTTP come the same events in the same order as over a socket', async () => {
	const host = await site.join('host');
	const author = await site.join('author');
	const socket = new FakeSocket();
	const { live } = site.app.context;
	let { cursor, events } = await read();
	expect(events).toEqual([]);
	const start = cursor;
	await live.subscribe(socket, { topic, after: cursor });
	const heard: LiveEvents['events'] = [];
	const hear = async () => {
		const answer = await read(site.reader, topic, cursor);
		expect(answer.reset).toBe(false);
		heard.push(...answer.events);
		expect(answer.cursor).toBe(heard.at(-1)?.cursor ?? start);
		({ cursor } = answer);
	};
	const definition = await define(author);
	await hear();
	const story = await tell(author);
	await host.put(`/api/posts/${story.id}/upvote`);
	await reply(host, story);
	await hear();
	await host.put(`/api/posts/${story.id}/feature`, { note: 'Look.' });
	await host.put(`/api/posts/${definition.id}/removal`, { reason: 'Off the point.' });
	await hear();
	await hear();
	await expect.poll(() => socket.cursors.at(-1)).toBe(cursor);
	expect(heard.map(({ cursor }) => cursor)).toEqual(range(start + 1, cursor));
	const sent = socket.frames.flatMap((frame) => {
		if (frame.type === 'event') return [{ cursor: frame.cursor, event: frame.event }];
		return frame.type === 'events' ? frame.events : [];
	});
	expect(heard).toEqual(sent);
	live.unsubscribe(socket, topic);
});

test('over HTTP nothing new, and what has just happened, costs no statement, however many ask', async () => {
	const host = await site.join('voter');
	const story = await tell(await site.join('teller'));
	const { cursor } = await read();
	const askAll = async () => {
		await read(site.reader, topic, cursor);
		site.database.statements.length = 0;
		const answers = await Promise.all(
			Array.from({ length: 200 }, () => read(site.reader, topic, cursor)),
		);
		expect(site.database.statements).toEqual([]);
		return answers.map(({ events }) => events.length);
	};
	expect(new Set(await askAll())).toEqual(new Set([0]));
	await host.put(`/api/posts/${story.id}/upvote`);
	expect(new Set(await askAll())).toEqual(new Set([1]));
});

test('over HTTP the words of a removed post are gone at once', async () => {
	const author = await site.join('regretful');
	const { cursor } = await read();
	const post = await tell(author, { body: 'The secret quinces ripen in the vault.' });
	expect((await ask(site.reader, topic, cursor)).body).toContain('quinces');
	await author.delete(`/api/posts/${post.id}`);
	expect((await ask(site.reader, topic, cursor)).body).not.toContain('quinces');
	expect((await read(site.reader, topic, cursor)).events.at(-1)!.event.type).toBe('post.deleted');
});

test('over HTTP one’s own topic is for who is signed in, and a gap is bounded like a replay', async () => {
	const member = await site.join('member');
	const own = await read(member, 'me');
	expect(own).toEqual({ topic: 'me', cursor: own.cursor, events: [], reset: false });
	const account = `account:${member.id}`;
	const event = { type: 'notification.created' as const };
	await site.database.db.insert(events).values({ topic: account, cursor: 1, event });
	await site.database.pool.query('update accounts set cursor = 1 where id = $1', [member.id]);
	site.app.context.live.publish([{ topic: account, cursor: 1, event }]);
	expect(await read(member, 'me', 0)).toEqual({
		topic: 'me',
		cursor: 1,
		events: [{ cursor: 1, event }],
		reset: false,
	});
	expectProblem(await ask(site.reader, 'me', 0), 401);
	for (const name of ['thread:2147483647', 'thread:0', account, 'threads', '__proto__'])
		expectProblem(await ask(member, name, 0), 404);
	expectProblem(await site.reader.get('/api/live/events?topic=thread:1&after=x'), 422);
	expectProblem(await site.reader.get('/api/live/events?topic=thread:1&after=-1'), 422);
	expectProblem(await site.reader.get('/api/live/events'), 422);
	const { cursor } = await read();
	for (const after of [cursor + 1, Number.MAX_SAFE_INTEGER, cursor - 1_001, 0])
		expect(await read(site.reader, topic, after)).toEqual({
			topic,
			cursor,
			events: [],
			reset: true,
		});
});

test('an office that asks over HTTP may go on reading pages', async () => {
	const limited = await createTestApp({ rateLimit: true });
	try {
		const url = '/api/live/events?topic=thread:1&after=0';
		for (let round = 0; round < 13; round++) {
			const answers = await Promise.all(Array.from({ length: 100 }, () => limited.reader.get(url)));
			expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
		}
		const answer = await limited.reader.get(url);
		expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store' });
		expect(answer.headers['set-cookie']).toBeUndefined();
		expect((await limited.reader.get('/api/threads')).statusCode).toBe(200);
	} finally {
		await closeSite(limited);
	}
});
