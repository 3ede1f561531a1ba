import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { createForum, type Forum } from './support/forum.ts';
import { LiveSocket, until } from './support/live-socket.ts';
import { end, launch } from './support/servers.ts';

vi.setConfig({ testTimeout: 120_000 });

let forum: Forum | undefined;
const children: ReturnType<typeof launch>[] = [];
const sockets: LiveSocket[] = [];

afterEach(async () => {
	sockets.splice(0).forEach((socket) => socket.close());
	for (const child of children.splice(0)) await end(child, 'SIGKILL');
	await forum?.close();
	forum = undefined;
});

async function open(options?: Parameters<typeof createForum>[0]): Promise<Forum> {
	forum = await createForum(options);
	return forum;
}

const follow = async (socket: LiveSocket, { topic }: Forum) => {
	expect(await socket.subscribe(topic)).toMatchObject({ type: 'subscribed' });
	return socket;
};

test('an account counts once over its tabs and servers, and until the last of them is gone', async () => {
	const forum = await open();
	const reader = await forum.join('reader');
	const [one, two, other] = await Promise.all([
		forum.connect(0, reader),
		forum.connect(1, reader),
		forum.connect(2, await forum.join('other')),
	]);
	const anonymous = await forum.connect(0);
	for (const socket of [one, two, other, anonymous]) await follow(socket, forum);
	for (const socket of [one, two, other, anonymous]) await socket.untilReaders(3);
	one.close();
	anonymous.close();
	await other.untilReaders(2);
	two.close();
	await other.untilReaders(1);
	const again = await follow(await forum.connect(1, reader), forum);
	await other.untilReaders(2);
	await again.untilReaders(2);
	again.send({ type: 'unsubscribe', topic: forum.topic });
	await other.untilReaders(1);
	expect(forum.complaints).toEqual([]);
});

test('one address counts for a few readers without a session, however many sockets it opens', async () => {
	const forum = await open({ servers: 1 });
	const reader = await forum.join('reader');
	const one = await follow(await forum.connect(0, reader), forum);
	const crowd = await Promise.all(Array.from({ length: 205 }, () => forum.connect(0)));
	await Promise.all(crowd.map((socket) => follow(socket, forum)));
	await one.untilReaders(6);
	for (const socket of crowd.slice(5)) socket.close();
	await sleep(1_000);
	expect(one.presence).toEqual({ readers: 6, typing: [] });
	expect(
		Math.max(...one.frames.map((frame) => (frame.type === 'presence' ? frame.readers : 0))),
	).toBe(6);
	for (const socket of crowd.slice(1, 5)) socket.close();
	await one.untilReaders(2);
	expect(forum.complaints).toEqual([]);
});

test('the page says how many read', async () => {
	const forum = await open({ servers: 2 });
	await forum.join('host');
	const socket = await follow(await forum.connect(0), forum);
	await follow(await forum.connect(1), forum);
	await socket.untilReaders(2);
	const page = await forum.apps[0]!.inject({ url: '/', headers: { accept: 'text/html' } });
	expect(page.body).toMatch(/(&quot;|")readers(&quot;|"):2\b/);
});

test('who hides is neither counted nor named, and still sees the others', async () => {
	const forum = await open();
	const reader = await forum.join('reader');
	const shy = await forum.join('shy');
	const seen = await follow(await forum.connect(0, reader), forum);
	const before = await follow(await forum.connect(1, shy), forum);
	await seen.untilReaders(2);
	expect((await shy.patch('/api/me', { hidden: true })).statusCode).toBe(200);
	expect(await before.untilClosed()).toBe(1008);
	await seen.untilReaders(1);
	const hidden = await follow(await forum.connect(2, shy), forum);
	hidden.send({ type: 'typing', topic: forum.topic, postId: 1 });
	await hidden.untilReaders(1);
	await follow(await forum.connect(0), forum);
	await hidden.untilReaders(2);
	await seen.untilReaders(2);
	expect(seen.frames.every((frame) => frame.type !== 'presence' || !frame.typing.length)).toBe(
		true,
	);
});

test('who writes is named on every server while keys are pressed, and not any more after the last', async () => {
	const typing = 3_000;
	const forum = await open({ intervals: { typing, poll: 3_600_000 } });
	const writer = await forum.join('writer');
	const here = await follow(await forum.connect(0, writer), forum);
	const there = await follow(await forum.connect(1), forum);
	const named = [{ handle: 'writer', postId: 7 }];
	const press = () => here.send({ type: 'typing', topic: forum.topic, postId: 7 });
	press();
	await there.untilTyping(named);
	const framesBefore = there.frames.length;
	for (let key = 0; key < 16; key++) {
		press();
		await sleep(typing / 12);
	}
	expect(there.frames.slice(framesBefore)).toEqual([]);
	await there.untilTyping([]);
	press();
	await there.untilTyping(named);
	here.send({ type: 'typing', topic: forum.topic, postId: 9 });
	await there.untilTyping([{ handle: 'writer', postId: 9 }]);
	here.send({ type: 'typing', topic: forum.topic, postId: null });
	await there.untilTyping([]);
	expect(forum.complaints).toEqual([]);
});

test('nobody writes who has no account, follows not, or has left', async () => {
	const forum = await open({ servers: 2 });
	const writer = await forum.join('writer');
	const there = await follow(await forum.connect(1), forum);
	const frame = { type: 'typing', topic: forum.topic, postId: 7 } as const;
	const anonymous = await follow(await forum.connect(0), forum);
	anonymous.send(frame);
	const elsewhere = await forum.connect(0, writer);
	elsewhere.send(frame);
	await there.untilReaders(2);
	const here = await follow(await forum.connect(0, writer), forum);
	await there.untilReaders(3);
	expect(there.frames.every((sent) => sent.type !== 'presence' || !sent.typing.length)).toBe(true);
	here.send(frame);
	await there.untilTyping([{ handle: 'writer', postId: 7 }]);
	here.close();
	await there.untilTyping([]);
});

test('the readers of a server that was killed are forgotten', async () => {
	const forum = await open({ servers: 1 });
	const reader = await forum.join('reader');
	const [first, second, third] = await Promise.all(
		['one', 'two', 'three'].map(() => startProcess(forum, { heartbeat: 500 })),
	);
	const connect = async ({ url }: { url: string }, cookie?: string) => {
		const socket = await LiveSocket.open(url, cookie);
		sockets.push(socket);
		return follow(socket, forum);
	};
	const there = await connect(first!);
	await connect(second!, reader.cookie);
	await connect(third!, reader.cookie);
	const lost = await connect(third!);
	await connect(third!);
	await there.untilReaders(4);
	await end(third!.child, 'SIGKILL');
	await lost.untilClosed();
	await there.untilReaders(2);
	expect(
		await until(
			() => second!.child.exitCode,
			() => true,
		),
	).toBeNull();
	const { rows } = await forum.database.pool.query('select distinct server from presences');
	expect(rows.length).toBe(2);
}, 120_000);

test('a server that is stopped takes its readers along', async () => {
	const forum = await open({ servers: 2 });
	const socket = await follow(await forum.connect(0), forum);
	await follow(await forum.connect(1), forum);
	await socket.untilReaders(2);
	await forum.apps[1]!.close();
	await socket.untilReaders(1);
	const { rows } = await forum.database.pool.query('select anonymous from presences');
	expect(rows).toEqual([{ anonymous: 1 }]);
});

test('presence comes back by itself after the database has forgotten it', async () => {
	const forum = await open({ servers: 2, intervals: { heartbeat: 300 } });
	const socket = await follow(await forum.connect(0), forum);
	await follow(await forum.connect(1), forum);
	await socket.untilReaders(2);
	await forum.database.pool.query('truncate presences');
	const third = await follow(await forum.connect(1), forum);
	await third.untilReaders(3);
	await socket.untilReaders(3);
	const { rows } = await forum.database.pool.query('select sum(anonymous)::int from presences');
	expect(rows).toEqual([{ sum: 3 }]);
});

async function startProcess({ database }: Forum, intervals: object) {
	const program = path.join(import.meta.dirname, 'support/live-server.ts');
	const child = launch(process.execPath, [program, database.url, JSON.stringify(intervals)]);
	children.push(child);
	let complaint = '';
	child.stderr!.setEncoding('utf8').on('data', (text) => (complaint += text));
	const ended = once(child, 'close').then(() => {
		throw new Error(`The server has ended: ${complaint}`);
	});
	const [url] = await Promise.race([once(child.stdout!.setEncoding('utf8'), 'data'), ended]);
	ended.catch(() => {});
	return { child, url: String(url).trim() };
}
