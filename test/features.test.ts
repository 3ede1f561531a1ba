import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { features } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import {
	closeSite,
	define,
	expectProblem,
	nowhere,
	read,
	readEvents,
	reply,
	tell,
} from './support/scenes.ts';

let site: TestApp;
let author: Client;
let moderator: Client;
let story: Post;

beforeAll(async () => {
	site = await createTestApp();
	await site.join('host');
	author = await site.join('author');
	moderator = await site.join('moderator', 'moderator');
});
beforeEach(async () => {
	story = await tell(author, {
		body: 'The *customer* called at **six**.\nI `picked up` & said "yes".\n\n- Twice <three> times',
	});
});
afterAll(() => closeSite(site));

const feature = (post: Post, change: object = {}) =>
	moderator.put(`/api/posts/${post.id}/feature`, change as Record<string, unknown>);

test('a feature is signed, has a note and a highlight, and shows to everybody', async () => {
	const response = await feature(story, { note: ' Read this. ', highlight: 'The customer called' });
	expect(response.statusCode).toBe(200);
	const given = {
		note: 'Read this.',
		highlight: 'The customer called',
		at: expect.any(String),
		by: {
			id: moderator.id,
			handle: 'moderator',
			name: 'moderator',
			headline: null,
			avatar: null,
		},
	};
	expect(response.json()).toEqual({ postId: story.id, feature: given });
	const post = await read(site.reader, story.id);
	expect(post.feature).toEqual(given);
	expect(post.html).toContain(
		'<mark>The </mark><em><mark>customer</mark></em><mark> called</mark> at',
	);
	expect(post.body).toBe(story.body);
	const listed = await site.reader.get('/api/threads/ownership/posts?featured=true');
	expect(listed.json().items.map(({ id }: Post) => id)).toContain(story.id);
	for (const url of ['/', '/?tab=featured', `/posts/${story.id}`]) {
		const page = await site.reader.visit(url);
		expect(page.body).toContain('Read this.');
	}
	const { event } = (await readEvents(site)).at(-1)!;
	expect(event).toMatchObject({ type: 'post.featured', postId: story.id, feature: given });
	expect(event.post).toMatchObject({ html: post.html, viewer: null });
});

test.each([
	[
		'customer called at six',
		'<em><mark>customer</mark></em><mark> called at </mark><strong><mark>six',
	],
	[
		'six. I picked up',
		'</strong><mark>.</mark><br /><mark>\nI </mark><code><mark>picked up</mark>',
	],
	['six.\nI   picked', '<code><mark>picked</mark> up</code>'],
	['& said "yes"', '<mark> &amp; said &quot;yes&quot;</mark>'.replace('<mark> ', ' <mark>')],
	['Twice <three> times', '<li><mark>Twice &lt;three&gt; times</mark></li>'],
])('the highlight %j is found across markup', async (highlight, html) => {
	expect((await feature(story, { highlight })).statusCode).toBe(200);
	expect((await read(site.reader, story.id)).html).toContain(html);
});

test.each([
	['not in the text', 'The customer hung up'],
	['in another case', 'the customer called'],
	['across paragraphs', 'said "yes". Twice'],
	['of markup', '<em>'],
	['of the source, not the text', '*customer*'],
	['too short', 'at'],
	['too long', 'x'.repeat(301)],
	['a pattern', 'T.e customer'],
])('a highlight %s is refused', async (_, highlight) => {
	const before = await readEvents(site);
	const problem = expectProblem(await feature(story, { highlight }), 422);
	expect(problem.errors).toMatchObject([{ path: '/highlight' }]);
	expect((await read(site.reader, story.id)).feature).toBeNull();
	expect(await readEvents(site)).toEqual(before);
});

test.each([{}, { note: '', highlight: '' }, { note: null, highlight: null }, { note: ' \r\n ' }])(
	'a feature needs neither note nor highlight: %j',
	async (change) => {
		expect((await feature(story, change)).json().feature).toMatchObject({
			note: null,
			highlight: null,
		});
	},
);

test('the note has at most 1,000 characters, the highlight at most 300', async () => {
	expectProblem(await feature(story, { note: 'x'.repeat(1001) }), 422);
	expect((await feature(story, { note: '😀'.repeat(1000) })).statusCode).toBe(200);
	const long = await define(author, '😀'.repeat(400));
	expect((await feature(long, { highlight: '😀'.repeat(300) })).statusCode).toBe(200);
	expect((await read(author, long.id)).html).toContain(`<mark>${'😀'.repeat(300)}</mark>😀`);
});

test('featuring again changes note, highlight and signature', async () => {
	const host = await site.join('second_moderator', 'moderator');
	await feature(story, { note: 'First.', highlight: 'called' });
	await host.put(`/api/posts/${story.id}/feature`, { note: 'Second.', highlight: 'picked up' });
	const post = await read(site.reader, story.id);
	expect(post.feature).toMatchObject({ note: 'Second.', by: { handle: 'second_moderator' } });
	expect(post.html.match(/<mark>/g)).toHaveLength(1);
	expect(post.html).toContain('<mark>picked up</mark>');
	expect(await site.database.db.$count(features, eq(features.postId, story.id))).toBe(1);
});

test('taking a feature back takes its mark out of the words, once', async () => {
	await feature(story, { highlight: 'called' });
	const url = `/api/posts/${story.id}/feature`;
	expect((await moderator.delete(url)).statusCode).toBe(204);
	expect(await read(site.reader, story.id)).toMatchObject({ feature: null, html: story.html });
	const events = await readEvents(site);
	expect(events.at(-1)!.event).toMatchObject({ type: 'post.unfeatured', postId: story.id });
	expect((await moderator.delete(url)).statusCode).toBe(204);
	expect(await readEvents(site)).toEqual(events);
});

test('an edit that keeps the passage keeps the mark, one that takes it away drops the highlight alone', async () => {
	await feature(story, { note: 'Look.', highlight: 'called at six' });
	const url = `/api/posts/${story.id}`;
	await author.patch(url, { body: 'They **called** at six, again.' });
	const kept = await read(site.reader, story.id);
	expect(kept.feature).toMatchObject({ note: 'Look.', highlight: 'called at six' });
	expect(kept.html).toContain('<strong><mark>called</mark></strong><mark> at six</mark>');
	await author.patch(url, { body: 'They wrote at seven.' });
	const dropped = await read(site.reader, story.id);
	expect(dropped.feature).toMatchObject({ note: 'Look.', highlight: null });
	expect(dropped.html).not.toContain('<mark>');
	const [, earlier] = (await site.reader.get(`${url}/revisions`)).json().items;
	expect(earlier.html).not.toContain('<mark>');
});

test('definitions and replies are featured too', async () => {
	const answer = await tell(author);
	for (const post of [answer, await reply(author, answer, 'A line that matters.')])
		expect((await feature(post)).statusCode).toBe(200);
	const listed = await site.reader.get('/api/threads/ownership/posts?featured=true&limit=100');
	expect(listed.json().items.every(({ kind }: Post) => kind !== 'reply')).toBe(true);
});

test('a feature goes with a deleted post, and comes back with a restored one', async () => {
	await feature(story, { note: 'Look.', highlight: 'called' });
	const removal = `/api/posts/${story.id}/removal`;
	await moderator.put(removal, { reason: 'For now.' });
	expect((await read(author, story.id)).feature).toBeNull();
	expectProblem(await feature(story), 403);
	expectProblem(await moderator.delete(`/api/posts/${story.id}/feature`), 403);
	expect((await site.reader.visit('/?tab=featured')).body).not.toContain(`"id":${story.id},`);
	await moderator.delete(removal);
	expect((await read(author, story.id)).feature).toMatchObject({ note: 'Look.' });
	await author.delete(`/api/posts/${story.id}`);
	expect(await site.database.db.$count(features, eq(features.postId, story.id))).toBe(0);
});

test('refusals: who is no moderator, and a post that is not there', async () => {
	const url = `/api/posts/${story.id}/feature`;
	expectProblem(await site.reader.put(url, {}), 401);
	expectProblem(await site.reader.delete(url), 401);
	expectProblem(await author.put(url, {}), 403);
	expectProblem(await author.delete(url), 403);
	expectProblem(await moderator.put(`/api/posts/${nowhere}/feature`, {}), 404);
	expectProblem(await moderator.delete(`/api/posts/${nowhere}/feature`), 404);
	expectProblem(await moderator.put(url, { note: 7 }), 422);
});
