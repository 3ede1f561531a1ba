import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, images, postImages } from '../db/schema.ts';
import { trimImages } from '../server/images/service.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { type Bucket, openBucket } from './support/bucket.ts';
import { drawPicture, fileForm, send, upload } from './support/pictures.ts';
import {
	closeSite,
	countRows,
	define,
	expectProblem,
	read,
	readEvents,
	reply,
	tell,
} from './support/scenes.ts';

let dataDir: string;
let site: TestApp;
let host: Client;
let member: Client;

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-images-'));
	site = await createTestApp({ dataDir });
	host = await site.join('host');
	member = await site.join('member');
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});

const listFiles = async () => (await readdir(join(dataDir, 'images')).catch(() => [])).sort();
const nowhere = 'A'.repeat(22);

describe('a picture is taken', () => {
	test.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('as %s', async (format) => {
		const response = await send(member, await drawPicture({ format }));
		expect(response.statusCode, response.body).toBe(201);
		const image = response.json();
		expect(image).toEqual({
			id: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
			url: `/images/${image.id}.webp`,
			width: 400,
			height: 200,
		});
		const shown = await member.get(image.url);
		expect(shown.statusCode).toBe(200);
		expect(shown.headers).toMatchObject({
			'content-type': 'image/webp',
			'cache-control': 'private, no-cache',
			'x-content-type-options': 'nosniff',
		});
		expect(shown.headers['set-cookie']).toBeUndefined();
		const { format: stored, width, height } = await sharp(shown.rawPayload).metadata();
		expect({ stored, width, height }).toEqual({ stored: 'webp', width: 400, height: 200 });
	});

	test('upright, without what the camera wrote into it', async () => {
		const file = await drawPicture({ orientation: 6 });
		expect(file.toString('latin1')).toContain('Ines Lafargue');
		const image = (await send(member, file)).json();
		expect(image).toMatchObject({ width: 200, height: 400 });
		const { rawPayload } = await member.get(image.url);
		expect(rawPayload.toString('latin1')).not.toMatch(/Ines|secret|Exif/);
		const { exif, icc, xmp, orientation } = await sharp(rawPayload).metadata();
		expect([exif, icc, xmp, orientation]).toEqual([undefined, undefined, undefined, undefined]);
		// turned a quarter to the right: what was on the left is at the top
		const pixel = await sharp(rawPayload)
			.extract({ left: 100, top: 20, width: 1, height: 1 })
			.raw()
			.toBuffer();
		expect(pixel[0]).toBeGreaterThan(200);
		expect(pixel[2]).toBeLessThan(60);
	});

	test.each([
		[3200, 800, 1600, 400],
		[1000, 4000, 400, 1600],
		[30, 20, 30, 20],
	])('%s × %s becomes %s × %s', async (width, height, ...size) => {
		const image = await upload(member, { width, height });
		expect([image.width, image.height]).toEqual(size);
	});

	test('moving, in a post; as the picture of a member it stands still', async () => {
		const frames = await Promise.all(
			['#f00', '#00f'].map((background) =>
				sharp({ create: { width: 20, height: 20, channels: 3, background } })
					.png()
					.toBuffer(),
			),
		);
		const file = await sharp(frames, { join: { animated: true } })
			.gif()
			.toBuffer();
		const countFrames = async (url: string) =>
			(await sharp((await member.get(url)).rawPayload).metadata()).pages ?? 1;
		const image = (await send(member, file)).json();
		expect(image).toMatchObject({ width: 20, height: 20 });
		expect(await countFrames(image.url)).toBe(2);
		const avatar = { method: 'PUT', url: '/api/me/avatar', ...fileForm(file) } as const;
		expect(await countFrames((await member.send(avatar)).json().avatar)).toBe(1);
	});
});

describe('what is refused leaves nothing behind', () => {
	const svg =
		'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';
	const cut = async () => (await drawPicture()).subarray(0, -60);
	const cases: [string, () => Promise<Buffer> | Buffer, number][] = [
		['a text', () => Buffer.from('I am a picture'), 415],
		['an SVG', () => Buffer.from(svg), 415],
		['a TIFF', () => drawPicture({ format: 'tiff' }), 415],
		['a file of zeros', () => Buffer.alloc(5000), 415],
		['a damaged picture', cut, 422],
		['an empty file', () => Buffer.alloc(0), 422],
		['10 MB and a byte', () => Buffer.alloc(10 * 1024 * 1024 + 1), 413],
		[
			'more than 25 megapixels',
			() => drawPicture({ width: 5001, height: 5000, format: 'png' }),
			422,
		],
	];
	test.each(cases)('%s', async (_name, draw, status) => {
		const before = [await countRows(site), await listFiles()];
		const problem = expectProblem(await send(member, await draw()), status);
		expect(problem.errors).toEqual([{ path: '/file', message: problem.detail }]);
		expect([await countRows(site), await listFiles()]).toEqual(before);
	});

	test('a picture that is too large, however its last bytes arrive', async () => {
		const file = Buffer.concat([await drawPicture(), Buffer.alloc(11 * 1024 * 1024)]);
		for (let count = 0; count < 10; count++) expectProblem(await send(member, file), 413);
	});

	test('another field, no form, no account, a suspended one, another site’s page', async () => {
		const file = await drawPicture();
		expectProblem(await send(member, file, 'picture'), 422);
		expectProblem(await member.post('/api/images', { file: 'x' }), 415);
		expectProblem(await send(site.reader, file), 401);
		const quiet = await site.join('quiet');
		await host.put('/api/members/quiet/suspension', { reason: 'Too loud.' });
		expectProblem(await send(quiet, file), 403);
		const { payload, headers } = fileForm(file);
		const foreign = { ...headers, origin: 'https://elsewhere.example' };
		const url = '/api/images';
		expectProblem(await member.send({ method: 'POST', url, payload, headers: foreign }), 403);
		const torn = { method: 'POST', url, headers, payload: payload.subarray(0, -40) } as const;
		expectProblem(await member.send(torn), 400);
	});

	test.each([
		`/images/${nowhere}.webp`,
		'/images/x.webp',
		'/images/..%2F..%2Fdemo-host-password.webp',
		`/images/${nowhere}.png`,
	])('there is nothing at %s', async (url) => {
		expect((await site.reader.get(url)).statusCode).toBe(404);
	});
});

test('too many pictures in an hour are too many', async () => {
	const limited = await createTestApp({ dataDir, rateLimit: true });
	const eager = await limited.join('eager');
	const file = await drawPicture({ width: 4, height: 4 });
	const statuses: number[] = [];
	for (let n = 0; n < 101; n++) statuses.push((await send(eager, file)).statusCode);
	expect(statuses.filter((status) => status === 201).length).toBe(100);
	const problem = await send(eager, file);
	expectProblem(problem, 429);
	expect(Number(problem.headers['retry-after'])).toBeGreaterThan(0);
	await closeSite(limited);
});

describe('in a post', () => {
	test('one’s own picture is shown at its size, in a story and in a reply, and in the events', async () => {
		const image = await upload(member);
		const body = `Before.\n\n![The **pallet** "in" the rain](${image.url} "a title")\n\nAfter.`;
		const shown = `<p><img src="${image.url}" alt="The pallet &quot;in&quot; the rain" width="400" height="200" loading="lazy" decoding="async" /></p>`;
		const story = await tell(member, { body });
		expect(story.html).toBe(`<p>Before.</p>\n${shown}\n<p>After.</p>`);
		const answer = await reply(member, story, body);
		expect(answer.html).toContain(shown);
		const events = await readEvents(site);
		expect(events.at(-1)!.event.post.html).toContain(shown);
		const { rows } = await site.database.db.execute(
			sql`select post_id as id from post_images where image_id = ${image.id} order by 1`,
		);
		expect(rows.map(({ id }) => id)).toEqual([story.id, answer.id]);
	});

	test('a highlight and a revision keep the pictures', async () => {
		const image = await upload(member);
		const { id } = await tell(member, { body: `It rained.\n\n![Rain](${image.url})` });
		await host.put(`/api/posts/${id}/feature`, { highlight: 'It rained.' });
		expect((await read(member, id)).html).toMatch(/^<p><mark>It rained\.<\/mark><\/p>\n<p><img /);
		await member.patch(`/api/posts/${id}`, { body: 'It rained. That was all.' });
		const [earlier] = (await member.get(`/api/posts/${id}/revisions`)).json().items;
		expect(earlier.html).toMatch(/^<p>It rained\.<\/p>\n<p><img [^>]*width="400"/);
		expect(await countImages(id)).toBe(1);
		await host.delete(`/api/posts/${id}/feature`);
		expect((await read(member, id)).html).toBe('<p>It rained. That was all.</p>');
	});

	test.each([
		['foreign', 'https://elsewhere.example/x.png'],
		['unknown', `/images/${nowhere}.webp`],
		['of this site, but no picture', '/x.png'],
	])('a picture that is %s stays a link', async (_kind, address) => {
		const { html } = await tell(member, { body: `![See](${address}) [![here](${address})](/a)` });
		expect(html).toBe(
			`<p><a href="${address}" rel="nofollow ugc noopener">See</a> <a href="/a" rel="nofollow ugc noopener">here</a></p>`,
		);
	});

	test('another member’s picture stays a link, and a definition is text', async () => {
		const image = await upload(host);
		const story = await tell(member, { body: `![Theirs](${image.url})` });
		expect(story.html).toContain(`<a href="${image.url}"`);
		const own = await upload(member);
		const definition = await define(member, `![Mine](${own.url})`);
		expect(definition.html).toBe(`<p>![Mine](${own.url})</p>`);
	});

	test('a story or a reply may be nothing but a picture, and no other link is one', async () => {
		const image = await upload(member);
		const body = `![](${image.url})`;
		const story = await tell(member, { body });
		const answer = await reply(member, story, body);
		for (const { html } of [story, answer]) expect(html).toMatch(/^<p><img [^>]*><\/p>$/);
		for (const id of [story.id, answer.id]) {
			const { statusCode, body: page } = await site.reader.visit(`/posts/${id}`);
			expect(statusCode).toBe(200);
			expect(page).toContain('<meta name="description" content="The pallet"/>');
			expect(page).not.toContain('A post that is gone');
		}
		for (const nothing of ['![](x.png)', `![](/images/${nowhere}.webp)`, '&nbsp;'])
			expect((await member.post(`/api/posts/${story.id}/replies`, { body: nothing })).body).toMatch(
				nothing.startsWith('!') ? /<a href|shows nothing/ : /shows nothing/,
			);
	});

	const countImages = (postId: number) =>
		site.database.db.$count(postImages, eq(postImages.postId, postId));
});

describe('the hourly job', () => {
	const { raw } = sql;
	const age = (ids: string[], hours: number) =>
		site.database.db
			.update(images)
			.set({ createdAt: sql`now() - ${raw(`interval '${hours} hours'`)}` })
			.where(sql`id = any(${sql.param(ids)}::text[])`);
	const isThere = async (url: string) => (await host.get(url)).statusCode === 200;

	test('deletes what nothing uses after a day, with its file, and nothing else', async () => {
		const { db } = site.database;
		const { storage } = site.app.context;
		await trimImages(db, storage);
		const uploaded = [];
		for (let n = 0; n < 7; n++) uploaded.push(await upload(member));
		const [shown, revised, deleted, drafted, worn, unused, young] = uploaded;
		await tell(member, { body: `See ![it](${shown!.url})` });
		const { id } = await tell(member, { body: `See ![it](${revised!.url})` });
		await member.patch(`/api/posts/${id}`, { body: 'Not any more.' });
		const gone = await tell(member, { body: `See ![it](${deleted!.url})` });
		await member.delete(`/api/posts/${gone.id}`);
		await member.put('/api/drafts/story:x', { content: { body: `![](${drafted!.url})` } });
		await db.update(accounts).set({ avatarId: worn!.id }).where(eq(accounts.id, member.id));
		const old = [shown, revised, deleted, drafted, worn, unused].map((image) => image!.id);
		await age(old, 25);
		await age([young!.id], 23);

		expect(await trimImages(db, storage)).toBe(2);
		for (const image of [shown, revised, drafted, worn, young])
			expect(await isThere(image!.url)).toBe(true);
		for (const image of [deleted, unused]) expect(await isThere(image!.url)).toBe(false);
		const files = await listFiles();
		expect(files).not.toContain(`${unused!.id}.webp`);
		expect(files.filter((name) => name.startsWith('.'))).toEqual([]);
		expect(await trimImages(db, storage)).toBe(0);
	});

	test('leaves a picture that a post is taking at that moment', async () => {
		const { db } = site.database;
		const image = await upload(member);
		await age([image.id], 25);
		await db.transaction(async (tx) => {
			await tx.select().from(images).where(eq(images.id, image.id)).for('key share');
			expect(await trimImages(db, site.app.context.storage)).toBe(0);
		});
		expect(await isThere(image.url)).toBe(true);
	});
});

describe('in a bucket', () => {
	let bucket: Bucket;
	let far: TestApp;
	let owner: Client;

	beforeAll(async () => {
		bucket = await openBucket('key-1');
		const { endpoint } = bucket;
		const settings = { region: 'nowhere-1', accessKeyId: 'key-1', secretAccessKey: 'secret' };
		far = await createTestApp({ dataDir, bucket: { endpoint, ...settings } });
		owner = await far.join('owner');
	});
	afterAll(async () => {
		await far.close();
		await bucket.close();
	});

	test('pictures are kept, shown and deleted with signed requests', async () => {
		const before = await listFiles();
		const image = await upload(owner);
		const key = `images/${image.id}.webp`;
		expect([...bucket.objects.keys()]).toEqual([key]);
		expect(bucket.objects.get(key)!.type).toBe('image/webp');
		const shown = await owner.get(image.url);
		expect(shown.statusCode).toBe(200);
		expect(shown.rawPayload.equals(bucket.objects.get(key)!.data)).toBe(true);
		expect((await far.reader.get(`/images/${nowhere}.webp`)).statusCode).toBe(404);
		expect(await listFiles()).toEqual(before);

		await far.database.db.update(images).set({ createdAt: sql`now() - interval '2 days'` });
		expect(await trimImages(far.database.db, far.app.context.storage)).toBe(1);
		expect(bucket.objects.size).toBe(0);
		expect(far.complaints).toEqual([]);
	});

	test('one that is away is 503, and what was not kept is no picture', async () => {
		const image = await upload(owner);
		const { objects } = bucket;
		await bucket.close();
		for (const response of [await send(owner, await drawPicture()), await owner.get(image.url)])
			expectProblem(response, 503);
		expect(objects.size).toBe(1);
		const logged = far.complaints.splice(0).map((line) => JSON.parse(line));
		expect(logged.map(({ msg }) => msg)).toEqual(['Not available now', 'Not available now']);
		expect(JSON.stringify(logged)).not.toContain('secret');
	});
});
