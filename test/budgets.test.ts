import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { images, revisions } from '../db/schema.ts';
import { trimImages } from '../server/images/service.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { drawPicture, send, upload } from './support/pictures.ts';
import { closeSite, countRows, expectProblem, read, tell } from './support/scenes.ts';

let dataDir: string;
let site: TestApp;
let member: Client;
let other: Client;

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-budgets-'));
	site = await createTestApp({ dataDir });
	await site.join('host');
	[member, other] = [await site.join('member'), await site.join('other')];
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});
afterEach(async () => {
	await site.database.db.delete(images);
});

const MB = 1024 * 1024;

/** Pictures of the member, with rows alone, `hours` old. */
const own = (count: number, { size = 100, hours = 0 } = {}) =>
	site.database.db.execute(sql`
		insert into images (id, account_id, width, height, size, created_at)
		select left(md5(n::text || ${size}::text || ${hours}::text), 22), ${member.id}, 1, 1, ${size},
			now() - make_interval(hours => ${hours})
		from generate_series(1, ${count}::int) as n`);

test('pictures have room for 100 MB a day and 500 MB in all, however small each is', async () => {
	const file = await drawPicture({ width: 4, height: 4 });
	await own(1, { size: 100 * MB - 1 });
	expect((await send(member, file)).statusCode).toBe(201);
	const tomorrow = await send(member, file);
	expect(expectProblem(tomorrow, 429).detail).toContain('100 megabytes');
	expect(Number(tomorrow.headers['retry-after'])).toBeGreaterThan(0);
	expect((await send(other, file)).statusCode).toBe(201);

	await site.database.db.delete(images);
	await own(5, { size: 100 * MB, hours: 30 });
	expect(expectProblem(await send(member, file), 413).detail).toContain('Delete posts');

	await site.database.db.delete(images);
	await own(100 * 256, { size: 1 });
	expectProblem(await send(member, file), 429);
});

test('drafts have room for 5 MB, and one that finds none leaves the others as they are', async () => {
	const content = Object.fromEntries(
		['a', 'b', 'c', 'd', 'e'].map((name) => [name, 'x'.repeat(25_000)]),
	);
	const keep = (n: number) => member.put(`/api/drafts/reply:${n}`, { content });
	const statuses: number[] = [];
	for (let n = 1; n <= 45; n++) statuses.push((await keep(n)).statusCode);
	const kept = statuses.filter((status) => status === 200).length;
	expect([kept * 125_000 < 5 * MB, (kept + 1) * 125_000 > 5 * MB]).toEqual([true, true]);
	expect(expectProblem(await keep(46), 413).detail).toContain('Send or delete some');
	expect((await member.get('/api/drafts')).json().items).toHaveLength(kept);
	await member.delete('/api/drafts/reply:1');
	expect((await keep(46)).statusCode).toBe(200);
});

test('earlier versions have room for 20 MB, and a post that finds none stands as it did', async () => {
	const { id } = await tell(member, { body: 'First.' });
	await member.patch(`/api/posts/${id}`, { body: 'Second.' });
	const { db } = site.database;
	const enlarge = (bytes: number) =>
		db.update(revisions).set({ html: sql`repeat('x', ${bytes}::int)` });
	await enlarge(20 * MB - 10);
	expect((await member.patch(`/api/posts/${id}`, { body: 'Third.' })).statusCode).toBe(200);
	const refused = await member.patch(`/api/posts/${id}`, { body: 'Fourth.' });
	expect(expectProblem(refused, 413).detail).toContain('20 megabytes');
	expect((await read(member, id)).body).toBe('Third.');
	expect((await tell(other)).id).toBeGreaterThan(id);
	await member.delete(`/api/posts/${id}`);
	const next = await tell(member, { body: 'First.' });
	expect((await member.patch(`/api/posts/${next.id}`, { body: 'Second.' })).statusCode).toBe(200);
});

test('trimming reads no draft, and its statements grow as the pictures do', async () => {
	const { db, statements } = site.database;
	const image = await upload(member);
	await member.put('/api/drafts/story:ownership', { content: { body: `![](${image.url})` } });
	const trim = async (count: number) => {
		await own(count, { hours: 30 });
		statements.length = 0;
		expect(await trimImages(db, site.app.context.storage)).toBe(count);
		expect(statements.filter((statement) => /"drafts"|content/.test(statement))).toEqual([]);
		return statements.length;
	};
	const few = await trim(1_000);
	const many = await trim(4_000);
	expect(many / few).toBeLessThan(4.5);
	await db.update(images).set({ createdAt: sql`now() - interval '30 hours'` });
	expect(await trimImages(db, site.app.context.storage)).toBe(0);
	await member.put('/api/drafts/story:ownership', { content: { body: 'Without.' } });
	expect(await trimImages(db, site.app.context.storage)).toBe(1);
});

test('files are deleted side by side, so that the transaction waits for the slowest alone', async () => {
	await own(250, { hours: 30 });
	let asked = 0;
	let most = 0;
	const storage = {
		...site.app.context.storage,
		async delete() {
			most = Math.max(most, ++asked);
			await new Promise(setImmediate);
			asked--;
		},
	};
	expect(await trimImages(site.database.db, storage)).toBe(250);
	expect(most).toBe(100);
});

test('where pictures cannot be stored, they are refused in words and leave nothing behind', async () => {
	const place = await mkdtemp(join(tmpdir(), 'weigh-in-away-'));
	const away = await createTestApp({ dataDir: place });
	const owner = await away.join('owner');
	await mkdir(place, { recursive: true });
	await writeFile(join(place, 'images'), 'a file where the folder should be');
	const before = await countRows(away);
	const refused = await send(owner, await drawPicture());
	expect(expectProblem(refused, 503).detail).toContain('Pictures cannot be kept now');
	expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
	expect(await countRows(away)).toEqual(before);
	expect(await readdir(place)).toEqual(['images']);
	await rm(join(place, 'images'));
	expect((await send(owner, await drawPicture())).statusCode).toBe(201);
	expect(away.complaints.splice(0)).toHaveLength(1);
	await closeSite(away);
	await rm(place, { recursive: true, force: true });
});
