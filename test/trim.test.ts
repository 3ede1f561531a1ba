import { eq, sql } from 'drizzle-orm';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accounts, events, threads } from '../db/schema.ts';
import { startJobs } from '../server/jobs.ts';
import { trimEvents } from '../server/live/trim.ts';
import type { Client } from './support/app.ts';
import { createForum, type Forum } from './support/forum.ts';

let forum: Forum;
let host: Client;

beforeAll(async () => {
	forum = await createForum({ servers: 1, intervals: { poll: 100 } });
	host = await forum.join('host');
});
afterAll(() => forum.close());
beforeEach(() => forum.database.db.delete(events));

/** Brings a topic to a cursor, with an event for every cursor, the first `old` of them from the day before. */
async function fill(topic: string, cursor: number, old: number): Promise<void> {
	const { db } = forum.database;
	const [kind, id] = topic.split(':');
	if (kind === 'thread')
		await db
			.update(threads)
			.set({ cursor })
			.where(eq(threads.id, Number(id)));
	else
		await db
			.update(accounts)
			.set({ cursor })
			.where(eq(accounts.id, Number(id)));
	await db.execute(sql`
		insert into events (topic, cursor, event, created_at)
		select ${topic}::text, n, '{"type": "thread.unlocked"}',
			now() - case when n <= ${old} then interval '24 hours 1 minute' else interval '23 hours' end
		from generate_series(1, ${cursor}::int) as n`);
}

async function readKept(topic: string) {
	const { rows } = await forum.database.db.execute<{ first: number; count: number }>(sql`
		select min(cursor)::int as first, count(*)::int as count from events where topic = ${topic}`);
	return rows[0]!;
}

test('what is older than a day goes, but for the last 10,000 of a topic', async () => {
	await fill(forum.topic, 10_300, 10_300);
	expect(await trimEvents(forum.database.db)).toBe(300);
	expect(await readKept(forum.topic)).toEqual({ first: 301, count: 10_000 });
	expect(await trimEvents(forum.database.db)).toBe(0);
});

test('however many they are, all go', async () => {
	await fill(forum.topic, 55_000, 55_000);
	expect(await trimEvents(forum.database.db)).toBe(45_000);
	expect(await readKept(forum.topic)).toEqual({ first: 45_001, count: 10_000 });
});

test('what is younger than a day stays, however much it is', async () => {
	await fill(forum.topic, 10_300, 120);
	expect(await trimEvents(forum.database.db)).toBe(120);
	expect(await readKept(forum.topic)).toEqual({ first: 121, count: 10_180 });
});

test('each topic has its own 10,000', async () => {
	const own = `account:${host.id}`;
	await fill(forum.topic, 9_000, 9_000);
	await fill(own, 10_010, 10_010);
	expect(await trimEvents(forum.database.db)).toBe(10);
	expect(await readKept(forum.topic)).toEqual({ first: 1, count: 9_000 });
	expect(await readKept(own)).toEqual({ first: 11, count: 10_000 });
});

test('a client behind the trimmed events gets a reset, one that is not gets what it has missed', async () => {
	await fill(forum.topic, 10_300, 10_300);
	await trimEvents(forum.database.db);
	const { topic } = forum;
	const late = await forum.connect(0);
	expect(await late.subscribe(topic, 299)).toEqual({ type: 'reset', topic, cursor: 10_300 });
	expect(late.events).toEqual([]);
	const early = await forum.connect(0);
	const answer = await early.subscribe(topic, 10_290);
	expect(answer).toEqual({ type: 'subscribed', topic, cursor: 10_300 });
	expect(early.cursors).toEqual([...Array(10).keys()].map((n) => 10_291 + n));
});

test('followers get a reset where events were trimmed before their server had read them', async () => {
	const { topic, database } = forum;
	await fill(topic, 11_000, 0);
	const socket = await forum.connect(0);
	await socket.subscribe(topic);
	await database.db.transaction(async (tx) => {
		await tx.update(threads).set({ cursor: 11_020 });
		await tx.insert(events).values(
			[...Array(10).keys()].map((n) => ({
				topic,
				cursor: 11_011 + n,
				event: { type: 'thread.unlocked' },
			})),
		);
	});
	await socket.untilEvents(10);
	const told = socket.frames.filter(({ type }) => type === 'reset');
	expect(told).toEqual([{ type: 'reset', topic, cursor: 11_010 }]);
	expect(socket.cursors).toEqual([...Array(10).keys()].map((n) => 11_011 + n));
});

test('of several servers one trims, when its hour has come', async () => {
	const { database, apps } = forum;
	const { sessions, log, context } = apps[0]!;
	await fill(forum.topic, 10_040, 10_040);
	const options = { url: database.url, db: database.db, sessions, log, storage: context.storage };
	const stops = await Promise.all([startJobs(options), startJobs(options)]);
	const boss = new PgBoss({ connectionString: database.url, max: 1, supervise: false });
	boss.on('error', () => {});
	try {
		const { rows } = await database.pool.query('select name, cron from pgboss.schedule');
		expect(rows).toEqual([{ name: 'trim', cron: '17 * * * *' }]);
		await boss.start();
		await boss.send('trim', {});
		await expect
			.poll(() => readKept(forum.topic), { timeout: 20_000 })
			.toEqual({ first: 41, count: 10_000 });
	} finally {
		await boss.stop();
		for (const stop of stops) await stop();
	}
	expect(forum.complaints).toEqual([]);
});
