import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Image } from '../server/images/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { drawPicture, fileForm, upload } from './support/pictures.ts';
import { closeSite, expectProblem, read, reply, tell } from './support/scenes.ts';

let dataDir: string;
let site: TestApp;
let host: Client;
let moderator: Client;
let author: Client;
let other: Client;

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-pictures-'));
	site = await createTestApp({ dataDir });
	host = await site.join('host');
	moderator = await site.join('moderator', 'moderator');
	author = await site.join('author');
	other = await site.join('other');
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});

const show = ({ url }: Image) => `It rained.\n\n![Rain](${url})`;
/** What reader, other, author and moderator get of a picture, nothing remembered. */
async function ask(url: string): Promise<number[]> {
	site.forget();
	const people = [site.reader, other, author, moderator];
	return Promise.all(people.map(async (client) => (await client.get(url)).statusCode));
}
const everybody = [200, 200, 200, 200];
const concerned = [404, 404, 200, 200];

describe('a picture is there for everybody only while something that everybody sees shows it', () => {
	test('not before it is posted, and not for an answer to another’s wish', async () => {
		const image = await upload(author);
		expect(await ask(image.url)).toEqual(concerned);
		await tell(other, { body: show(image) });
		expect(await ask(image.url)).toEqual(concerned);
		await author.put('/api/drafts/story:ownership', { content: { body: show(image) } });
		expect(await ask(image.url)).toEqual(concerned);
		await tell(author, { body: show(image) });
		expect(await ask(image.url)).toEqual(everybody);
	});

	test('while its post is neither removed nor deleted, earlier versions included', async () => {
		const image = await upload(author);
		const { id } = await tell(author, { body: show(image) });
		await author.patch(`/api/posts/${id}`, { body: 'It rained.' });
		expect(await ask(image.url)).toEqual(everybody);
		await moderator.put(`/api/posts/${id}/removal`, { reason: 'Off.' });
		expect(await ask(image.url)).toEqual(concerned);
		await moderator.delete(`/api/posts/${id}/removal`);
		expect(await ask(image.url)).toEqual(everybody);
		const again = await reply(author, { id }, show(image));
		await author.delete(`/api/posts/${id}`);
		expect(await ask(image.url)).toEqual(everybody);
		await author.delete(`/api/posts/${again.id}`);
		expect(await ask(image.url)).toEqual(concerned);
	});

	test('and a member’s picture while it is theirs', async () => {
		const form = fileForm(await drawPicture());
		const put = () => author.send({ method: 'PUT', url: '/api/me/avatar', ...form });
		const { avatar } = (await put()).json();
		expect(await ask(avatar)).toEqual(everybody);
		const { avatar: next } = (await put()).json();
		expect([await ask(avatar), await ask(next)]).toEqual([concerned, everybody]);
		await author.delete('/api/me/avatar');
		expect(await ask(next)).toEqual(concerned);
	});
});

test('it may be kept for less than a minute, and asked for again without its bytes or the database', async () => {
	const image = await upload(author);
	await tell(author, { body: show(image) });
	const first = await site.reader.get(image.url);
	const { etag, 'cache-control': sharing } = first.headers;
	const [, seconds] = /^public, max-age=(\d+)$/.exec(String(sharing))!;
	expect(Number(seconds)).toBeLessThanOrEqual(50);
	const { statements } = site.database;
	statements.length = 0;
	const again = await site.reader.get(image.url, { 'if-none-match': String(etag) });
	expect([again.statusCode, again.body, again.headers['cache-control']]).toEqual([
		304,
		'',
		sharing,
	]);
	expect(statements.filter((statement) => statement.includes('images'))).toEqual([]);
	const own = await upload(author);
	expect((await author.get(own.url)).headers['cache-control']).toMatch(/^private/);
	expect((await site.reader.get(own.url)).headers['cache-control']).not.toMatch(/public/);
});

describe('a moderator takes a picture away', () => {
	const removal = ({ id }: Image) => `/api/images/${id}/removal`;
	const reason = 'It shows a customer’s face.';

	test('from everybody, with a mark in its place, and puts it back', async () => {
		const image = await upload(author);
		const { id, html } = await tell(author, { body: show(image) });
		const taken = await moderator.put(removal(image), { reason });
		expect(taken.json()).toEqual({
			part: 'image',
			imageId: image.id,
			reason,
			at: expect.any(String),
		});
		expect(await ask(image.url)).toEqual(everybody);
		for (const client of [site.reader, other, author, moderator]) {
			const mark = await client.get(image.url, { 'if-none-match': `"${image.id}"` });
			expect(mark.statusCode).toBe(200);
			expect(mark.headers['content-type']).toMatch(/^image\/svg\+xml/);
			expect(mark.headers['cache-control']).toBe('no-store');
			expect(mark.headers).not.toHaveProperty('etag');
			expect(mark.body).toContain('A picture that was taken away');
		}
		const types = [site.reader, author, moderator].map(async (client) => {
			const original = await client.get(`${image.url}?original`);
			return original.headers['content-type'];
		});
		expect(await Promise.all(types)).toEqual(['image/svg+xml', 'image/svg+xml', 'image/webp']);

		const { items } = (await author.get('/api/me/removals')).json();
		expect(items).toEqual([taken.json()]);
		expect((await author.visit('/members/author')).body).toContain(reason);
		for (const client of [site.reader, other])
			expect((await client.visit('/members/author')).body).not.toContain(reason);

		expect((await moderator.put(removal(image), { reason: 'Another.' })).json().reason).toBe(
			'Another.',
		);
		for (let n = 0; n < 2; n++)
			expect((await moderator.delete(removal(image))).statusCode).toBe(204);
		const back = await site.reader.get(image.url);
		expect([back.statusCode, back.headers['content-type']]).toEqual([200, 'image/webp']);
		expect((await read(site.reader, id)).html).toBe(html);
		expect((await author.get('/api/me/removals')).json().items).toEqual([]);
	});

	test('and words stand in its place wherever its post is read, its alternative text gone with it', async () => {
		const [image, kept] = [await upload(author), await upload(author)];
		const body = `It rained.\n\n![Rain on Ada](${image.url}) ![The yard](${kept.url})`;
		const { id } = await tell(author, { body });
		await author.patch(`/api/posts/${id}`, { body: `${body}\n\nFor days.` });
		const answer = await reply(author, { id }, body);
		const reads = async (client: Client) => {
			const [post, again, { items }] = [
				await read(client, id),
				await read(client, answer.id),
				(await client.get(`/api/posts/${id}/revisions`)).json(),
			];
			const pages = [`/posts/${id}`, `/posts/${id}/revisions`, `/posts/${answer.id}?branch`];
			const shown = pages.map(async (page) => (await client.visit(page)).body);
			return [post.html, again.html, items[0].html, ...(await Promise.all(shown))];
		};
		for (const html of await reads(site.reader)) expect(html).toContain(`src="${image.url}"`);
		await moderator.put(removal(image), { reason });
		for (const client of [site.reader, author, moderator])
			for (const html of await reads(client)) {
				expect(html).toContain('<span class="taken">A picture that was taken away</span>');
				expect(html).not.toMatch(new RegExp(`<img src="${image.url}"|alt="Rain on Ada"`));
				expect(html).toContain(`src="${kept.url}"`);
			}
		const page = (await site.reader.visit(`/posts/${id}`)).body;
		const [, description] = /<meta name="description" content="([^"]*)"/.exec(page)!;
		expect(description).toBe('It rained. For days.');
		const tools = (await moderator.visit(`/posts/${id}`)).body;
		expect(tools).not.toContain(`${removal(image)}?_method=PUT`);
		expect(tools).toContain(`${removal(kept)}?_method=PUT`);
		expect((await read(author, id)).body).toContain(image.url);
		await moderator.delete(removal(image));
		for (const html of await reads(site.reader)) expect(html).toContain(`src="${image.url}"`);
	});

	test('and not another moderator’s or the host’s, which the host may', async () => {
		const because = { reason };
		const own = await upload(moderator);
		const hosts = await upload(host);
		const authors = await upload(author);
		const act = async (client: Client, image: Image) =>
			(await client.put(removal(image), because)).statusCode;
		expect(await act(site.reader, authors)).toBe(401);
		expect(await act(other, authors)).toBe(403);
		expect(await act(author, authors)).toBe(403);
		for (const [client, image, status] of [
			[moderator, own, 403],
			[moderator, hosts, 403],
			[host, hosts, 403],
			[host, own, 200],
			[host, authors, 200],
		] as const)
			expect(await act(client, image)).toBe(status);
		expectProblem(await moderator.delete(removal(own)), 403);
		expectProblem(await moderator.put(`/api/images/${'A'.repeat(22)}/removal`, because), 404);
		expectProblem(await moderator.put(removal(authors), {}), 422);
		expectProblem(await moderator.put(removal(authors), { reason: ' ' }), 422);
	});

	test('with plain forms, on the post and on the member’s page', async () => {
		const image = await upload(author);
		const { id } = await tell(author, { body: show(image) });
		const action = `action="${removal(image)}?_method=`;
		expect((await moderator.visit(`/posts/${id}`)).body).toContain(`${action}PUT"`);
		for (const client of [site.reader, author])
			expect((await client.visit(`/posts/${id}`)).body).not.toContain(action);
		const from = `/posts/${id}`;
		const refused = await moderator.form(`${removal(image)}?_method=PUT`, { from, reason: '' });
		expect([refused.statusCode, refused.body.includes(`${action}PUT"`)]).toEqual([422, true]);
		const sent = await moderator.form(`${removal(image)}?_method=PUT`, { from, reason });
		expect([sent.statusCode, sent.headers.location]).toEqual([303, from]);
		expect((await moderator.visit('/members/author')).body).toContain(`${action}DELETE"`);
		expect((await author.visit('/members/author')).body).not.toContain(action);
	});
});
