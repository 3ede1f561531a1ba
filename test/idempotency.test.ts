import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { idempotencyKeys, posts } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, countRows, expectProblem, readEvents, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;
let answer: Post;
let key: string;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	member = await site.join('member');
	answer = await tell(member);
});
beforeEach(() => void (key = crypto.randomUUID()));
afterAll(() => closeSite(site));

const story = { kind: 'story', title: 'Once', body: 'It happened once.' };
const create = (client: Client, body: Record<string, unknown> = story, headers: object = {}) =>
	client.post('/api/threads/ownership/posts', body, { 'idempotency-key': key, ...headers });

const routes = {
	story: () => create(host),
	definition: () => create(host, { kind: 'definition', body: `Mine, ${key}.` }),
	reply: () =>
		host.post(`/api/posts/${answer.id}/replies`, { body: 'Once.' }, { 'idempotency-key': key }),
	thread: () =>
		host.post(
			'/api/threads',
			{ question: 'And once more?', introduction: 'Well.', slug: key },
			{ 'idempotency-key': key },
		),
};

test.each(Object.keys(routes) as (keyof typeof routes)[])(
	'a %s sent twice with one key is created once and answered the same',
	async (name) => {
		const first = await routes[name]();
		expect(first.statusCode).toBe(201);
		const after = await countRows(site);
		for (let n = 0; n < 2; n++) {
			const again = await routes[name]();
			expect(again.statusCode).toBe(201);
			expect(again.json()).toEqual(first.json());
		}
		expect(await countRows(site)).toEqual(after);
		if (name === 'definition') await host.delete(`/api/posts/${first.json().id}`);
	},
);

test('also when they arrive at once, and they make one event', async () => {
	const before = await readEvents(site);
	const answers = await Promise.all(Array.from({ length: 6 }, () => create(member)));
	expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(6).fill(201));
	expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
	expect(await site.database.db.$count(posts, eq(posts.id, answers[0]!.json().id))).toBe(1);
	expect((await readEvents(site)).length).toBe(before.length + 1);
});

test('another request with the same key is refused, and creates nothing', async () => {
	await create(member);
	const before = await countRows(site);
	expectProblem(await create(member, { ...story, body: 'Something else.' }), 422);
	const url = `/api/posts/${answer.id}/replies`;
	expectProblem(await member.post(url, { body: 'Words.' }, { 'idempotency-key': key }), 422);
	expect(await countRows(site)).toEqual(before);
	expect(answer.replyCount).toBe(0);
});

test('the same key of another account is another key', async () => {
	const first: Post = (await create(member)).json();
	const second: Post = (await create(host)).json();
	expect(second.id).not.toBe(first.id);
	expect(second.author.id).toBe(host.id);
});

test('after 24 hours the key creates again', async () => {
	const first: Post = (await create(member)).json();
	const age = (time: string) =>
		site.database.db
			.update(idempotencyKeys)
			.set({ createdAt: sql`now() - ${time}::interval` })
			.where(eq(idempotencyKeys.key, key));
	await age('23 hours 59 minutes');
	expect((await create(member)).json().id).toBe(first.id);
	await age('24 hours 1 minute');
	expect((await create(member)).json().id).not.toBe(first.id);
});

test('a refused request does not use its key up', async () => {
	expectProblem(await create(member, { kind: 'story', title: 'x', body: '' }), 422);
	await host.put('/api/threads/ownership/lock');
	expectProblem(await create(member), 403);
	await host.delete('/api/threads/ownership/lock');
	expect((await create(member)).statusCode).toBe(201);
});

test('without a key, everything is created', async () => {
	const url = '/api/threads/ownership/posts';
	const [first, second] = [await member.post(url, story), await member.post(url, story)];
	expect(first.json().id).not.toBe(second.json().id);
});

test.each(['', ' ', 'with space', 'x'.repeat(256), 'ümlaut', 'tab\there'])(
	'a key that is none is refused (%#)',
	async (wrong) => {
		const before = await countRows(site);
		expectProblem(await create(member, story, { 'idempotency-key': wrong }), 422);
		expect(await countRows(site)).toEqual(before);
	},
);

test('a form carries its key in a field, for what is in it', async () => {
	const fields = { ...story, _key: key, from: '/threads/ownership/stories/new' };
	const send = () => member.form('/api/threads/ownership/posts', fields);
	const [first, second] = [await send(), await send()];
	expect(first.statusCode).toBe(303);
	expect(second.headers.location).toBe(first.headers.location);
	const other = await member.form('/api/threads/ownership/posts', { ...fields, body: 'Else.' });
	expect(other.statusCode).toBe(303);
	expect(other.headers.location).not.toBe(first.headers.location);
});
