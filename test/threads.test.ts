import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Thread } from '../server/threads/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, countRows, define, expectProblem, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	member = await site.join('member');
});
afterAll(() => closeSite(site));

const opening = (changes: object = {}) => ({
	question: 'What do you owe a customer you lost?',
	introduction: 'I **still** think of one.',
	...changes,
});
const open = (changes?: object) => host.post('/api/threads', opening(changes));

test('the host opens a thread, which everybody can read', async () => {
	const response = await open({ question: '  What do you owe a lost customer?  ' });
	expect(response.statusCode).toBe(201);
	const thread: Thread = response.json();
	expect(thread).toMatchObject({
		slug: 'what-do-you-owe-a-lost-customer',
		question: 'What do you owe a lost customer?',
		introduction: 'I **still** think of one.',
		lockedAt: null,
		liveCursor: 0,
		introductionHtml: '<p>I <strong>still</strong> think of one.</p>',
		host: {
			id: host.id,
			handle: 'host',
			name: 'host',
			headline: null,
			avatar: null,
		},
		counts: {
			definitions: 0,
			stories: 0,
			replies: 0,
			members: 0,
		},
	});
	expect((await site.reader.get(`/api/threads/${thread.slug}`)).json()).toEqual(thread);
	const page = await site.reader.visit(`/threads/${thread.slug}`);
	expect(page.statusCode).toBe(200);
	expect(page.body).toContain('I <strong>still</strong> think of one.');
});

test('the first thread stays the one that / shows', async () => {
	const page = await site.reader.visit('/');
	expect(page.statusCode).toBe(200);
	expect(page.body).toContain('What does it truly mean to take ownership?');
});

test('threads are listed the latest first, in pages', async () => {
	await open({ slug: 'listed-1' });
	await open({ slug: 'listed-2' });
	const all = (await site.reader.get('/api/threads')).json();
	expect(all.next).toBeNull();
	const slugs = all.items.map((thread: Thread) => thread.slug);
	expect(slugs.slice(0, 2)).toEqual(['listed-2', 'listed-1']);
	expect(slugs.at(-1)).toBe('ownership');
	const paged: string[] = [];
	for (let cursor = ''; ;) {
		const { items, next } = (await site.reader.get(`/api/threads?limit=1${cursor}`)).json();
		expect(items.length).toBe(1);
		paged.push(items[0].slug);
		if (next === null) break;
		cursor = `&cursor=${next}`;
	}
	expect(paged).toEqual(slugs);
	const page = await site.reader.visit('/threads?limit=1');
	expect(page.body).toContain('More threads');
});

test.each([
	['Was it « très » cher?', 'was-it-tres-cher'],
	['Señor, ¿quién?', 'senor-quien'],
	['为什么？', 'thread'],
	['x'.repeat(100), 'x'.repeat(60)],
])('the question makes the address (%#)', async (question, slug) => {
	expect((await open({ question })).json().slug).toBe(slug);
});

test('questions that make the same address get one each, also at once, and a given one stays as it is', async () => {
	const question = '请说明为什么？';
	await open({ slug: 'thread-3' });
	const answers = await Promise.all(Array.from({ length: 6 }, () => open({ question })));
	expect(answers.map(({ statusCode }) => statusCode)).toEqual(answers.map(() => 201));
	const slugs = answers.map((answer) => answer.json<Thread>().slug);
	expect(slugs.toSorted()).toEqual(
		['thread-2', 'thread-4', 'thread-5', 'thread-6', 'thread-7', 'thread-8'].toSorted(),
	);
	const [made, given] = await Promise.all([open({ question }), open({ slug: 'thread-9' })]);
	expect(made.statusCode).toBe(201);
	expect([201, 409]).toContain(given.statusCode);
	expectProblem(await open({ slug: 'thread-2' }), 409);
	expect((await open({ question: 'x'.repeat(90) })).json().slug).toBe(`${'x'.repeat(60)}-2`);
});

test('counts say what stands in the thread, and who takes part in it', async () => {
	await open({ slug: 'counted' });
	const counts = async () => (await site.reader.get('/api/threads/counted')).json().counts;
	await define(member, 'One line.', 'counted');
	const story = await tell(member, {}, 'counted');
	await reply(host, story);
	expect(await counts()).toEqual({ definitions: 1, stories: 1, replies: 1, members: 2 });
	await member.delete(`/api/posts/${story.id}`);
	expect(await counts()).toEqual({ definitions: 1, stories: 0, replies: 1, members: 2 });
});

test.each([
	['question', { question: 'a' }, 422],
	['question', { question: 'a    ' }, 422],
	['question', { question: '\u200b\u200b\u200b ' }, 422],
	['question', { question: 'x'.repeat(201) }, 422],
	['question', { question: undefined }, 422],
	['introduction', { introduction: ' \n ' }, 422],
	['introduction', { introduction: 'x'.repeat(5001) }, 422],
	['slug', { slug: 'With Capitals' }, 422],
	['slug', { slug: '-begins' }, 422],
	['slug', { slug: 'two--hyphens' }, 422],
	['slug', { slug: '../../etc' }, 422],
	['slug', { slug: 'x'.repeat(81) }, 422],
	['slug', { slug: 'ownership' }, 409],
])('a wrong %s is refused (%#)', async (field, changes, status) => {
	const before = await countRows(site);
	const problem = expectProblem(await open(changes), status);
	expect(problem.errors!.map((error) => error.path)).toEqual([`/${field}`]);
	expect(await countRows(site)).toEqual(before);
});

test('of two threads opened at one address at once, one is there', async () => {
	const answers = await Promise.all([1, 2, 3].map(() => open({ slug: 'contested' })));
	expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409, 409]);
});

test('refusals: who is not the host, and a thread that is not there', async () => {
	const moderator = await site.join('moderator', 'moderator');
	expectProblem(await site.reader.post('/api/threads', opening()), 401);
	expectProblem(await member.post('/api/threads', opening()), 403);
	expectProblem(await moderator.post('/api/threads', opening()), 403);
	for (const slug of ['nothing-here', 'Nothing', 'x'.repeat(90), '%00', '%F0%9F%98%80'])
		expectProblem(await site.reader.get(`/api/threads/${slug}`), 404);
	expect((await site.reader.visit('/threads/nothing-here')).statusCode).toBe(404);
});
