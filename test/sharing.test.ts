import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { describeCard } from '../server/sharing/card.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, nowhere, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;
let other: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('author');
	other = await site.join('other');
});
afterAll(() => closeSite(site));

const origin = 'http://localhost:80';

/** The page's `<meta>` elements by name or property. */
async function readMeta(url: string, client: Client = site.reader) {
	const { body } = await client.visit(url);
	const found = body.matchAll(/<meta (?:name|property)="([^"]+)" content="([^"]*)"/g);
	return Object.fromEntries([...found].map(([, name, content]) => [name, content]));
}

async function readDescription(url: string): Promise<any> {
	const { body } = await site.reader.visit(url);
	const scripts = [...body.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)];
	expect(scripts.length, url).toBeLessThanOrEqual(1);
	return scripts[0] ? JSON.parse(scripts[0][1]!) : null;
}

async function readImage(url: string) {
	const response = await site.reader.get(url);
	expect(response.statusCode, response.body.slice(0, 300)).toBe(200);
	expect(response.headers['content-type']).toBe('image/png');
	return { headers: response.headers, bytes: response.rawPayload };
}

/** How many of an image's pixels are about of the marker's yellow. */
async function countYellow(image: Buffer): Promise<number> {
	const { data } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
	let count = 0;
	for (let at = 0; at < data.length; at += 3)
		if (data[at]! > 235 && data[at + 1]! > 220 && data[at + 2]! < 130) count += 1;
	return count;
}

test('a story is shared as an article with its author, its times and an image of its own', async () => {
	const story = await tell(author, { title: 'The “pallet” & the rain' });
	const meta = await readMeta(`/posts/${story.id}`);
	expect(meta).toMatchObject({
		'og:type': 'article',
		'og:site_name': 'Weigh-In',
		'og:title': 'The “pallet” &amp; the rain · Weigh-In',
		'og:description': 'It stood in the rain, so I moved it.',
		'og:url': `${origin}/posts/${story.id}`,
		'og:image': `${origin}/posts/${story.id}/image.png`,
		'og:image:width': '1200',
		'og:image:height': '630',
		'og:image:alt': 'It stood in the rain, so I moved it. author',
		'twitter:card': 'summary_large_image',
		'article:author': 'author',
		'article:published_time': story.createdAt,
	});
	expect(meta.robots).toBeUndefined();
	await author.patch(`/api/posts/${story.id}`, { body: 'It stood there.' });
	const { editedAt } = (await author.get(`/api/posts/${story.id}`)).json<Post>();
	expect((await readMeta(`/posts/${story.id}`))['article:modified_time']).toBe(editedAt);
});

test.each([
	['/', 'website', '/threads/ownership/image.png'],
	['/threads/ownership', 'website', '/threads/ownership/image.png'],
	['/threads', 'website', '/image.png'],
	['/members/author', 'profile', '/image.png'],
])('%s is shared as a %s with an image that can be drawn', async (url, type, image) => {
	const meta = await readMeta(url);
	expect(meta).toMatchObject({ 'og:type': type, 'og:image': origin + image });
	expect(meta.robots).toBeUndefined();
	expect((await readImage(image)).bytes.length).toBeGreaterThan(10_000);
});

test('the address of a reply is shared with the image of the reply', async () => {
	const below = await reply(other, await tell(author));
	expect((await readMeta(`/posts/${below.id}`))['og:image']).toBe(
		`${origin}/posts/${below.id}/image.png`,
	);
});

test('search engines are kept off pages that are for members, of the past, or not there', async () => {
	const story = await tell(author);
	await author.patch(`/api/posts/${story.id}`, { body: 'Another end.' });
	for (const url of ['/sign-in', `/posts/${story.id}/revisions`, '/nowhere'])
		expect([url, (await readMeta(url)).robots]).toEqual([url, 'noindex']);
	for (const url of [`/posts/${story.id}/edit`, '/threads/ownership/stories/new'])
		expect([url, (await readMeta(url, author)).robots]).toEqual([url, 'noindex']);
	await reply(other, story);
	await author.delete(`/api/posts/${story.id}`);
	const joining = await readMeta('/sign-up?from=/threads');
	expect([joining.robots, joining['og:url']]).toEqual([undefined, `${origin}/sign-up`]);
	const gone = await readMeta(`/posts/${story.id}`);
	expect(gone).toMatchObject({ robots: 'noindex', 'og:image': `${origin}/image.png` });
});

test('an answer is described with its replies as they are nested, without those that are gone', async () => {
	const story = await tell(author);
	const first = await reply(other, story, 'Who *called*?');
	const second = await reply(author, first, 'I did.');
	const third = await reply(other, second, 'Good.');
	await other.put(`/api/posts/${story.id}/upvote`);
	await author.delete(`/api/posts/${second.id}`);

	const described = await readDescription(`/posts/${story.id}`);
	expect(described).toMatchObject({
		'@context': 'https://schema.org',
		'@type': 'DiscussionForumPosting',
		headline: 'The pallet',
		text: 'It stood in the rain, so I moved it.',
		url: `${origin}/posts/${story.id}`,
		author: { '@type': 'Person', name: 'author', url: `${origin}/members/author` },
		datePublished: story.createdAt,
		isPartOf: { url: `${origin}/threads/ownership` },
		interactionStatistic: [
			{ interactionType: 'https://schema.org/LikeAction', userInteractionCount: 1 },
			{ interactionType: 'https://schema.org/CommentAction', userInteractionCount: 2 },
		],
	});
	expect(described.comment).toHaveLength(1);
	expect(described.comment[0]).toMatchObject({
		'@type': 'Comment',
		text: 'Who called?',
		url: `${origin}/posts/${first.id}`,
		author: { name: 'other' },
	});
	expect(described.comment[0].comment).toHaveLength(1);
	expect(described.comment[0].comment[0]).toMatchObject({ url: `${origin}/posts/${third.id}` });
	expect(JSON.stringify(described)).not.toContain('I did.');
});

test('a question is described with the answers of its page, each once, and a member by what they wrote', async () => {
	const definition = await define(author, 'I say when, and I say when not.');
	await host.put(`/api/posts/${definition.id}/feature`, {});
	const described = await readDescription('/');
	expect(described).toMatchObject({
		'@type': 'DiscussionForumPosting',
		headline: 'What does it truly mean to take ownership?',
		url: `${origin}/`,
		author: { '@type': 'Person', name: 'host' },
	});
	const named = described.comment.filter(
		({ url }: { url: string }) => url === `${origin}/posts/${definition.id}`,
	);
	expect(named).toHaveLength(1);
	expect(named[0]).toMatchObject({ text: 'I say when, and I say when not.' });

	expect(await readDescription('/members/author')).toMatchObject({
		'@type': 'ProfilePage',
		mainEntity: { '@type': 'Person', name: 'author', alternateName: 'author' },
	});
	expect(await readDescription('/sign-in')).toBeNull();
});

test('no text ends the description early, and visits within the site do not carry it', async () => {
	const words = '</script><script>alert(1)</script> <!-- \u2028 \u2029 "quoted"';
	const story = await tell(author, { title: 'A </script> in it', body: words });
	const { body } = await site.reader.visit(`/posts/${story.id}`);
	const written = /<script type="application\/ld\+json">(.*?)<\/script>/s.exec(body)![1]!;
	expect(JSON.parse(written).headline).toBe('A </script> in it');
	expect(JSON.parse(written).text).toContain('</script><script>alert(1)</script>');
	expect(written).not.toMatch(/[<\u2028\u2029]/);
	const { version } = JSON.parse(/<script data-page="app"[^>]*>(.*?)<\/script>/s.exec(body)![1]!);
	const visit = await site.reader.get(`/posts/${story.id}`, {
		'x-inertia': 'true',
		'x-inertia-version': version,
	});
	expect(visit.statusCode).toBe(200);
	expect(visit.body).not.toContain('DiscussionForumPosting');
});

test('an image is 1200 × 630, may be kept by everyone, and is named by what it shows', async () => {
	const answer = await tell(author, { body: 'I moved it before anyone asked.' });
	const url = `/posts/${answer.id}/image.png`;
	const { headers, bytes } = await readImage(url);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1200, height: 630 });
	expect(headers['cache-control']).toMatch(/^public, max-age=\d+, stale-while-revalidate=\d+$/);
	expect(headers.vary ?? '').not.toMatch(/cookie/i);
	expect(headers['cross-origin-resource-policy']).toBe('cross-origin');
	const again = await site.reader.get(url, { 'if-none-match': headers.etag });
	expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
	await author.patch(`/api/posts/${answer.id}`, { body: 'I moved it after somebody asked.' });
	const changed = await readImage(url);
	expect(changed.headers.etag).not.toBe(headers.etag);
	expect(changed.bytes.equals(bytes)).toBe(false);
});

test('an image begins a definition as the form does, unless it is a sentence of its own', async () => {
	const writer = await site.join('writer');
	const readLead = async (body: string) => {
		const { id } = await define(writer, body);
		const post: Post = (await site.reader.get(`/api/posts/${id}`)).json();
		await writer.delete(`/api/posts/${id}`);
		return describeCard(post, { slug: 'ownership', question: 'What is it?' }).lead;
	};
	expect(await readLead('moving it before anyone asks.')).toBe('Ownership means');
	expect(await readLead('élan on a Monday.')).toBe('Ownership means');
	expect(await readLead('I moved it.')).toBe('');
	expect(await readLead('“Mine” is a word.')).toBe('');
});

test('the marked passage is yellow, also one that comes late in a long post, and nothing else is', async () => {
	const body = `${'It rained all day. '.repeat(60)}Then I moved it. ${'It went on. '.repeat(40)}`;
	const answer = await tell(author, { body });
	const url = `/posts/${answer.id}/image.png`;
	expect(await countYellow((await readImage(url)).bytes)).toBe(0);
	await host.put(`/api/posts/${answer.id}/feature`, { highlight: 'Then I moved it.' });
	expect(await countYellow((await readImage(url)).bytes)).toBeGreaterThan(3_000);
});

test.each([
	['one word that never ends', 'W'.repeat(5_000)],
	['emoji alone', '🎉👩‍👩‍👧🏳️‍🌈'],
	['alphabets that no face has', '你好世界 مرحبا بالعالم שלום עולם สวัสดี'],
	['alphabets that the faces have', 'Łódź, Привет мир, Ελλάδα, Tiếng Việt'],
	['marks without letters', '\u0301\u0301\u200b\u200d .'],
	['Markdown', '# Head\n\n* one\n* **two**\n\n> three\n\n```\nfour\n```'],
])('an image can be drawn of %s', async (_what, body) => {
	const story = await tell(author, { title: body.slice(0, 100), body });
	const below = await reply(other, story, body.slice(0, 5_000));
	for (const { id } of [story, below]) {
		const { bytes } = await readImage(`/posts/${id}/image.png`);
		expect((await sharp(bytes).stats()).entropy).toBeGreaterThan(0.05);
	}
});

test('there is no image of what cannot be read', async () => {
	const story = await tell(author);
	await reply(other, story);
	const url = `/posts/${story.id}/image.png`;
	await readImage(url);
	await host.put(`/api/posts/${story.id}/removal`, { reason: 'Not here.' });
	for (const client of [site.reader, author, host]) expectProblem(await client.get(url), 404);
	await host.delete(`/api/posts/${story.id}/removal`);
	await readImage(url);
	await author.delete(`/api/posts/${story.id}`);
	expectProblem(await site.reader.get(url), 404);
	expectProblem(await site.reader.get(`/posts/${nowhere}/image.png`), 404);
	expectProblem(await site.reader.get('/posts/none/image.png'), 404);
	expectProblem(await site.reader.get('/threads/nowhere/image.png'), 404);
});

test('many who ask for one image at once get the same, and too many images at once are put off', async () => {
	const story = await tell(author, { body: 'Everyone shares this one.' });
	const same = await Promise.all(
		Array.from({ length: 30 }, () => readImage(`/posts/${story.id}/image.png`)),
	);
	expect(new Set(same.map(({ bytes }) => bytes.toString('base64'))).size).toBe(1);

	const many: Post[] = [];
	for (let n = 0; n < 30; n++) many.push(await tell(author, { body: `Number ${n}.` }));
	const answers = await Promise.all(
		many.map(({ id }) => site.reader.get(`/posts/${id}/image.png`)),
	);
	const statuses = answers.map(({ statusCode }) => statusCode);
	expect(new Set(statuses)).toEqual(new Set([200, 503]));
	const refused = answers.find(({ statusCode }) => statusCode === 503)!;
	expectProblem(refused, 503);
	expect(refused.headers['retry-after']).toBeDefined();
	expect(refused.headers.etag).toBeUndefined();
	site.complaints.length = 0;
});

test('crawlers learn where the answers are', async () => {
	const story = await tell(author);
	const robots = await site.reader.get('/robots.txt');
	expect(robots.headers['content-type']).toMatch(/^text\/plain/);
	expect(robots.body).toContain('User-agent: *');
	expect(robots.body).toContain(`Sitemap: ${origin}/sitemap.xml`);

	const index = await site.reader.get('/sitemap.xml');
	expect(index.headers['content-type']).toMatch(/^application\/xml/);
	const parts = [...index.body.matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url!);
	expect(parts).toEqual([`${origin}/sitemaps/threads.xml`, `${origin}/sitemaps/posts-0.xml`]);
	const listed = async () => {
		const pages = await Promise.all(parts.map((url) => site.reader.get(new URL(url).pathname)));
		return pages.map(({ body }) => body).join('');
	};
	const before = await listed();
	expect(before).toContain(`<loc>${origin}/threads/ownership</loc>`);
	expect(before).toContain(
		`<loc>${origin}/posts/${story.id}</loc><lastmod>${story.createdAt}</lastmod>`,
	);
	await author.delete(`/api/posts/${story.id}`);
	expect(await listed()).not.toContain(`/posts/${story.id}<`);
	expect((await site.reader.get('/sitemaps/posts-200000.xml')).statusCode).toBe(404);
});
