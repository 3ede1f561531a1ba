import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { eq } from 'drizzle-orm';
import { events, threads } from '../db/schema.ts';
import { type Listener, Live } from '../server/live/hub.ts';
import type { StoredEvent } from '../server/live/queries.ts';
import type { LiveEvent, ServerFrame } from '../server/live/schema.ts';
import { createForum, type Forum } from './support/forum.ts';
import { until } from './support/live-socket.ts';
import { playCrowd } from './sockets.ts';

vi.setConfig({ testTimeout: 120_000 });

const bound = 262_144;

let forum: Forum;
let live: Live;
let cursor = 0;

beforeAll(async () => {
	forum = await createForum({ servers: 1 });
	const bus = { publish: () => {}, listen: () => {}, close: async () => {} };
	const { database, apps } = forum;
	live = new Live({ db: database.db, log: apps[0]!.log, bus, pollInterval: 3_600_000 });
});
afterAll(async () => {
	live.close();
	await forum.close();
});

/** A socket that takes what it is sent, or lets it wait while `isReading` is false. */
class FakeSocket implements Listener {
	readonly frames: (string | Buffer)[] = [];
	bufferedAmount = 0;
	/** the most that has waited */
	most = 0;
	isReading = true;

	send(frame: string | Buffer): void {
		this.frames.push(frame);
		if (this.isReading) return;
		this.bufferedAmount += frame.length;
		this.most = Math.max(this.most, this.bufferedAmount);
	}

	read(): void {
		this.isReading = true;
		this.bufferedAmount = 0;
	}

	get parsed(): ServerFrame[] {
		return this.frames.map((frame) => JSON.parse(String(frame)) as ServerFrame);
	}

	get cursors(): number[] {
		return this.parsed.flatMap((frame) => {
			if (frame.type === 'event') return [frame.cursor];
			return frame.type === 'events' ? frame.events.map(({ cursor }) => cursor) : [];
		});
	}
}

async function follow(after?: number): Promise<FakeSocket> {
	const socket = new FakeSocket();
	await live.subscribe(socket, { topic: forum.topic, after });
	return socket;
}

/** Writes events of about `size` bytes and tells the hub of them. */
async function happen(count: number, size = 50): Promise<StoredEvent[]> {
	const { topic, database } = forum;
	const stored = Array.from({ length: count }, () => {
		const event = { type: 'post.deleted', postId: 1, words: 'x'.repeat(size) };
		return { topic, cursor: ++cursor, event: event as unknown as LiveEvent };
	});
	await database.db.transaction(async (tx) => {
		for (let n = 0; n < count; n += 1_000)
			await tx.insert(events).values(stored.slice(n, n + 1_000));
		await tx.update(threads).set({ cursor }).where(eq(threads.slug, 'ownership'));
	});
	return stored;
}

const range = (first: number, last: number) =>
	Array.from({ length: last - first + 1 }, (_, index) => first + index);

test('an event is serialised once for all its sockets', async () => {
	const sockets = await Promise.all(Array.from({ length: 50 }, () => follow()));
	let serialised = 0;
	const [stored] = await happen(1);
	const event = { ...stored!.event, toJSON: () => ({ times: ++serialised }) };
	live.receive([{ ...stored!, event: event as LiveEvent }]);
	const last = sockets.map((socket) => socket.frames.at(-1));
	expect(new Set(last).size).toBe(1);
	expect(serialised).toBe(1);
	for (const socket of sockets) live.unsubscribe(socket, forum.topic);
});

test('a socket that does not read costs the bound at most, and reads anew when it has drained', async () => {
	const [slow, fast] = [await follow(), await follow()];
	const before = cursor;
	slow.isReading = false;
	for (let batch = 0; batch < 8; batch++) {
		live.receive(await happen(10, 10_000));
		await until(
			() => fast.cursors.at(-1),
			(last) => last === cursor,
		);
	}
	expect(fast.cursors).toEqual(range(before + 1, cursor));
	expect(slow.most).toBeLessThanOrEqual(bound + 131_072 + 100);
	expect(slow.cursors.length).toBeLessThan(fast.cursors.length);
	expect(slow.cursors).toEqual(range(before + 1, before + slow.cursors.length));
	slow.read();
	const reset = { type: 'reset', topic: forum.topic, cursor };
	await until(
		() => slow.parsed.at(-1)!,
		({ type }) => type === 'reset',
	);
	expect(slow.parsed.at(-1)).toEqual(reset);
	live.receive(await happen(1));
	await until(
		() => slow.cursors.at(-1),
		(last) => last === cursor,
	);
	for (const socket of [slow, fast]) live.unsubscribe(socket, forum.topic);
});

test('frames are bounded in size, and a larger event has one for itself', async () => {
	const socket = await follow();
	const before = cursor;
	live.receive(await happen(1));
	live.receive([
		...(await happen(40, 10_000)),
		...(await happen(1, 200_000)),
		...(await happen(1)),
	]);
	await until(
		() => socket.cursors.at(-1),
		(last) => last === cursor,
	);
	expect(socket.cursors).toEqual(range(before + 1, cursor));
	const large = socket.frames.filter((frame) => frame.length > 131_072 + 100);
	expect(large.map((frame) => JSON.parse(String(frame)).type)).toEqual(['event']);
	live.unsubscribe(socket, forum.topic);
});

test('a replay is bounded in events and in bytes', async () => {
	await happen(1_200);
	const near = await follow(cursor - 1_000);
	expect(near.cursors).toEqual(range(cursor - 999, cursor));
	const far = await follow(cursor - 1_001);
	expect(far.parsed).toEqual([{ type: 'reset', topic: forum.topic, cursor }]);
	await happen(60, 50_000);
	const slow = new FakeSocket();
	slow.isReading = false;
	await live.subscribe(slow, { topic: forum.topic, after: cursor - 60 });
	expect(slow.parsed.at(-1)).toEqual({ type: 'reset', topic: forum.topic, cursor });
	expect(slow.most).toBeLessThan(1_048_576 + bound);
	for (const socket of [near, far, slow]) live.unsubscribe(socket, forum.topic);
});

test('a crowd, some of which do not read: the others get everything, memory stays bounded', async () => {
	const outcome = await playCrowd({ sockets: 200, slow: 0.1, megabytes: 5 });
	expect(outcome.problems).toEqual([]);
	expect(outcome.received).toBe(180 * outcome.events);
	expect(outcome.resets + outcome.closed).toBeGreaterThanOrEqual(outcome.slow);
}, 240_000);
