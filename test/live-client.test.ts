import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { announcements } from '../client/lib/announcements.svelte.ts';
import { LiveClient, type Socket } from '../client/lib/live.svelte.ts';
import type { PollingOptions } from '../client/lib/live-polling.ts';
import { hearServerTime, serverClock } from '../client/lib/server-clock.svelte.ts';
import type { PublicPost, ServerFrame, ThreadEvent } from '../server/live/schema.ts';

class FakeSocket {
	readyState = 0;
	sent: { type: string; topic: string; after?: number }[] = [];
	isClosed = false;
	onopen: (() => void) | null = null;
	onmessage: ((message: { data: string }) => void) | null = null;
	onclose: ((event?: { code: number }) => void) | null = null;

	send(text: string) {
		this.sent.push(JSON.parse(text));
	}
	close() {
		this.isClosed = true;
		this.end();
	}
	open() {
		this.readyState = 1;
		this.onopen?.();
	}
	end(code = 1006) {
		this.readyState = 3;
		this.onclose?.({ code });
	}
	receive(...frames: ServerFrame[]) {
		for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
	}
}

const topic = 'thread:1';
const vote = (score: number): ThreadEvent => ({ type: 'post.upvoted', postId: 7, score });
const event = (cursor: number): ServerFrame => ({
	type: 'event',
	topic,
	cursor,
	event: vote(cursor),
});
const events = (...cursors: number[]): ServerFrame => ({
	type: 'events',
	topic,
	events: cursors.map((cursor) => ({ cursor, event: vote(cursor) })),
});
const subscribed = (cursor: number): ServerFrame => ({ type: 'subscribed', topic, cursor });

let sockets: FakeSocket[];
/** the pollings that were begun; `stops` counts those that were ended */
let pollings: PollingOptions[];
let stops: number;
let isReachable: boolean;
let client: LiveClient;
const socket = () => sockets.at(-1)!;

beforeEach(() => {
	vi.useFakeTimers();
	sockets = [];
	pollings = [];
	stops = 0;
	isReachable = true;
	client = new LiveClient(
		() => {
			const opened = new FakeSocket();
			sockets.push(opened);
			return opened as unknown as Socket;
		},
		() => 1,
		{
			async poll(options) {
				if (!isReachable) throw new Error('Nobody is there.');
				pollings.push(options);
				return { wake() {}, stop: () => void stops++ };
			},
		},
	);
});

/** Refuses sockets until HTTP was tried. */
async function block(times = 3) {
	for (let time = 0; time < times; time++) {
		const before = sockets.length;
		socket().end();
		while (sockets.length === before) await vi.advanceTimersByTimeAsync(100);
	}
}
const answer = (...cursors: number[]) => ({
	topic,
	cursor: cursors.at(-1)!,
	events: cursors.map((cursor) => ({ cursor, event: vote(cursor) })),
	reset: false,
});

afterEach(() => {
	vi.useRealTimers();
});

function follow(after = 10) {
	const seen: number[] = [];
	const resets: number[] = [];
	const presences: number[] = [];
	const stop = client.subscribe(topic, after, {
		onEvent: (_event, cursor) => seen.push(cursor),
		onReset: (cursor) => resets.push(cursor),
		onPresence: ({ readers }) => presences.push(readers),
	});
	return { seen, resets, presences, stop };
}

function goLive(after = 10) {
	const following = follow(after);
	socket().open();
	socket().receive(subscribed(after));
	return following;
}

test('subscribes after the cursor of the page’s data once the socket is open', () => {
	follow(41);
	expect(sockets).toHaveLength(1);
	expect(socket().sent).toEqual([]);
	expect(client.connection.status).toBe('connecting');
	socket().open();
	expect(socket().sent).toEqual([{ type: 'subscribe', topic, after: 41 }]);
	socket().receive(subscribed(41));
	expect(client.connection.status).toBe('live');
	expect(client.connection.since).toBeInstanceOf(Date);
});

test('hands on events in order, one by one or several in a frame, each once', () => {
	const { seen } = goLive();
	socket().receive(event(11), events(11, 12, 13), event(13), event(10), event(14));
	expect(seen).toEqual([11, 12, 13, 14]);
});

test('a hole makes it ask again from the last event it has', () => {
	const { seen, resets } = goLive();
	socket().receive(event(11), event(14), event(15));
	expect(seen).toEqual([11]);
	expect(socket().sent.slice(1)).toEqual([{ type: 'subscribe', topic, after: 11 }]);
	socket().receive(events(12, 13, 14, 15), subscribed(15), event(16));
	expect(seen).toEqual([11, 12, 13, 14, 15, 16]);
	expect(resets).toEqual([]);
});

test('a reset asks the page to read its data again and goes on after it', () => {
	const { seen, resets } = goLive();
	socket().receive({ type: 'reset', topic, cursor: 9000 }, event(9001));
	expect(resets).toEqual([9000]);
	expect(seen).toEqual([9001]);
});

test('an answer that skips events counts as a reset', () => {
	const { resets } = follow();
	socket().open();
	socket().receive(subscribed(12));
	expect(resets).toEqual([12]);
});

test('comes back after a loss, from the last event it has', () => {
	const { seen } = goLive();
	socket().receive(event(11));
	socket().end();
	expect(client.connection.status).toBe('lost');
	vi.advanceTimersByTime(499);
	expect(sockets).toHaveLength(1);
	vi.advanceTimersByTime(1);
	expect(sockets).toHaveLength(2);
	socket().open();
	expect(socket().sent).toEqual([{ type: 'subscribe', topic, after: 11 }]);
	socket().receive(events(12, 13), subscribed(13));
	expect(seen).toEqual([11, 12, 13]);
	expect(client.connection.status).toBe('live');
});

test('waits longer after each failure, at most 15 seconds, and begins anew once it was live', () => {
	goLive();
	const waits = [];
	for (let attempt = 0; attempt < 7; attempt++) {
		const before = sockets.length;
		socket().end();
		const start = Date.now();
		while (sockets.length === before) vi.advanceTimersByTime(100);
		waits.push(Date.now() - start);
	}
	expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
	socket().open();
	socket().receive(subscribed(10));
	socket().end();
	vi.advanceTimersByTime(500);
	expect(socket().readyState).toBe(0);
});

test('where sockets are refused it asks over HTTP, in order, and tries a socket now and then', async () => {
	const { seen, resets } = follow(10);
	await block(2);
	expect(pollings).toHaveLength(0);
	await block(1);
	expect(pollings).toHaveLength(1);
	expect(pollings[0]!.read()).toEqual([{ topic, after: 10 }]);
	pollings[0]!.hear(answer(11, 12));
	expect(client.connection.status).toBe('polling');
	expect(pollings[0]!.read()).toEqual([{ topic, after: 12 }]);
	pollings[0]!.hear(answer(11, 12, 13));
	expect(seen).toEqual([11, 12, 13]);
	const before = sockets.length;
	socket().end();
	expect(client.connection.status).toBe('polling');
	await vi.advanceTimersByTimeAsync(59_000);
	expect(sockets).toHaveLength(before);
	await vi.advanceTimersByTimeAsync(1_000);
	expect(sockets).toHaveLength(before + 1);
	pollings[0]!.hear({ topic, cursor: 9_000, events: [], reset: true });
	expect(resets).toEqual([9_000]);
	expect(pollings).toHaveLength(1);
});

test('a socket that gets through again takes over: nothing is doubled, nothing lost', async () => {
	const { seen, resets } = follow(10);
	await block();
	pollings[0]!.hear(answer(11));
	socket().open();
	expect(socket().sent).toEqual([{ type: 'subscribe', topic, after: 11 }]);
	pollings[0]!.hear(answer(12));
	socket().receive(events(12, 13), subscribed(13));
	expect(client.connection.status).toBe('live');
	await vi.advanceTimersByTimeAsync(0);
	expect(stops).toBe(1);
	pollings[0]!.hear(answer(12, 13, 14));
	socket().receive(event(14));
	expect(seen).toEqual([11, 12, 13, 14]);
	expect(resets).toEqual([]);
});

test('while nothing can be reached the connection is lost, and asking ends with the last follower', async () => {
	isReachable = false;
	const { stop } = follow(10);
	await block(4);
	expect(client.connection.status).toBe('lost');
	isReachable = true;
	await block(1);
	expect(pollings).toHaveLength(1);
	pollings[0]!.hear(answer(11));
	pollings[0]!.lose();
	expect(client.connection.status).toBe('lost');
	pollings[0]!.hear(answer(12));
	expect(client.connection.status).toBe('polling');
	stop();
	await vi.advanceTimersByTimeAsync(6_000);
	expect(stops).toBe(1);
	expect(client.connection.status).toBe('connecting');
});

test('a clock that is hours wrong is set right by the server’s, one that is seconds wrong is left alone', () => {
	const tell = (offset: number) => hearServerTime(new Date(Date.now() + offset).toUTCString());
	tell(5_000);
	expect(serverClock.offsetMs).toBe(0);
	for (const hours of [-26, 26]) {
		tell(hours * 3_600_000);
		expect(Math.abs(serverClock.offsetMs - hours * 3_600_000)).toBeLessThan(1_000);
		const before = serverClock.offsetMs;
		tell(hours * 3_600_000 + 3_000);
		expect(serverClock.offsetMs).toBe(before);
	}
	for (const date of [null, '', 'yesterday']) hearServerTime(date);
	expect(serverClock.offsetMs).not.toBe(0);
	tell(0);
	expect(serverClock.offsetMs).toBe(0);
});

test('waking up retries at once', () => {
	goLive();
	socket().end();
	client.wake();
	expect(sockets).toHaveLength(2);
	vi.advanceTimersByTime(10_000);
	expect(sockets).toHaveLength(2);
});

test('waking up with a dead socket replaces it', () => {
	goLive();
	client.wake();
	expect(socket().sent.at(-1)).toEqual({ type: 'subscribe', topic, after: 10 });
	vi.advanceTimersByTime(5000);
	expect(sockets[0]!.isClosed).toBe(true);
	expect(client.connection.status).toBe('lost');
});

test('asks after 30 seconds of silence and reconnects if nothing comes back', () => {
	goLive();
	vi.advanceTimersByTime(30_000);
	expect(socket().sent).toHaveLength(2);
	socket().receive(subscribed(10));
	vi.advanceTimersByTime(29_000);
	expect(socket().sent).toHaveLength(2);
	vi.advanceTimersByTime(16_000);
	expect(sockets[0]!.isClosed).toBe(true);
	vi.advanceTimersByTime(500);
	expect(sockets).toHaveLength(2);
});

test('two pages on one topic share the socket, each from its own cursor', () => {
	const late = goLive(12);
	const early = follow(10);
	expect(sockets).toHaveLength(1);
	expect(socket().sent.at(-1)).toEqual({ type: 'subscribe', topic, after: 10 });
	socket().receive(events(11, 12, 13), subscribed(13));
	expect(early.seen).toEqual([11, 12, 13]);
	expect(late.seen).toEqual([13]);
	expect([...early.resets, ...late.resets]).toEqual([]);
});

test('tells presence, also to who comes later', () => {
	const first = goLive();
	socket().receive({ type: 'presence', topic, readers: 14, typing: [] });
	expect(first.presences).toEqual([14]);
	expect(follow().presences).toEqual([14]);
});

test('unsubscribes with the last follower and closes the socket a little later', () => {
	const { stop, seen } = goLive();
	stop();
	expect(socket().sent.at(-1)).toEqual({ type: 'unsubscribe', topic });
	socket().receive(event(11));
	expect(seen).toEqual([]);
	expect(socket().isClosed).toBe(false);
	vi.advanceTimersByTime(5000);
	expect(socket().isClosed).toBe(true);
	expect(client.connection.status).toBe('connecting');
	vi.advanceTimersByTime(60_000);
	expect(sockets).toHaveLength(1);
});

test('going from page to page keeps the socket', () => {
	goLive().stop();
	const { seen, resets } = follow(11);
	socket().receive(subscribed(11), event(12));
	vi.advanceTimersByTime(5000);
	expect(sockets).toHaveLength(1);
	expect(socket().isClosed).toBe(false);
	expect(seen).toEqual([12]);
	expect(resets).toEqual([]);
});

test('a refused topic is not asked for again on the same socket', () => {
	follow();
	socket().open();
	socket().receive({ type: 'error', status: 403, title: 'Forbidden', topic });
	expect(socket().sent).toHaveLength(1);
});

test('a frame that cannot be read makes it come back on another socket', () => {
	const { seen } = goLive();
	socket().onmessage?.({ data: '{"type":' });
	expect(sockets[0]!.isClosed).toBe(true);
	vi.advanceTimersByTime(500);
	socket().open();
	expect(socket().sent).toEqual([{ type: 'subscribe', topic, after: 10 }]);
	socket().receive(event(11));
	expect(seen).toEqual([11]);
});

test('tells when the server says that the session has changed, and comes back', () => {
	goLive();
	const heard = vi.fn<() => void>();
	const stop = client.whenSessionChanges(heard);
	socket().end();
	expect(heard).not.toHaveBeenCalled();
	vi.advanceTimersByTime(500);
	socket().open();
	socket().receive(subscribed(10));
	socket().end(1008);
	expect(heard).toHaveBeenCalledOnce();
	vi.advanceTimersByTime(500);
	expect(sockets).toHaveLength(3);
	stop();
	socket().end(1008);
	expect(heard).toHaveBeenCalledOnce();
});

test('a new network gets a new socket at once, from the last event', () => {
	const { seen } = goLive();
	socket().receive(event(11));
	client.renew();
	expect(sockets).toHaveLength(2);
	expect(sockets[0]!.isClosed).toBe(true);
	sockets[0]!.receive(event(12));
	socket().open();
	expect(socket().sent).toEqual([{ type: 'subscribe', topic, after: 11 }]);
	socket().receive(events(12, 13), subscribed(13));
	expect(seen).toEqual([11, 12, 13]);
	vi.advanceTimersByTime(20_000);
	expect(sockets).toHaveLength(2);
});

test('says who types only to topics that it follows', () => {
	const { stop } = goLive();
	client.type('thread:2', 7);
	client.type(topic, 7);
	expect(socket().sent.at(-1)).toEqual({ type: 'typing', topic, postId: 7 });
	stop();
	client.type(topic, null);
	expect(socket().sent.at(-1)).toEqual({ type: 'unsubscribe', topic });
});

test('nobody is known to type once the connection is lost', () => {
	const typing: string[][] = [];
	client.subscribe(topic, 10, {
		onEvent() {},
		onReset() {},
		onPresence: (presence) => typing.push(presence.typing.map(({ handle }) => handle)),
	});
	socket().open();
	socket().receive({
		type: 'presence',
		topic,
		readers: 2,
		typing: [{ handle: 'ines', postId: 7 }],
	});
	socket().end();
	expect(typing).toEqual([['ines'], []]);
});

test('the same sentence is another one each time: the text is empty before it is said again', () => {
	const post = { kind: 'reply', author: { id: 2 } } as PublicPost;
	const counts = { definitions: 0, stories: 0, replies: 1, members: 1 };
	const created: ThreadEvent = { type: 'post.created', post, counts };
	announcements.hear(created, 1);
	vi.runAllTimers();
	expect(announcements.text).toBe('1 new reply.');
	announcements.hear(created, 1);
	expect(announcements.text).toBe('');
	vi.runAllTimers();
	expect(announcements.text).toBe('1 new reply.');
});
