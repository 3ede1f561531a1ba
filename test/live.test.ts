import { once } from 'node:events';
import { type AddressInfo, connect as connectTo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, lte } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { events, posts, scores } from '../db/schema.ts';
import { type App, buildApp } from '../server/app.ts';
import { createPostgresBus } from '../server/live/bus-postgres.ts';
import type { ClientFrame, LiveEvent, ServerFrame } from '../server/live/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { createBuiltRenderer } from '../server/renderer.ts';
import type { ThreadPageProps } from '../server/threads/schema.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';

let site: TestApp;
let host: Client;
let topic: string;
const sockets: Socket[] = [];

beforeAll(async () => {
	site = await createTestApp();
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	host = await site.join('host');
	topic = `thread:${(await host.get('/api/threads/ownership')).json().id}`;
});
afterEach(() => sockets.splice(0).forEach((socket) => socket.ws.terminate()));
afterAll(() => site.close());

type Received = { cursor: number; event: LiveEvent };

/** A socket and every frame it was sent. */
class Socket {
	readonly ws: WebSocket;
	readonly frames: ServerFrame[] = [];
	readonly closed: Promise<{ code: number; reason: string }>;
	readonly opened: Promise<unknown>;
	/** the status of a handshake that was refused */
	readonly refused: Promise<number | undefined>;

	constructor(app: App, options: { cookie?: string; origin?: string; autoPong?: boolean } = {}) {
		const { cookie, origin, autoPong = true } = options;
		const { port } = app.server.address() as AddressInfo;
		this.ws = new WebSocket(`ws://127.0.0.1:${port}/api/live`, {
			origin,
			autoPong,
			headers: cookie ? { cookie } : {},
		});
		this.ws.on('error', () => {});
		this.ws.on('message', (data) => this.frames.push(JSON.parse(String(data)) as ServerFrame));
		this.opened = new Promise((resolve) => this.ws.once('open', resolve));
		this.refused = new Promise((resolve) =>
			this.ws.once('unexpected-response', (_request, { statusCode }) => resolve(statusCode)),
		);
		this.closed = new Promise((resolve) =>
			this.ws.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
		);
		sockets.push(this);
	}

	send(frame: ClientFrame | Record<string, unknown>): void {
		this.ws.send(JSON.stringify(frame));
	}

	ofType<T extends ServerFrame['type']>(type: T) {
		return this.frames.filter(
			(frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type,
		);
	}

	/** Waits for the next frame of a type after the first `skip` ones. */
	async next<T extends ServerFrame['type']>(type: T, skip = 0) {
		await expect.poll(() => this.ofType(type).length, { timeout: 15_000 }).toBeGreaterThan(skip);
		return this.ofType(type)[skip]!;
	}

	/** Subscribes and waits for the answer, `subscribed` or `reset`. */
	async subscribe(name: string, after?: number) {
		const answers = () =>
			this.frames.filter(
				({ type, topic }) => ['subscribed', 'reset', 'error'].includes(type) && topic === name,
			);
		const before = answers().length;
		this.send({ type: 'subscribe', topic: name, after });
		await expect.poll(() => answers().length, { timeout: 15_000 }).toBeGreaterThan(before);
		return answers()[before]!;
	}

	/** Every event of a topic in the order in which it came. */
	received(name = topic): Received[] {
		return this.frames.flatMap((frame) => {
			if (frame.type === 'event' && frame.topic === name) return [frame];
			return frame.type === 'events' && frame.topic === name ? frame.events : [];
		});
	}

	cursors = (name = topic) => this.received(name).map(({ cursor }) => cursor);

	async untilCursor(cursor: number, name = topic): Promise<void> {
		await expect.poll(() => this.cursors(name).at(-1), { timeout: 20_000 }).toBe(cursor);
	}
}

async function connect(options?: ConstructorParameters<typeof Socket>[1], app = site.app) {
	const socket = new Socket(app, options);
	await socket.opened;
	return socket;
}

const sequence = (first: number, last: number) =>
	Array.from({ length: last - first + 1 }, (_, index) => first + index);

const readCursor = async (client = host, slug = 'ownership'): Promise<number> =>
	(await client.get(`/api/threads/${slug}`)).json().liveCursor;

async function tell(
	client: Client,
	body = 'What I did about it.',
	slug = 'ownership',
): Promise<Post> {
	const story = { kind: 'story', title: 'The late truck', body };
	const answer = await client.post(`/api/threads/${slug}/posts`, story);
	expect(answer.statusCode).toBe(201);
	return answer.json();
}

async function openThread(slug: string, client = host): Promise<string> {
	const question = { question: 'What now, exactly?', introduction: 'Tell us.', slug };
	return `thread:${(await client.post('/api/threads', question)).json().id}`;
}

describe('following a topic', () => {
	test('starts from now, and tells each change once, with the state after it', async () => {
		const voter = await site.join('voter');
		const post = await tell(host);
		const socket = await connect();
		const cursor = await readCursor();
		expect(await socket.subscribe(topic)).toEqual({ type: 'subscribed', topic, cursor });
		await voter.put(`/api/posts/${post.id}/upvote`);
		await socket.untilCursor(cursor + 1);
		expect(socket.received()).toMatchObject([
			{ cursor: cursor + 1, event: { type: 'post.upvoted', postId: post.id, score: 1 } },
		]);
		await voter.put(`/api/posts/${post.id}/upvote`);
		await host.post(`/api/posts/${post.id}/replies`, { body: 'More of it.' });
		await socket.untilCursor(cursor + 2);
		expect(socket.received().at(-1)!.event).toMatchObject({
			type: 'post.created',
			post: { kind: 'reply', body: 'More of it.', viewer: null },
			answer: { id: post.id, replyCount: 1 },
		});
		expect(JSON.stringify(socket.frames)).not.toContain('@example.com');
	});

	test('replays what happened after a cursor, in order, before it says subscribed', async () => {
		const post = await tell(host);
		const after = await readCursor();
		for (const body of ['One.', 'Two.', 'Three.'])
			await host.post(`/api/posts/${post.id}/replies`, { body });
		const socket = await connect();
		expect(await socket.subscribe(topic, after)).toEqual({
			type: 'subscribed',
			topic,
			cursor: after + 3,
		});
		const frames = socket.frames.filter(({ type }) => type !== 'presence');
		expect(frames.at(-1)!.type).toBe('subscribed');
		expect(socket.received()).toMatchObject([
			{ cursor: after + 1, event: { type: 'post.created', post: { body: 'One.' } } },
			{ cursor: after + 2, event: { type: 'post.created', post: { body: 'Two.' } } },
			{ cursor: after + 3, event: { type: 'post.created', post: { body: 'Three.' } } },
		]);
		await host.post(`/api/posts/${post.id}/replies`, { body: 'Four.' });
		await socket.untilCursor(after + 4);
		expect(socket.cursors()).toEqual(sequence(after + 1, after + 4));
	});

	test('every kind of change arrives under its name', async () => {
		const author = await site.join('changing');
		const socket = await connect();
		await socket.subscribe(topic);
		const { id } = await tell(author, 'The line that matters is this one.');
		await author.patch(`/api/posts/${id}`, { body: 'The line that matters is this one, still.' });
		await host.put(`/api/posts/${id}/upvote`);
		await host.put(`/api/posts/${id}/feature`, {
			note: 'Read it.',
			highlight: 'line that matters',
		});
		await host.delete(`/api/posts/${id}/feature`);
		await host.put(`/api/posts/${id}/removal`, { reason: 'Not here.' });
		await host.delete(`/api/posts/${id}/removal`);
		await host.put('/api/threads/ownership/lock');
		await host.delete('/api/threads/ownership/lock');
		await author.delete(`/api/posts/${id}`);
		await socket.untilCursor(await readCursor());
		expect(socket.received().map(({ event }) => event.type)).toEqual([
			'post.created',
			'post.edited',
			'post.upvoted',
			'post.featured',
			'post.unfeatured',
			'post.removed',
			'post.restored',
			'thread.locked',
			'thread.unlocked',
			'post.deleted',
		]);
	});

	test('a feature without a note carries its highlight', async () => {
		const post = await tell(await site.join('quoted'), 'A line to mark, and one to leave.');
		const socket = await connect();
		await socket.subscribe(topic);
		await host.put(`/api/posts/${post.id}/feature`, { highlight: 'A line to mark' });
		await socket.untilCursor(await readCursor());
		expect(socket.received()[0]!.event).toMatchObject({
			type: 'post.featured',
			postId: post.id,
			feature: { note: null, highlight: 'A line to mark', by: { handle: 'host' } },
		});
	});

	test('ends with unsubscribe', async () => {
		const post = await tell(host);
		const [leaving, staying] = [await connect(), await connect()];
		await leaving.subscribe(topic);
		await staying.subscribe(topic);
		leaving.send({ type: 'unsubscribe', topic });
		expect(await leaving.subscribe('thread:2147483647')).toMatchObject({ type: 'error' });
		await host.post(`/api/posts/${post.id}/replies`, { body: 'To whom?' });
		await staying.untilCursor(await readCursor());
		expect(leaving.received()).toEqual([]);
	});

	test('one’s own topic is there for members only', async () => {
		const member = await connect({ cookie: host.cookie });
		expect(await member.subscribe('me')).toEqual({ type: 'subscribed', topic: 'me', cursor: 0 });
		const reader = await connect();
		expect(await reader.subscribe('me')).toMatchObject({ type: 'error', status: 401, topic: 'me' });
		expect(await reader.subscribe(topic)).toMatchObject({ type: 'subscribed' });
	});
});

describe('a gap that cannot be replayed is a reset', () => {
	const addEvents = async (name: string, count: number) => {
		const id = Number(name.split(':')[1]);
		const event = JSON.stringify({ type: 'thread.unlocked' });
		await site.database.pool.query(
			`insert into events (topic, cursor, event)
			 select $1, t.cursor + n, $3 from threads t, generate_series(1, $2) n where t.id = $4`,
			[name, count, event, id],
		);
		await site.database.pool.query('update threads set cursor = cursor + $1 where id = $2', [
			count,
			id,
		]);
	};

	test('because its events are deleted', async () => {
		const name = await openThread('deleted-events');
		await addEvents(name, 10);
		const { db } = site.database;
		await db.delete(events).where(and(eq(events.topic, name), lte(events.cursor, 5)));
		const socket = await connect();
		expect(await socket.subscribe(name, 4)).toEqual({ type: 'reset', topic: name, cursor: 10 });
		expect(socket.received(name)).toEqual([]);
		expect(await socket.subscribe(name, 5)).toEqual({
			type: 'subscribed',
			topic: name,
			cursor: 10,
		});
		expect(socket.cursors(name)).toEqual(sequence(6, 10));
	});

	test('because it is too large; one of the longest allowed is replayed', async () => {
		const name = await openThread('long-absence');
		await addEvents(name, 1001);
		const socket = await connect();
		expect(await socket.subscribe(name, 0)).toEqual({ type: 'reset', topic: name, cursor: 1001 });
		expect(await socket.subscribe(name, 1)).toEqual({
			type: 'subscribed',
			topic: name,
			cursor: 1001,
		});
		expect(socket.cursors(name)).toEqual(sequence(2, 1001));
	});

	test('because the cursor is one of the future; events go on after it', async () => {
		const cursor = await readCursor();
		const socket = await connect();
		expect(await socket.subscribe(topic, cursor + 100)).toEqual({ type: 'reset', topic, cursor });
		expect(await socket.subscribe(topic, Number.MAX_SAFE_INTEGER)).toMatchObject({ type: 'reset' });
		await tell(host);
		await socket.untilCursor(cursor + 1);
		expect(socket.cursors()).toEqual([cursor + 1]);
	});
});

describe('frames that are refused', () => {
	test('an unknown topic gets an error and the socket goes on', async () => {
		const socket = await connect();
		const unknown = [
			'thread:2147483647',
			'thread:99999999999',
			'thread:0',
			'thread:1e0',
			'thread:',
		];
		for (const name of [...unknown, 'account:1', 'threads', '', 'thread:1 ', '__proto__'])
			expect(await socket.subscribe(name)).toMatchObject({
				type: 'error',
				status: 404,
				topic: name,
			});
		expect(await socket.subscribe(topic)).toMatchObject({ type: 'subscribed' });
	});

	const malformed: [string, string][] = [
		['no JSON', '{'],
		['nothing', ''],
		['null', 'null'],
		['a list', '[]'],
		['a word', '"subscribe"'],
		['no topic', '{"type":"subscribe"}'],
		['a topic that is no text', '{"type":"subscribe","topic":1}'],
		['a topic that is too long', JSON.stringify({ type: 'subscribe', topic: 'x'.repeat(41) })],
		['an unknown type', '{"type":"publish","topic":"thread:1"}'],
		['another key', '{"type":"subscribe","topic":"thread:1","before":1}'],
		['a negative cursor', '{"type":"subscribe","topic":"thread:1","after":-1}'],
		['a cursor in parts', '{"type":"subscribe","topic":"thread:1","after":1.5}'],
		['a cursor as text', '{"type":"subscribe","topic":"thread:1","after":"1"}'],
		['a huge cursor', '{"type":"subscribe","topic":"thread:1","after":1e300}'],
		['no cursor at all', '{"type":"subscribe","topic":"thread:1","after":null}'],
	];
	test.each(malformed)('%s closes the socket with 1008', async (_name, text) => {
		const socket = await connect();
		socket.ws.send(text);
		expect(await socket.closed).toEqual({ code: 1008, reason: 'Malformed frame' });
	});

	test('a binary frame closes the socket with 1008', async () => {
		const socket = await connect();
		socket.ws.send(Buffer.from(JSON.stringify({ type: 'subscribe', topic })));
		expect(await socket.closed).toMatchObject({ code: 1008 });
	});

	test('an oversized frame closes the socket with 1009', async () => {
		const socket = await connect();
		socket.ws.send(JSON.stringify({ type: 'subscribe', topic: 'x'.repeat(5000) }));
		expect(await socket.closed).toMatchObject({ code: 1009 });
	});

	test('a topic past the twentieth gets 429 until another one is left', async () => {
		const names: string[] = [];
		for (let number = 1; number <= 21; number++) names.push(await openThread(`crowd-${number}`));
		const socket = await connect();
		for (const name of names.slice(0, 20))
			expect(await socket.subscribe(name)).toMatchObject({ type: 'subscribed' });
		expect(await socket.subscribe(names[20]!)).toMatchObject({ type: 'error', status: 429 });
		expect(await socket.subscribe(names[3]!)).toMatchObject({ type: 'subscribed' });
		socket.send({ type: 'unsubscribe', topic: names[3]! });
		expect(await socket.subscribe(names[20]!)).toMatchObject({ type: 'subscribed' });
	});

	test('too many frames close the socket with 1008', async () => {
		const socket = await connect();
		for (let count = 0; count < 100; count++) socket.send({ type: 'unsubscribe', topic });
		expect(await socket.closed).toEqual({ code: 1008, reason: 'Too many frames' });
	});
});

describe('the handshake', () => {
	test('is refused to other sites’ pages', async () => {
		const foreign = new Socket(site.app, { origin: 'https://elsewhere.example' });
		expect(await foreign.refused).toBe(403);
		const { port } = site.app.server.address() as AddressInfo;
		const own = await connect({ origin: `http://127.0.0.1:${port}` });
		expect(await own.subscribe(topic)).toMatchObject({ type: 'subscribed' });
	});

	test('is needed: a plain request gets 426 and the name of the protocol', async () => {
		const { port } = site.app.server.address() as AddressInfo;
		const answer = await fetch(`http://127.0.0.1:${port}/api/live`);
		expect(answer.status).toBe(426);
		expect(answer.headers.get('content-type')).toContain('application/problem+json');
		expect(answer.headers.get('upgrade')).toBe('websocket');
	});
});

test('an address has at most 200 sockets, and one more does no harm, whatever it sends', async () => {
	const limited = await createTestApp({ rateLimit: true });
	await limited.app.listen({ port: 0, host: '127.0.0.1' });
	for (let count = 0; count < 200; count++) await connect({}, limited.app);
	expect(await new Socket(limited.app).closed).toMatchObject({ code: 1013 });
	const { port } = limited.app.server.address() as AddressInfo;
	const raw = connectTo(port, '127.0.0.1');
	raw.write(
		'GET /api/live HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
			'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\xff\xff\xff\xff',
		'latin1',
	);
	raw.resume();
	await once(raw, 'close');
	expect((await limited.reader.get('/api/threads/ownership')).statusCode).toBe(200);
	await limited.close();
});

describe('presence', () => {
	test('counts an account once and every other socket by itself', async () => {
		const name = await openThread('presence');
		const [first, second] = [
			await connect({ cookie: host.cookie }),
			await connect({ cookie: host.cookie }),
		];
		await first.subscribe(name);
		await second.subscribe(name);
		expect(await first.next('presence')).toMatchObject({ topic: name, readers: 1 });
		const readers = [await connect(), await connect()];
		for (const reader of readers) await reader.subscribe(name);
		const readersSeen = () => first.ofType('presence').at(-1)!.readers;
		await expect.poll(readersSeen, { timeout: 10_000 }).toBe(3);
		expect((await host.get('/api/threads/presence')).statusCode).toBe(200);
		second.ws.close();
		readers[0]!.ws.close();
		await expect.poll(readersSeen, { timeout: 10_000 }).toBe(2);
	});
});

describe('under load', () => {
	test('a page and its cursor miss nothing while twenty write, and cursors have no hole', async () => {
		const slug = 'busy';
		const name = await openThread(slug);
		const writers = await Promise.all(
			Array.from({ length: 20 }, (_, number) => site.join(`writer_${number}`)),
		);
		const early = await connect();
		await early.subscribe(name, 0);

		const written: number[] = [];
		const write = async (writer: Client, number: number) => {
			const definition = { kind: 'definition', body: `Definition ${number}` };
			written.push((await writer.post(`/api/threads/${slug}/posts`, definition)).json().id);
			for (let round = 0; round < 6; round++) {
				const postId = written[(number * 7 + round * 3) % written.length]!;
				await writer.put(`/api/posts/${postId}/upvote`);
				if (round % 3 === 0) await writer.post(`/api/posts/${postId}/replies`, { body: 'Yes.' });
				if (round % 3 === 1) await writer.delete(`/api/posts/${postId}/upvote`);
			}
		};
		const readPage = async (delay: number) => {
			await sleep(delay);
			const html = (await site.reader.visit(`/threads/${slug}`)).body;
			const props = readProps<ThreadPageProps>(html);
			const socket = await connect();
			await socket.subscribe(name, props.thread.liveCursor);
			return { props, socket };
		};
		const pages = [20, 60, 120, 200, 300].map(readPage);
		await Promise.all(writers.map(write));
		const last = await readCursor(host, slug);
		await early.untilCursor(last, name);
		expect(early.cursors(name)).toEqual(sequence(1, last));

		const rows = await site.database.db
			.select({ id: posts.id, score: scores.score, replyCount: scores.replyCount })
			.from(posts)
			.innerJoin(scores, eq(scores.postId, posts.id))
			.where(and(eq(posts.threadId, Number(name.split(':')[1])), eq(posts.kind, 'definition')))
			.orderBy(posts.id);
		const { counts } = (await host.get(`/api/threads/${slug}`)).json();
		for (const { props, socket } of await Promise.all(pages)) {
			if (props.thread.liveCursor < last) await socket.untilCursor(last, name);
			expect(socket.cursors(name)).toEqual(sequence(props.thread.liveCursor + 1, last));
			expect(fold(props, socket.received(name))).toEqual({ rows, counts });
		}
	});
});

/** The definitions and counts of a page after events. */
function fold({ definitions, thread }: ThreadPageProps, received: Received[]) {
	type Row = { id: number; score: number; replyCount: number };
	const known = new Map<number, Row>();
	const put = ({ id, score, replyCount }: Row) => known.set(id, { id, score, replyCount });
	definitions.items.forEach(put);
	let { counts } = thread;
	for (const { event } of received) {
		if (event.type === 'post.created' && event.post?.kind === 'definition') put(event.post);
		if (event.type === 'post.upvoted' && known.has(event.postId))
			put({ ...known.get(event.postId)!, score: event.score });
		if ('answer' in event && event.answer) put({ ...known.get(event.answer.id)!, ...event.answer });
		if ('counts' in event) counts = event.counts;
	}
	return { rows: [...known.values()].sort((a, b) => a.id - b.id), counts };
}

function readProps<T>(html: string): T {
	const [, json] = /<script data-page="app" type="application\/json">(.*?)<\/script>/s.exec(html)!;
	return (JSON.parse(json!) as { props: T }).props;
}

async function createApp(): Promise<App> {
	const { database, app } = site;
	const other = await buildApp({
		config: app.config,
		database,
		renderer: await createBuiltRenderer(),
		bus: createPostgresBus({ url: database.url, log: app.log }),
		logger: false,
	});
	await other.listen({ port: 0, host: '127.0.0.1' });
	return other;
}

describe('words that are gone', () => {
	test('of a removed post are in no replay', async () => {
		const author = await site.join('regretful');
		const { id } = await tell(author, 'The secret quinces ripen in the vault.');
		await author.patch(`/api/posts/${id}`, { body: 'The secret quinces ripen in the cellar.' });
		await host.put(`/api/posts/${id}/feature`, {
			note: 'Good.',
			highlight: 'secret quinces ripen',
		});
		await host.put(`/api/posts/${id}/removal`, { reason: 'A trade secret.' });
		const socket = await connect();
		await socket.subscribe(topic, 0);
		const about = socket.received().filter(({ event }) => JSON.stringify(event).includes(`${id}`));
		expect(about.map(({ event }) => event.type)).toContain('post.removed');
		expect(JSON.stringify(socket.frames)).not.toContain('quinces');
		expect(JSON.stringify(socket.frames)).not.toContain('A trade secret.');
	});

	test('of a deleted post are in no replay', async () => {
		const author = await site.join('forgetful');
		const { id } = await tell(author, 'The medlars were never counted.');
		const feature = { note: 'Count yours.', highlight: 'medlars were never' };
		expect((await host.put(`/api/posts/${id}/feature`, feature)).statusCode).toBe(200);
		expect((await author.delete(`/api/posts/${id}`)).statusCode).toBe(204);
		const socket = await connect();
		await socket.subscribe(topic, 0);
		expect(socket.received().at(-1)!.event).toMatchObject({ type: 'post.deleted', postId: id });
		expect(JSON.stringify(socket.frames)).not.toContain('medlars');
	});
});

describe('a socket ends', () => {
	test('with the session it was opened with, and not with another one of the account', async () => {
		const first = await site.join('leaving');
		const second = new Client(site.app);
		const credentials = { email: 'leaving@example.com', password };
		expect((await second.post('/api/session', credentials)).statusCode).toBe(201);
		const [closing, staying] = [
			await connect({ cookie: first.cookie }),
			await connect({ cookie: second.cookie }),
		];
		await staying.subscribe('me');
		expect((await first.delete('/api/session')).statusCode).toBe(204);
		expect(await closing.closed).toEqual({ code: 1008, reason: 'The session has changed' });
		expect(await staying.subscribe(topic)).toMatchObject({ type: 'subscribed' });
	});

	test('when its session ends because somebody else signs in with it', async () => {
		const client = await site.join('shared_desk');
		const socket = await connect({ cookie: client.cookie });
		await socket.subscribe('me');
		const credentials = { email: 'host@example.com', password };
		expect((await client.post('/api/session', credentials)).statusCode).toBe(201);
		expect(await socket.closed).toMatchObject({ code: 1008 });
	});

	test('not when a change of its account changes nothing', async () => {
		const quiet = await site.join('quiet');
		const socket = await connect({ cookie: quiet.cookie });
		expect((await quiet.patch('/api/me', { hidden: false })).statusCode).toBe(200);
		expect((await quiet.delete('/api/me/avatar')).statusCode).toBe(204);
		expect(await socket.subscribe(topic)).toMatchObject({ type: 'subscribed' });
		expect((await quiet.patch('/api/me', { hidden: true })).statusCode).toBe(200);
		expect(await socket.closed).toMatchObject({ code: 1008 });
	});

	test('when its account is suspended', async () => {
		const member = await site.join('suspended');
		const [first, second] = [
			await connect({ cookie: member.cookie }),
			await connect({ cookie: member.cookie }),
		];
		const reader = await connect();
		const reason = { reason: 'Enough.' };
		expect((await host.put('/api/members/suspended/suspension', reason)).statusCode).toBe(200);
		expect(await first.closed).toEqual({ code: 1008, reason: 'The session has changed' });
		expect(await second.closed).toMatchObject({ code: 1008 });
		expect(await reader.subscribe(topic)).toMatchObject({ type: 'subscribed' });
		const suspended = await connect({ cookie: member.cookie });
		expect(await suspended.subscribe('me')).toMatchObject({ type: 'error', status: 401 });
		await host.delete('/api/members/suspended/suspension');
		expect(await suspended.closed).toMatchObject({ code: 1008 });
	});

	test('with 1001 when the server stops', async () => {
		const app = await createApp();
		const socket = await connect({}, app);
		await socket.subscribe(topic);
		await app.close();
		expect(await socket.closed).toEqual({ code: 1001, reason: 'The server is stopping' });
	});

	test('when it leaves a ping without an answer', async () => {
		vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
		const app = await createApp();
		try {
			const [silent, alive] = [await connect({ autoPong: false }, app), await connect({}, app)];
			const pings = vi.fn();
			alive.ws.on('ping', pings);
			silent.ws.on('ping', pings);
			vi.advanceTimersByTime(30_000);
			await expect.poll(() => pings.mock.calls.length).toBe(2);
			expect(await alive.subscribe(topic)).toMatchObject({ type: 'subscribed' });
			expect(silent.ws.readyState).toBe(WebSocket.OPEN);
			vi.advanceTimersByTime(30_000);
			expect(await silent.closed).toMatchObject({ code: 1006 });
			expect(await alive.subscribe(topic)).toMatchObject({ type: 'subscribed' });
		} finally {
			vi.useRealTimers();
			await app.close();
		}
	});
});

test('a socket that does not read is given a reset, and slows nobody', async () => {
	const name = await openThread('flood');
	const [slow, fast] = [await connect(), await connect()];
	await slow.subscribe(name, 0);
	await fast.subscribe(name, 0);
	await slow.next('presence');
	slow.ws.pause();
	const body = '🚚'.repeat(20_000);
	const writers = await Promise.all(
		['one', 'two', 'three', 'four'].map((handle) => site.join(handle)),
	);
	await Promise.all(
		writers.map(async (writer) => {
			for (let number = 0; number < 25; number++) await tell(writer, body, 'flood');
		}),
	);
	await fast.untilCursor(100, name);
	expect(fast.cursors(name)).toEqual(sequence(1, 100));
	expect(slow.cursors(name).length).toBeLessThan(100);

	slow.ws.resume();
	expect(await slow.next('reset')).toEqual({ type: 'reset', topic: name, cursor: 100 });
	const before = slow.cursors(name);
	expect(before).toEqual(sequence(1, before.length));
	expect(before.length).toBeLessThan(100);
	await tell(writers[0]!, 'After the flood.', 'flood');
	await slow.untilCursor(101, name);
	expect(slow.cursors(name)).toEqual([...before, 101]);
});

test('nothing of this was worth a complaint in the server’s log', () => {
	expect(site.complaints).toEqual([]);
});
