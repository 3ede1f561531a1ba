import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, reply } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;
let post: Post;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('author');
	post = await define(author);
	await reply(host, post);
	await site.reader.visit('/');
});
afterAll(() => closeSite(site));
beforeEach(() => {
	site.database.statements.length = 0;
});

/** Statements of requests: the live hub looks now and then by itself for what it was not told. */
const readStatements = () =>
	site.database.statements.filter((text) => !text.includes(`select 'thread:' || id as topic`))
		.length;
const visitHeaders = async () => {
	const { body } = await site.reader.visit('/');
	const version = /"version":"([0-9a-f]+)"/.exec(body)![1]!;
	return { 'x-inertia': 'true', 'x-inertia-version': version };
};
const upvote = (by: Client, on = true) =>
	on ? by.put(`/api/posts/${post.id}/upvote`) : by.delete(`/api/posts/${post.id}/upvote`);

test.each([
	'/',
	'/threads/ownership?tab=definitions&sort=new',
	'/posts/:id',
	'/posts/:id/revisions',
])('%s is rendered once for all readers, and anew after the next event', async (path) => {
	const url = path.replace(':id', String(post.id));
	await upvote(host, false);
	const first = await site.reader.visit(url);
	const before = readStatements();
	const second = await site.reader.visit(url);
	expect(readStatements()).toBe(before);
	expect(second.body).toBe(first.body);
	await upvote(host);
	const third = await site.reader.visit(url);
	expect(third.body).not.toBe(first.body);
	expect(third.body).toContain('"score":1');
});

test.each([
	['/', 'utm_source=mail&utm_medium=letter'],
	['/?tab=definitions&sort=new', `fbclid=${'x'.repeat(1_000)}`],
	['/threads/ownership', 'x=1'],
	['/posts/:id', 'gclid=1&gclid=2'],
])('%s is no other page with parameters that it does not know', async (path, search) => {
	const url = path.replace(':id', String(post.id));
	const plain = await site.reader.visit(url);
	const join = (before: string) => `${before}${before.includes('?') ? '&' : '?'}${search}`;
	const own = await author.visit(url);
	const before = readStatements();
	const followed = await site.reader.visit(join(url));
	expect(followed.body).toBe(plain.body);
	expect(followed.body).not.toContain(search);
	expect((await author.visit(join(url))).body).toBe(own.body);
	expect(readStatements()).toBe(before);
});

test('a page that many ask for at once is rendered once', async () => {
	await upvote(host, false);
	await site.reader.visit('/');
	await upvote(host);
	site.database.statements.length = 0;
	const alone = site.reader.visit('/');
	const others = Array.from({ length: 20 }, () => site.reader.visit('/'));
	const bodies = new Set((await Promise.all([alone, ...others])).map(({ body }) => body));
	expect(bodies.size).toBe(1);
	expect(readStatements()).toBeLessThan(10);
});

test('nobody waits for one who asks for a page and for another protocol', async () => {
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	await upvote(host, false);
	await upvote(host);
	const { port } = site.app.server.address() as AddressInfo;
	const headers = { host: 'localhost', accept: 'text/html' };
	const websocket = {
		connection: 'upgrade',
		upgrade: 'websocket',
		'sec-websocket-version': '13',
		'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
	};
	const h2c = { connection: 'upgrade', upgrade: 'h2c' };
	for (const more of [websocket, h2c, {}]) {
		const page = get({ port, headers: { ...headers, ...more } });
		const [answer] = (await once(page, 'response')) as [IncomingMessage];
		expect(answer.statusCode).toBe(200);
		answer.resume();
	}
});

test('who asks after a change sees it, also while the page before it is being rendered', async () => {
	for (let round = 0; round < 10; round++) {
		const early = Array.from({ length: 5 }, () => site.reader.visit('/'));
		const { score } = (await upvote(host, round % 2 === 0)).json<{ score: number }>();
		const late = await Promise.all(Array.from({ length: 5 }, () => site.reader.visit('/')));
		for (const { body } of late) expect(body).toContain(`"score":${score}`);
		await Promise.all(early);
	}
});

test('nothing of a member is in it, and a member gets their own', async () => {
	await site.reader.visit('/');
	const own = await author.visit('/');
	expect(own.body).toContain('"handle":"author"');
	expect(own.headers['cache-control']).toBe('private, no-store');
	const reader = await site.reader.visit('/');
	expect(reader.body).not.toContain('author@example.com');
	expect(reader.headers['set-cookie']).toBeUndefined();
	expect(reader.body).toContain('"me":null');
});

describe('a member’s page', () => {
	test.each(['/', '/posts/:id'])('%s is sent again from memory while it is true', async (path) => {
		const url = path.replace(':id', String(post.id));
		await upvote(host, false);
		const first = await author.visit(url);
		site.database.statements.length = 0;
		const second = await author.visit(url);
		expect(readStatements()).toBe(0);
		expect(second.body).toBe(first.body);
		const others = await host.visit(url);
		expect(others.body).not.toContain('"handle":"author","email"');
		await upvote(host);
		const third = await author.visit(url);
		expect(third.body).toContain('"score":1');
		expect((await host.visit(url)).body).toContain('"upvoted":true');
		expect(third.body).not.toContain('"upvoted":true');
	});

	test('is made anew when another server has written, though nobody told of it', async () => {
		const before = await author.visit('/');
		await site.database.pool.query(
			`update scores set score = 77 where post_id = ${post.id}; update threads set cursor = cursor + 1`,
		);
		expect((await author.visit('/')).body).not.toBe(before.body);
		await site.database.pool.query(`update scores set score = 1 where post_id = ${post.id}`);
		await upvote(host, false);
		await upvote(host);
	});

	test('shows the account as it is', async () => {
		await author.visit('/');
		await host.put('/api/members/author/suspension', { reason: 'A rest.' });
		expect((await author.visit('/')).body).toContain('A rest.');
		await host.delete('/api/members/author/suspension');
		expect((await author.visit('/')).body).not.toContain('A rest.');
	});

	test('is theirs alone, compressed, and for no browser to keep', async () => {
		const plain = await author.visit('/');
		const br = await author.get('/', { accept: 'text/html', 'accept-encoding': 'br' });
		const text = brotliDecompressSync(br.rawPayload).toString();
		expect(text).toContain('"handle":"author"');
		const visit = await author.get('/', await visitHeaders());
		for (const { headers } of [plain, br, await author.visit('/'), visit]) {
			expect(headers['cache-control']).toBe('private, no-store');
			expect(headers.etag).toBeUndefined();
		}
	});
});

test('it is compressed as the browser wishes, and not sent again to who has it', async () => {
	const plain = await site.reader.visit('/');
	const ask = (headers: Record<string, string>) =>
		site.reader.get('/', { accept: 'text/html', ...headers });
	const br = await ask({ 'accept-encoding': 'gzip, deflate, br, zstd' });
	expect(br.headers['content-encoding']).toBe('br');
	expect(brotliDecompressSync(br.rawPayload).toString()).toBe(plain.body);
	const gzip = await ask({ 'accept-encoding': 'gzip' });
	expect(gzip.headers['content-encoding']).toBe('gzip');
	expect(gunzipSync(gzip.rawPayload).toString()).toBe(plain.body);
	for (const { headers } of [plain, br, gzip]) {
		expect(headers['cache-control']).toMatch(/public, max-age=0, s-maxage=\d+, stale-while-reval/);
		expect(headers.vary).toBe('Accept-Encoding, Cookie, X-Inertia');
		expect(headers['content-security-policy']).toContain("script-src 'self'");
	}
	for (const [accepted, encoding] of [
		['br;q=0, gzip', 'gzip'],
		['gzip;q=0.5, br;q=0.0', 'gzip'],
		['gzip;q=0, br;q=0.1', 'br'],
		['gzip;q=0, br;q=0', undefined],
	])
		expect((await ask({ 'accept-encoding': accepted! })).headers['content-encoding']).toBe(
			encoding,
		);
	const again = await ask({ 'if-none-match': String(br.headers.etag) });
	expect(again.statusCode).toBe(304);
	expect(again.body).toBe('');
	const head = await site.reader.send({
		method: 'HEAD',
		url: '/',
		headers: { accept: 'text/html' },
	});
	expect(head.headers.etag).toBe(plain.headers.etag);
	expect(head.headers['cache-control']).toBe(plain.headers['cache-control']);
	expect(head.body).toBe('');
});

test('a visit of the page’s script has an answer of its own kind', async () => {
	const headers = await visitHeaders();
	const first = await site.reader.get('/', headers);
	const before = readStatements();
	const second = await site.reader.get('/', headers);
	expect(readStatements()).toBe(before);
	expect(second.headers['content-type']).toMatch('application/json');
	expect(second.headers['x-inertia']).toBe('true');
	expect(second.headers['cache-control']).toBe('private, no-cache');
	expect(second.json().component).toBe('ThreadPage');
	expect(second.body).toBe(first.body);
});

test.each(['before', '', 'two, versions'])(
	'a visit of the version “%s” loads the document, and is not what readers get',
	async (version) => {
		for (const method of ['HEAD', 'GET'] as const) {
			// an event, so that nothing is kept
			await upvote(host, false);
			await upvote(host);
			const headers = { ...(await visitHeaders()), 'x-inertia-version': version };
			const url = `/posts/${post.id}`;
			const stale = await site.reader.send({ method, url, headers });
			expect(stale.statusCode).toBe(409);
			expect(stale.headers['x-inertia-location']).toBe(url);
			const page = await site.reader.visit(url);
			expect(page.headers['content-type']).toMatch('text/html');
		}
	},
);

test.each([
	'session =TOKEN',
	'\tsession\t=\tTOKEN',
	'other=1;session =TOKEN',
	'session=%54OKEN',
	'session=TOKEN; session=other',
])('the cookie “%s” is a member’s to all, also when it is prolonged', async (form) => {
	const token = author.cookie.split('=')[1]!;
	const cookie = form.replace('TOKEN', token).replace(
		'%54OKEN',
		token.replace(/./, (c) => `%${c.charCodeAt(0).toString(16)}`),
	);
	await upvote(host, false);
	await upvote(host);
	await site.database.pool.query(`update sessions set expires_at = now() + interval '10 days'`);
	site.app.sessions.forget();
	const own = await new Client(site.app).get('/', { accept: 'text/html', cookie });
	expect(own.body).toContain('author@example.com');
	expect(own.headers['set-cookie']).toContain(token);
	expect(own.headers['cache-control']).toBe('private, no-store');
	const reader = await site.reader.visit('/');
	expect(reader.body).not.toContain('author@example.com');
	expect(reader.body).toContain('"me":null');
	expect(reader.headers['set-cookie']).toBeUndefined();
});

test('what is for an account alone is not answered by a page for readers', async () => {
	await site.reader.visit('/');
	const headers = { accept: 'application/json', 'weigh-in-account': String(author.id) };
	expect((await site.reader.get('/', headers)).statusCode).toBe(401);
});

test.each([
	'/?draft=Mine',
	'/?draft=Mine&x=1',
	'/?tab=nonsense',
	'/threads/nowhere',
	'/posts/2147483647',
])('%s is not kept', async (url) => {
	await site.reader.visit(url);
	const before = readStatements();
	const { headers } = await site.reader.visit(url);
	expect(headers['cache-control']).toBe('no-cache');
	expect(readStatements() > before || headers.etag === undefined).toBe(true);
});

test('another name of the site has pages of its own', async () => {
	const one = await site.reader.get('/', { accept: 'text/html', host: 'one.example' });
	const two = await site.reader.get('/', { accept: 'text/html', host: 'two.example' });
	expect(one.body).toContain('http://one.example/');
	expect(two.body).toContain('http://two.example/');
	expect(two.body).not.toContain('one.example');
});

test('a member whose account has changed is shown as they are', async () => {
	await site.reader.visit('/');
	await host.put('/api/members/author/suspension', { reason: 'A rest.' });
	await host.delete('/api/members/author/suspension');
	const before = readStatements();
	await site.reader.visit('/');
	expect(readStatements()).toBeGreaterThan(before);
});
