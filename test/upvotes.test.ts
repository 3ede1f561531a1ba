import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scores, upvotes } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';

let site: TestApp;
let author: Client;
let voter: Client;
let post: Post;

beforeAll(async () => {
	site = await createTestApp();
	await site.join('host');
	author = await site.join('author');
	voter = await site.join('voter');
	const body = { kind: 'definition', body: 'I pick up the phone before they do.' };
	post = (await author.post('/api/threads/ownership/posts', body)).json();
});
afterAll(() => site.close());

test('an upvote counts once, however often it is sent, and can be taken back', async () => {
	const url = `/api/posts/${post.id}/upvote`;
	const given = { postId: post.id, score: 1, upvoted: true };
	expect((await voter.put(url)).json()).toEqual(given);
	expect((await voter.put(url)).json()).toEqual(given);
	expect((await voter.get(`/api/posts/${post.id}`)).json().viewer.upvoted).toBe(true);
	expect((await voter.delete(url)).json()).toEqual({ postId: post.id, score: 0, upvoted: false });
	expect((await voter.delete(url)).json()).toEqual({ postId: post.id, score: 0, upvoted: false });
});

test('many votes at once leave the score equal to the rows', async () => {
	const crowd = await Promise.all(Array.from({ length: 12 }, (_, n) => site.join(`crowd_${n}`)));
	const url = `/api/posts/${post.id}/upvote`;
	const answers = await Promise.all(
		crowd.flatMap((member) => [member.put(url), member.put(url), member.put(url)]),
	);
	expect(answers.map((answer) => answer.statusCode)).toEqual(answers.map(() => 200));
	const { db } = site.database;
	const [row] = await db.select().from(scores).where(eq(scores.postId, post.id));
	expect(row!.score).toBe(12);
	expect(await db.$count(upvotes, eq(upvotes.postId, post.id))).toBe(12);
});

test('the same vote sent many times at once is answered with the score after it', async () => {
	const body = { kind: 'story', title: 'One click', body: 'Four requests.' };
	for (let round = 0; round < 5; round++) {
		const story = (await author.post('/api/threads/ownership/posts', body)).json<Post>();
		const url = `/api/posts/${story.id}/upvote`;
		const answers = await Promise.all([1, 2, 3, 4].map(() => voter.put(url)));
		for (const answer of answers)
			expect(answer.json()).toEqual({ postId: story.id, score: 1, upvoted: true });
	}
});

test('votes at once on posts of two threads: what is refused leaves the others alone', async () => {
	const host = await site.join('opener', 'host');
	const opening = { question: 'And when it is late?', introduction: 'Say it.', slug: 'late' };
	expect((await host.post('/api/threads', opening)).statusCode).toBe(201);
	const story = { kind: 'story', title: 'One of two', body: 'It was late.' };
	const [here, there] = await Promise.all(
		['ownership', 'late'].map(async (slug) =>
			(await author.post(`/api/threads/${slug}/posts`, story)).json<Post>(),
		),
	);
	const gone = (await author.post('/api/threads/late/posts', story)).json<Post>();
	await author.delete(`/api/posts/${gone.id}`);
	const crowd = await Promise.all(Array.from({ length: 6 }, (_, n) => site.join(`mixed_${n}`)));
	const answers = await Promise.all(
		crowd.flatMap((member) => [
			member.put(`/api/posts/${here!.id}/upvote`),
			member.put(`/api/posts/${gone.id}/upvote`),
			author.put(`/api/posts/${here!.id}/upvote`),
			member.put(`/api/posts/${there!.id}/upvote`),
		]),
	);
	expect(answers.map(({ statusCode }) => statusCode)).toEqual(
		crowd.flatMap(() => [200, 404, 403, 200]),
	);
	for (const { id } of [here!, there!]) {
		const scores = answers.map((answer) => answer.json()).filter(({ postId }) => postId === id);
		expect(scores.map(({ score }) => score).sort()).toEqual([1, 2, 3, 4, 5, 6]);
		expect((await site.reader.get(`/api/posts/${id}`)).json().score).toBe(6);
	}
});

test('refusals: a reader, one’s own post, a post that is not there', async () => {
	const url = `/api/posts/${post.id}/upvote`;
	expect((await site.reader.put(url)).statusCode).toBe(401);
	expect((await author.put(url)).statusCode).toBe(403);
	expect((await voter.put('/api/posts/2147483647/upvote')).statusCode).toBe(404);
	expect((await voter.put('/api/posts/99999999999999999999/upvote')).statusCode).toBe(404);
	expect(site.complaints).toEqual([]);
});
