import { readdir, readFile } from 'node:fs/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { posts, scores } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { createTestDatabase } from './support/database.ts';

let site: TestApp;
let host: Client;
let author: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('author');
});
afterAll(() => site.close());

const story = { kind: 'story', title: 'The invoice', body: 'I sent it again.' };

async function tell(): Promise<Post> {
	return (await author.post('/api/threads/ownership/posts', story)).json();
}

async function readScore(id: number) {
	const [row] = await site.database.db.select().from(scores).where(eq(scores.postId, id));
	return row!;
}

test('a post and a reply have a score of nothing, with what its lists need of them', async () => {
	const { id, threadId } = await tell();
	const reply = (await host.post(`/api/posts/${id}/replies`, { body: 'Good.' })).json<Post>();
	const common = { threadId, visible: true, score: 0 };
	const own = { postId: id, kind: 'story', authorId: author.id };
	expect(await readScore(id)).toMatchObject({ ...common, ...own });
	const theirs = { postId: reply.id, kind: 'reply', authorId: host.id };
	expect(await readScore(reply.id)).toMatchObject({ ...common, ...theirs });
});

test('a score stays with a post that is removed, restored and deleted, out of the lists while it is hidden', async () => {
	const { id } = await tell();
	await host.put(`/api/posts/${id}/upvote`);
	await host.put(`/api/posts/${id}/removal`, { reason: 'Off the point.' });
	expect(await readScore(id)).toMatchObject({ visible: false, score: 1 });
	await host.delete(`/api/posts/${id}/removal`);
	expect(await readScore(id)).toMatchObject({ visible: true, score: 1 });
	await author.delete(`/api/posts/${id}`);
	expect(await readScore(id)).toMatchObject({ visible: false, score: 1 });
});

test('the database keeps what a score repeats of its post, and lets none be below nothing', async () => {
	const { db } = site.database;
	const { id } = await tell();
	const before = await readScore(id);
	await db.update(posts).set({ createdAt: sql`created_at - interval '7 days'` });
	const after = await readScore(id);
	expect(before.rank - after.rank).toBeCloseTo(1, 6);
	const lowered = db.update(scores).set({ score: -1 }).where(eq(scores.postId, id));
	await expect(lowered).rejects.toMatchObject({ cause: { constraint: 'scores_score' } });
});

test('the migrations carry over the scores and counts that posts had before', async () => {
	const database = await createTestDatabase();
	try {
		const { pool } = database;
		await pool.query('drop schema public cascade; create schema public');
		const folder = new URL('../db/migrations/', import.meta.url);
		const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
		const apply = async (from: number, to?: number) => {
			for (const name of files.slice(from, to))
				await pool.query(await readFile(new URL(name, folder), 'utf8'));
		};
		const place = files.indexOf('0003_scores.sql');
		await apply(0, place);
		await pool.query(`
			insert into accounts (handle, name, email, password_hash) values ('author', 'Ann', 'ann@example.com', '-');
			insert into threads (slug, question, introduction, introduction_html) values ('late', 'And then?', 'Say it.', '');
			insert into posts (id, answer_id, thread_id, depth, kind, author_id, title, body, html, score, reply_count, visible, created_at)
			select n, n, 1, 0, 'story', 1, 'The invoice', 'I sent it again.', '', n * 3, n * 2, n <> 2, now() - make_interval(days => n)
			from generate_series(1, 3) as n`);
		const { rows: before } = await pool.query(
			'select id, thread_id, author_id, kind, visible, created_at, score, rank, reply_count from posts order by id',
		);
		await apply(place);
		const { rows: after } = await pool.query(
			'select post_id as id, thread_id, author_id, kind, visible, created_at, score, rank, reply_count from scores order by post_id',
		);
		expect(before.map(({ score }) => score)).toEqual([3, 6, 9]);
		expect(before.map((row) => row.reply_count)).toEqual([2, 4, 6]);
		expect(after).toEqual(before);
		await pool.query('update posts set visible = true');
		const { rows: shown } = await pool.query('select visible, score from scores order by post_id');
		expect(shown).toEqual([3, 6, 9].map((score) => ({ visible: true, score })));
	} finally {
		await database.close();
	}
});
