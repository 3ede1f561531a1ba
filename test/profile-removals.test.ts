import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accounts, images, profileRemovals } from '../db/schema.ts';
import { trimImages } from '../server/images/service.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { drawPicture, fileForm } from './support/pictures.ts';
import { closeSite, define, expectProblem, readEvents, reply, tell } from './support/scenes.ts';

let dataDir: string;
let site: TestApp;
let host: Client;
let moderator: Client;
let author: Client;
let avatar: string;

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-profiles-'));
	site = await createTestApp({ dataDir });
	host = await site.join('host');
	moderator = await site.join('moderator', 'moderator');
	author = await site.join('author');
	await wear();
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});
beforeEach(async () => {
	const { db } = site.database;
	await db.delete(profileRemovals);
	await db
		.update(accounts)
		.set({
			name: 'Rude Words',
			headline: 'Ruder still',
			avatarId: /images\/(.*)\.webp/.exec(avatar)![1],
		})
		.where(eq(accounts.id, author.id));
	site.forget();
});

async function wear() {
	const form = fileForm(await drawPicture());
	avatar = (await author.send({ method: 'PUT', url: '/api/me/avatar', ...form })).json().avatar;
}

const parts = ['name', 'headline', 'avatar'] as const;
const url = (part: string, handle = 'author') => `/api/members/${handle}/removals/${part}`;
const reason = 'The rules ask for words that all can read.';
const rude = /Rude Words|Ruder still|\/images\/[\w-]{22}\.webp/;

test('what is hidden is nowhere to be seen, in words, pages, events, data and pictures of them, and comes back', async () => {
	const story = await tell(author);
	const answer = await reply(moderator, story);
	await reply(author, answer);
	await define(author);
	await author.patch(`/api/posts/${story.id}`, { body: 'It stood in the sun.' });
	await host.put(`/api/posts/${story.id}/feature`, { note: 'Look.' });
	await site.database.db
		.update(accounts)
		.set({ role: 'moderator' })
		.where(eq(accounts.id, author.id));
	site.forget();
	await author.put(`/api/posts/${answer.id}/feature`, { note: 'Look.' });
	await site.database.db.update(accounts).set({ role: 'member' }).where(eq(accounts.id, author.id));
	site.forget();
	const addresses = [
		'/',
		'/threads/ownership',
		'/threads/ownership?tab=stories',
		'/threads/ownership?tab=featured',
		`/posts/${story.id}`,
		`/posts/${story.id}/revisions`,
		'/members/author',
		'/api/threads/ownership/posts',
		`/api/posts/${story.id}`,
		`/api/posts/${story.id}/replies`,
		'/api/members?prefix=a',
	];
	const find = async () => {
		const found: string[] = [];
		for (const address of addresses)
			if (rude.test((await site.reader.visit(address)).body)) found.push(address);
		if (rude.test(JSON.stringify(await readEvents(site)))) found.push('events');
		return found;
	};
	expect(await find()).toEqual([...addresses, 'events']);
	const drawn = await site.reader.get(`/posts/${story.id}/image.png`);

	for (const part of parts) {
		const hidden = await moderator.put(url(part), { reason });
		expect(hidden.json()).toEqual({ part, imageId: null, reason, at: expect.any(String) });
	}
	expect(await find()).toEqual([]);
	expect((await site.reader.get(`/api/posts/${story.id}`)).json().author).toEqual({
		id: author.id,
		handle: 'author',
		name: 'author',
		headline: null,
		avatar: null,
	});
	expect((await site.reader.get(avatar)).statusCode).toBe(404);
	const redrawn = await site.reader.get(`/posts/${story.id}/image.png`);
	expect(redrawn.headers.etag).not.toBe(drawn.headers.etag);

	// a day later it is still there to come back
	await site.database.db.update(images).set({ createdAt: sql`now() - interval '2 days'` });
	await trimImages(site.database.db, site.app.context.storage);
	for (const part of parts)
		for (let n = 0; n < 2; n++) expect((await moderator.delete(url(part))).statusCode).toBe(204);
	expect(await find()).toEqual([...addresses, 'events']);
	expect((await site.reader.get(avatar)).statusCode).toBe(200);
});

test('what was hidden is not told from memory to who asks for the last events', async () => {
	const { liveCursor } = (await site.reader.get('/api/threads/ownership')).json();
	const ask = async () =>
		(await site.reader.get(`/api/live/events?topic=thread:1&after=${liveCursor}`)).json();
	await ask();
	await tell(author);
	const before = await ask();
	expect(JSON.stringify(before)).toMatch(rude);
	for (const part of parts) await moderator.put(url(part), { reason });
	const after = await ask();
	expect(after.events).toHaveLength(before.events.length);
	expect(JSON.stringify(after)).not.toMatch(rude);
});

test('what an event says that is being written is hidden with the rest', async () => {
	const story = await tell(author);
	const { pool } = site.database;
	const client = await pool.connect();
	await client.query('begin');
	await client.query(
		`insert into events (topic, cursor, event) select 'thread:1', cursor + 1, '{}' from threads where id = 1`,
	);
	const revising = author.patch(`/api/posts/${story.id}`, { body: 'It stood in the rain.' });
	const isWaiting = async () => {
		const { rows } = await pool.query(
			`select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into "events"%'`,
		);
		return rows.length;
	};
	await expect.poll(isWaiting).toBe(1);
	const hiding = moderator.put(url('name'), { reason });
	const isOver = await Promise.race([
		hiding.then(() => true),
		new Promise((resolve) => setTimeout(resolve, 300, false)),
	]);
	await client.query('rollback');
	client.release();
	expect([(await revising).statusCode, (await hiding).statusCode]).toEqual([200, 200]);
	expect(isOver).toBe(false);
	expect(JSON.stringify(await readEvents(site))).not.toContain('Rude Words');
});

test('what a moderator is called is hidden in features that were taken back as well', async () => {
	const story = await tell(author);
	await site.database.db
		.update(accounts)
		.set({ name: 'Vile Name' })
		.where(eq(accounts.id, moderator.id));
	site.forget();
	await moderator.put(`/api/posts/${story.id}/feature`, { note: 'Look.' });
	await moderator.delete(`/api/posts/${story.id}/feature`);
	expect(JSON.stringify(await readEvents(site))).toContain('Vile Name');
	expect((await host.put(url('name', 'moderator'), { reason })).statusCode).toBe(200);
	expect(JSON.stringify(await readEvents(site))).not.toContain('Vile Name');
});

test('its reason is for the member and moderators, and can be changed', async () => {
	await moderator.put(url('headline'), { reason: 'First.' });
	expect((await moderator.put(url('headline'), { reason })).json().reason).toBe(reason);
	expect((await author.get('/api/me/removals')).json().items).toMatchObject([
		{ part: 'headline', reason },
	]);
	for (const client of [author, moderator])
		expect((await client.visit('/members/author')).body).toContain(reason);
	expect((await site.reader.visit('/members/author')).body).not.toContain(reason);
	expectProblem(await site.reader.get('/api/me/removals'), 401);
	await moderator.delete(url('headline'));
	expect((await site.reader.visit('/members/author')).body).toContain('Ruder still');
});

test('moderators do it to members, the host to moderators too, nobody to the host', async () => {
	const because = { reason };
	const statuses = async (client: Client, part: string, handle?: string) => [
		(await client.put(url(part, handle), because)).statusCode,
		(await client.delete(url(part, handle))).statusCode,
	];
	expect(await statuses(site.reader, 'headline')).toEqual([401, 401]);
	expect(await statuses(author, 'headline')).toEqual([403, 403]);
	expect(await statuses(moderator, 'headline')).toEqual([200, 204]);
	expect(await statuses(host, 'headline')).toEqual([200, 204]);
	for (const handle of ['moderator', 'host'])
		expect(await statuses(moderator, 'name', handle)).toEqual([403, 403]);
	expect(await statuses(host, 'name', 'host')).toEqual([403, 403]);
	await site.database.db
		.update(accounts)
		.set({ headline: 'Moderates' })
		.where(eq(accounts.id, moderator.id));
	expect(await statuses(host, 'headline', 'moderator')).toEqual([200, 204]);
});

test('what is not there cannot be hidden', async () => {
	await site.database.db
		.update(accounts)
		.set({ name: 'author', headline: null, avatarId: null })
		.where(eq(accounts.id, author.id));
	for (const part of parts) expectProblem(await moderator.put(url(part), { reason }), 409);
	expectProblem(await moderator.put(url('email'), { reason }), 404);
	expectProblem(await moderator.put(url('name', 'nobody'), { reason }), 404);
	expectProblem(await moderator.put(url('name'), { reason: '' }), 422);
});

test('a picture that is hidden stays so, whatever the member sends', async () => {
	await moderator.put(url('avatar'), { reason });
	const form = fileForm(await drawPicture());
	const sent = await author.send({ method: 'PUT', url: '/api/me/avatar', ...form });
	expect(expectProblem(sent, 403).detail).toContain('hidden your picture');
	await author.delete('/api/me/avatar');
	await moderator.delete(url('avatar'));
	expect((await author.get('/api/me')).json().avatar).toBe(avatar);
});

test('plain forms hide it, and put it back', async () => {
	const from = '/members/author';
	const { body } = await moderator.visit(from);
	for (const part of parts) expect(body).toContain(`action="${url(part)}?_method=PUT"`);
	const sent = await moderator.form(`${url('name')}?_method=PUT`, { from, reason });
	expect([sent.statusCode, sent.headers.location]).toEqual([303, from]);
	expect((await moderator.visit(from)).body).toContain(`action="${url('name')}?_method=DELETE"`);
	for (const client of [site.reader, author])
		expect((await client.visit(from)).body).not.toContain('/removals/');
	const refused = await moderator.form(`${url('headline')}?_method=PUT`, { from, reason: '' });
	expect([refused.statusCode, refused.body.includes(`${url('headline')}?_method=PUT`)]).toEqual([
		422,
		true,
	]);
	await moderator.form(`${url('name')}?_method=DELETE`, { from });
	expect((await site.reader.visit(from)).body).toContain('Rude Words');
});
