import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { posts, revisions } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import {
	closeSite,
	countRows,
	define,
	expectProblem,
	nowhere,
	read,
	reply,
	tell,
} from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;
let other: Client;
let joined = 0;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	other = await site.join('other');
});
beforeEach(async () => {
	author = await site.join(`author_${++joined}`);
});
afterAll(() => closeSite(site));

const answer = (client: Client, body: Record<string, unknown>) =>
	client.post('/api/threads/ownership/posts', body);
const listRevisions = async (post: Post) =>
	(await site.reader.get(`/api/posts/${post.id}/revisions`)).json().items;

test('a definition is plain text in the shape the contract promises', async () => {
	const body = '  I <b>finish</b> *what* I began.\r\nEven & when "nobody" asks.\n\n\nTwice.  ';
	const post = await define(author, body);
	expect(post).toEqual({
		id: expect.any(Number),
		threadId: 1,
		answerId: post.id,
		parentId: null,
		depth: 0,
		kind: 'definition',
		title: null,
		body: 'I <b>finish</b> *what* I began.\nEven & when "nobody" asks.\n\n\nTwice.',
		html: '<p>I &lt;b&gt;finish&lt;/b&gt; *what* I began.<br />Even &amp; when &quot;nobody&quot; asks.</p>\n<p>Twice.</p>',
		author: {
			id: author.id,
			handle: `author_${joined}`,
			name: `author_${joined}`,
			headline: null,
			avatar: null,
		},
		score: 0,
		replyCount: 0,
		revisionCount: 0,
		minutes: 1,
		practices: [],
		feature: null,
		createdAt: expect.stringMatching(/Z$/),
		editedAt: null,
		deletedAt: null,
		removal: null,
		viewer: {
			upvoted: false,
			canUpvote: false,
			canReply: true,
			canEdit: true,
			canDelete: true,
			canFeature: false,
			canRemove: false,
		},
	});
	expect(await read(author, post.id)).toEqual(post);
	expect(await read(site.reader, post.id)).toEqual({ ...post, viewer: null });
	expect((await read(host, post.id)).viewer).toEqual({
		upvoted: false,
		canUpvote: true,
		canReply: true,
		canEdit: false,
		canDelete: false,
		canFeature: true,
		canRemove: true,
	});
});

test('a story has a title, Markdown and practices', async () => {
	const post = await tell(author, {
		title: ' The   pallet ',
		body: '# Monday\n\nIt *rained*.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n~~gone~~ ![no](/x.png)',
		practices: ['make-good-work-better', 'see-the-whole-job'],
	});
	expect(post).toMatchObject({ kind: 'story', title: 'The pallet', depth: 0 });
	expect(post.practices).toEqual(['make-good-work-better', 'see-the-whole-job']);
	for (const part of ['<h2>Monday</h2>', '<em>rained</em>', '<td>1</td>', '<s>gone</s>'])
		expect(post.html).toContain(part);
	expect(post.html).not.toContain('<img');
});

test.each([
	[{ kind: 'definition' }],
	[{ kind: 'definition', body: '   \n' }],
	[{ kind: 'definition', body: 'x'.repeat(501) }],
	[{ kind: 'reply', body: 'I am no answer.' }],
	[{ kind: ['definition'], body: 'In a list.' }],
	[{ body: 'Of no kind.' }],
	[{ kind: 'story', body: 'Without a title.' }],
	[{ kind: 'story', title: 'ab', body: 'A short title.' }],
	[{ kind: 'story', title: 'a    ', body: 'A title of one letter.' }],
	[{ kind: 'story', title: 'x'.repeat(121), body: 'A long title.' }],
	[{ kind: 'story', title: 'No body' }],
	[{ kind: 'story', title: 'No such practice', body: 'Words.', practices: ['be-lucky'] }],
	[
		{
			kind: 'story',
			title: 'The same practice twice',
			body: 'Words.',
			practices: ['see-the-whole-job', 'see-the-whole-job'],
		},
	],
])('an answer that fits no kind is refused (%#)', async (input) => {
	const before = await countRows(site);
	expect(expectProblem(await answer(author, input), 422).errors).not.toEqual([]);
	expect(await countRows(site)).toEqual(before);
});

test('a member has one live definition in a thread, also when two arrive at once', async () => {
	const answers = await Promise.all(
		[1, 2, 3, 4].map((n) => answer(author, { kind: 'definition', body: `Definition ${n}.` })),
	);
	expect(answers.map((response) => response.statusCode).sort()).toEqual([201, 409, 409, 409]);
	expectProblem(await answer(author, { kind: 'definition', body: 'One more.' }), 409);
	await tell(author);
	await tell(author);
	const first: Post = answers.find((response) => response.statusCode === 201)!.json();
	expect((await author.delete(`/api/posts/${first.id}`)).statusCode).toBe(204);
	await define(author, 'Another try.');
});

test('one defines each thread for itself', async () => {
	await host.post('/api/threads', {
		question: 'And elsewhere?',
		introduction: 'So?',
		slug: 'else',
	});
	await define(author, 'Here.');
	expect((await define(author, 'There.', 'else')).threadId).not.toBe(1);
});

test('a removed definition still counts as the live one, until its author deletes it', async () => {
	const post = await define(author);
	await host.put(`/api/posts/${post.id}/removal`, { reason: 'Not an answer.' });
	expectProblem(await answer(author, { kind: 'definition', body: 'Again.' }), 409);
	expect((await author.delete(`/api/posts/${post.id}`)).statusCode).toBe(204);
	await define(author, 'Again.');
});

test('revising keeps every earlier version, readable by everybody', async () => {
	const post = await tell(author, {
		title: 'First',
		body: '*One*',
		practices: ['see-the-whole-job'],
	});
	const revised = await author.patch(`/api/posts/${post.id}`, { body: '*Two*' });
	expect(revised.statusCode).toBe(200);
	expect(revised.json()).toMatchObject({
		title: 'First',
		body: '*Two*',
		html: '<p><em>Two</em></p>',
		revisionCount: 1,
		practices: ['see-the-whole-job'],
		editedAt: expect.any(String),
	});
	await author.patch(`/api/posts/${post.id}`, { title: 'Third', body: '*Three*', practices: [] });
	expect(await read(author, post.id)).toMatchObject({ title: 'Third', practices: [] });
	expect(await listRevisions(post)).toMatchObject([
		{ number: 2, title: 'First', body: '*Two*', createdAt: revised.json().editedAt },
		{
			number: 1,
			title: 'First',
			body: '*One*',
			html: '<p><em>One</em></p>',
			createdAt: post.createdAt,
		},
	]);
	const page = await site.reader.visit(`/posts/${post.id}/revisions`);
	for (const words of ['<em>One</em>', '<em>Two</em>', '<em>Three</em>'])
		expect(page.body).toContain(words);
});

test('two revisions at once are both kept', async () => {
	const post = await define(author, 'First.');
	const change = (body: string) => author.patch(`/api/posts/${post.id}`, { body });
	const answers = await Promise.all([change('Second.'), change('Third.'), change('Fourth.')]);
	expect(answers.map((response) => response.statusCode)).toEqual([200, 200, 200]);
	const versions = await listRevisions(post);
	expect(versions.map((version: { number: number }) => version.number)).toEqual([3, 2, 1]);
	const bodies = [...versions.map(({ body }: Post) => body), (await read(author, post.id)).body];
	expect(bodies.sort()).toEqual(['First.', 'Fourth.', 'Second.', 'Third.']);
});

test('sending the words that stand there already changes nothing', async () => {
	const post = await define(author, 'As it is.');
	for (const change of [{ body: 'As it is.' }, {}])
		expect((await author.patch(`/api/posts/${post.id}`, change)).json()).toMatchObject({
			body: 'As it is.',
			revisionCount: 0,
			editedAt: null,
		});
	expect(await listRevisions(post)).toEqual([]);
});

test('a post that was revised very often refuses in words', async () => {
	const post = await define(author);
	const { db } = site.database;
	await db.update(posts).set({ revisionCount: 32_767 }).where(eq(posts.id, post.id));
	const response = await author.patch(`/api/posts/${post.id}`, { body: 'Once more.' });
	expect([200, 409, 422]).toContain(response.statusCode);
});

test.each([
	['definition', { title: 'No title here' }],
	['definition', { practices: ['see-the-whole-job'] }],
	['definition', { body: 'x'.repeat(501) }],
	['definition', { body: ' \u200b ' }],
	['definition', { body: null }],
	['story', { title: ' a  ' }],
	['story', { title: null }],
	['story', { body: 'x'.repeat(20_001) }],
	['story', { practices: 'see-the-whole-job' }],
	['reply', { body: 'x'.repeat(5001) }],
	['reply', { title: 'No title here' }],
])('a change that does not fit a %s is refused (%#)', async (kind, change) => {
	const story = await tell(author);
	const post = {
		definition: () => define(author),
		story: () => story,
		reply: () => reply(author, story),
	};
	const before = await post[kind as keyof typeof post]();
	expectProblem(await author.patch(`/api/posts/${before.id}`, change), 422);
	expect(await read(author, before.id)).toEqual(before);
});

test('deleting without replies leaves nothing to see', async () => {
	const post = await define(author, 'Regretted words.');
	await author.patch(`/api/posts/${post.id}`, { body: 'Regretted words again.' });
	expect((await author.delete(`/api/posts/${post.id}`)).statusCode).toBe(204);
	for (const client of [site.reader, author, host]) {
		expectProblem(await client.get(`/api/posts/${post.id}`), 404);
		expectProblem(await client.get(`/api/posts/${post.id}/revisions`), 404);
		expect((await client.visit(`/posts/${post.id}`)).statusCode).toBe(404);
	}
	expectProblem(await author.delete(`/api/posts/${post.id}`), 404);
	expectProblem(await author.patch(`/api/posts/${post.id}`, { body: 'Back.' }), 404);
	expectProblem(await other.put(`/api/posts/${post.id}/upvote`), 404);
	expectProblem(await other.post(`/api/posts/${post.id}/replies`, { body: 'Late.' }), 404);
	const { db } = site.database;
	const [row] = await db.select().from(posts).where(eq(posts.id, post.id));
	expect(row).toMatchObject({ visible: false, title: null, body: '', html: '', excerpt: '' });
	expect(await db.$count(revisions, eq(revisions.postId, post.id))).toBe(0);
});

test('the words of a deleted post are nowhere in the database any more', async () => {
	const secret = `secret ${crypto.randomUUID()}`;
	const key = { 'idempotency-key': crypto.randomUUID() };
	const input = { kind: 'story', title: secret, body: `I regret ${secret}.` };
	const post: Post = (await author.post('/api/threads/ownership/posts', input, key)).json();
	await reply(other, post);
	await author.patch(`/api/posts/${post.id}`, { body: `Still, ${secret}!` });
	await host.put(`/api/posts/${post.id}/feature`, { highlight: secret, note: 'Look.' });
	await author.delete(`/api/posts/${post.id}`);
	const { rows } = await site.database.db.execute<{ tables: string[] }>(sql`
		select array_remove(array[
			(select 'posts' from posts where posts::text like ${`%${secret}%`} limit 1),
			(select 'revisions' from revisions where revisions::text like ${`%${secret}%`} limit 1),
			(select 'features' from features where features::text like ${`%${secret}%`} limit 1),
			(select 'events' from events where events::text like ${`%${secret}%`} limit 1),
			(select 'idempotency_keys' from idempotency_keys where idempotency_keys::text like ${`%${secret}%`} limit 1)
		], null) as tables`);
	expect(rows[0]!.tables).toEqual([]);
});

test('deleting with replies leaves a tombstone in its place', async () => {
	const post = await tell(author, { body: 'Regretted words.', practices: ['see-the-whole-job'] });
	const below = await reply(other, post, 'I was there.');
	await author.delete(`/api/posts/${post.id}`);
	expect(await read(site.reader, post.id)).toMatchObject({
		title: null,
		body: '',
		html: '',
		practices: [],
		replyCount: 1,
		deletedAt: expect.any(String),
		removal: null,
		feature: null,
	});
	expect((await read(author, post.id)).viewer).toMatchObject({ canEdit: false, canDelete: false });
	const page = await site.reader.visit(`/posts/${post.id}`);
	expect(page.statusCode).toBe(200);
	expect(page.body).toContain('deleted this');
	expect(page.body).toContain('I was there.');
	expect(page.body).not.toContain('Regretted');
	const listed: Post[] = (await site.reader.get('/api/threads/ownership/posts?sort=new')).json()
		.items;
	expect(listed.map(({ id }) => id)).not.toContain(post.id);
	expectProblem(await author.delete(`/api/posts/${post.id}`), 404);
	expectProblem(await author.patch(`/api/posts/${post.id}`, { body: 'Back.' }), 403);
	expectProblem(await other.post(`/api/posts/${post.id}/replies`, { body: 'Late.' }), 403);
	expectProblem(await other.put(`/api/posts/${post.id}/upvote`), 404);
	expectProblem(await host.put(`/api/posts/${post.id}/feature`, {}), 403);
	expectProblem(await host.put(`/api/posts/${post.id}/removal`, { reason: 'Gone.' }), 404);
	expectProblem(await site.reader.get(`/api/posts/${post.id}/revisions`), 404);
	await other.delete(`/api/posts/${below.id}`);
	expectProblem(await site.reader.get(`/api/posts/${post.id}`), 404);
});

test('a second click on delete is no error of the server, however fast it comes', async () => {
	const post = await define(author);
	const answers = await Promise.all([1, 2, 3].map(() => author.delete(`/api/posts/${post.id}`)));
	const statuses = answers.map((response) => response.statusCode).sort();
	expect(statuses[0]).toBe(204);
	for (const status of statuses.slice(1)) expect([204, 404, 409]).toContain(status);
});

test('a removed reply that nobody has answered is there for its author and moderators, with the reason', async () => {
	const { id } = await reply(author, await define(other), 'Words that hurt.');
	await host.put(`/api/posts/${id}/removal`, { reason: 'It attacks a person.' });
	for (const client of [author, host]) {
		const page = await client.visit(`/posts/${id}`);
		expect(page.body).toContain('Words that hurt.');
		expect(page.body).toContain('It attacks a person.');
	}
	expect((await host.get(`/api/posts/${id}`)).json().viewer.canRemove).toBe(true);
	expect((await site.reader.visit(`/posts/${id}`)).statusCode).toBe(404);
});

test('a removed reply is there for its author and moderators, whatever became of what it answers', async () => {
	const answer = await tell(other);
	const { id } = await reply(author, answer, 'Words that hurt.');
	await other.delete(`/api/posts/${answer.id}`);
	await host.put(`/api/posts/${id}/removal`, { reason: 'It attacks a person.' });
	for (const client of [author, host]) {
		const page = await client.visit(`/posts/${id}`);
		expect(page.body).toContain('It attacks a person.');
		expect(page.body).not.toContain(answer.body);
	}
	expect((await site.reader.visit(`/posts/${id}`)).statusCode).toBe(404);
});

test('a definition that was removed shows its author the way to the reason, and can be replaced', async () => {
	const { id } = await define(author, 'Words that hurt.');
	await host.put(`/api/posts/${id}/removal`, { reason: 'It attacks a person.' });
	const page = await author.visit('/');
	expect(page.body).toContain('A moderator has removed it');
	expect(page.body).toContain(`href="/posts/${id}"`);
	expect(page.body).not.toContain(`href="/posts/${id}/edit"`);
	const again = { kind: 'definition', body: 'Better words.' };
	expect(expectProblem(await answer(author, again), 409).detail).toContain('delete it first');
	await author.delete(`/api/posts/${id}`);
	expect((await answer(author, again)).statusCode).toBe(201);
});

test('a removed post that its author has deleted cannot be restored', async () => {
	const post = await define(author);
	await reply(other, post);
	await host.put(`/api/posts/${post.id}/removal`, { reason: 'It attacks a person.' });
	await author.delete(`/api/posts/${post.id}`);
	expect((await read(host, post.id)).viewer!.canRemove).toBe(false);
	expectProblem(await host.delete(`/api/posts/${post.id}/removal`), 404);
});

test('a removed post is there for its author and moderators, with the reason', async () => {
	const post = await tell(author, { title: 'Loud words', body: 'Words that hurt.' });
	const url = `/api/posts/${post.id}`;
	await host.put(`${url}/removal`, { reason: 'It attacks a person.' });
	for (const client of [site.reader, other]) {
		expectProblem(await client.get(url), 404);
		expectProblem(await client.get(`${url}/revisions`), 404);
		expectProblem(await client.get(`${url}/replies`), 404);
		expect((await client.visit(`/posts/${post.id}`)).statusCode).toBe(404);
	}
	for (const client of [author, host]) {
		expect(await read(client, post.id)).toMatchObject({
			title: 'Loud words',
			body: 'Words that hurt.',
			removal: {
				reason: 'It attacks a person.',
				at: expect.any(String),
			},
		});
		const page = await client.visit(`/posts/${post.id}`);
		expect(page.body).toContain('It attacks a person.');
		expect(page.body).toContain('Words that hurt.');
	}
	expectProblem(await author.patch(url, { body: 'Kinder words.' }), 403);
	expectProblem(await other.put(`${url}/upvote`), 404);
	expectProblem(await author.post(`${url}/replies`, { body: 'Why?' }), 403);
	expectProblem(await other.post(`${url}/replies`, { body: 'Why?' }), 404);
});

test('a removed post with replies is a tombstone that tells others neither words nor reason', async () => {
	const post = await tell(author, { title: 'Loud words', body: 'Words that hurt.' });
	await reply(other, post);
	await host.put(`/api/posts/${post.id}/removal`, { reason: 'It attacks a person.' });
	const seen = await site.reader.get(`/api/posts/${post.id}`);
	expect(seen.json()).toMatchObject({ title: null, body: '', html: '', replyCount: 1 });
	expect(seen.json().removal).toEqual({ at: expect.any(String) });
	const page = await other.visit(`/posts/${post.id}`);
	expect(page.body).toContain('Removed by a moderator');
	for (const words of ['hurt', 'Loud', 'attacks']) {
		expect(seen.body).not.toContain(words);
		expect(page.body).not.toContain(words);
	}
});

test('refusals: a reader, another’s post, a post or thread that is not there', async () => {
	const post = await define(author);
	const url = `/api/posts/${post.id}`;
	const input = { kind: 'story', title: 'A story', body: 'Words.' };
	expectProblem(await site.reader.post('/api/threads/ownership/posts', input), 401);
	expectProblem(await site.reader.patch(url, { body: 'Mine.' }), 401);
	expectProblem(await site.reader.delete(url), 401);
	expectProblem(await other.patch(url, { body: 'Mine.' }), 403);
	expectProblem(await other.delete(url), 403);
	expectProblem(await host.patch(url, { body: 'Mine.' }), 403);
	expectProblem(await host.delete(url), 403);
	expectProblem(await author.post('/api/threads/nothing-here/posts', input), 404);
	for (const id of [nowhere, 0, -1, 1.5, '99999999999999999999', 'x', '%00']) {
		expectProblem(await author.get(`/api/posts/${id}`), 404);
		expectProblem(await author.patch(`/api/posts/${id}`, { body: 'Words.' }), 404);
		expectProblem(await author.delete(`/api/posts/${id}`), 404);
		expectProblem(await author.get(`/api/posts/${id}/revisions`), 404);
		expect((await author.visit(`/posts/${id}`)).statusCode).toBe(404);
	}
});

test('the edit page is for the author', async () => {
	const post = await define(author, 'Editable words.');
	const url = `/posts/${post.id}/edit`;
	expect((await author.visit(url)).body).toContain('Editable words.');
	expect((await other.visit(url)).statusCode).toBe(403);
	const reader = await site.reader.visit(url);
	expect(reader.statusCode).toBe(303);
	expect(reader.headers.location).toBe(`/sign-in?from=${encodeURIComponent(url)}`);
	await author.delete(`/api/posts/${post.id}`);
	expect((await author.visit(url)).statusCode).toBe(404);
});
