import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define } from './support/scenes.ts';

let site: TestApp | undefined;
afterEach(async () => {
	await site?.close();
	site = undefined;
});

const open = async (settings: Parameters<typeof createTestApp>[0] = {}) =>
	(site = await createTestApp(settings));
const forwarded = { 'x-forwarded-for': '203.0.113.7' };

/** What is in the log, each line's message. */
const readLog = ({ complaints }: TestApp) =>
	complaints.map((line) => (JSON.parse(line) as { msg: string }).msg);

test.each([
	['a proxy that passes no Host on', { host: '127.0.0.1:3000', ...forwarded }],
	['a proxy that names itself', { host: 'localhost:3000', via: '1.1 gate' }],
	[
		'a browser that came from a page at another host',
		{ host: 'app:3000', 'sec-fetch-site': 'same-origin', referer: 'https://weigh-in.example/' },
	],
	[
		'a browser that sends a form by HTTPS',
		{ host: 'one.example', 'sec-fetch-site': 'same-origin', origin: 'https://one.example' },
	],
])('%s is told of once where no origin is set', async (_what, headers) => {
	const site = await open();
	for (let times = 0; times < 3; times++) await site.reader.get('/', headers);
	const [told, ...more] = readLog(site).filter((line) => line.includes('ORIGIN'));
	expect(more).toEqual([]);
	expect(told).toContain(`http://${headers.host}`);
	expect(told).toMatch(/Set ORIGIN to the address that people see\.$/);
});

test.each([
	['nobody but this machine', { host: '127.0.0.1:3000' }],
	['a proxy that passes Host on', { host: 'one.example', via: '1.1 gate' }],
	[
		'a page of this site',
		{ host: 'one.example', 'sec-fetch-site': 'same-origin', referer: 'http://one.example/posts/1' },
	],
	[
		'a page of another site',
		{ host: 'one.example', 'sec-fetch-site': 'cross-site', referer: 'https://two.example/' },
	],
])('%s is nothing to tell of', async (_what, headers) => {
	const site = await open();
	await site.reader.get('/', headers);
	await closeSite(site);
});

test('with an origin there is nothing to tell of, and one page for all hosts', async () => {
	const site = await open({ origin: 'https://weigh-in.example' });
	const one = await site.reader.get('/', { host: '127.0.0.1:3000', via: '1.1 gate' });
	const two = await site.reader.get('/', { host: 'two.example' });
	expect(one.body).toContain('<link rel="canonical" href="https://weigh-in.example/"');
	expect(two.body).toBe(one.body);
	await closeSite(site);
});

test.each([
	['two hosts', ['Host: one.example', 'Host: two.example']],
	['the same host twice', ['Host: one.example', 'host: one.example']],
	['a host with a path', ['Host: one.example/path']],
	['a host with a space', ['Host: one example']],
	['a host with a quote', ['Host: one"example']],
	['a host with somebody’s name', ['Host: me@one.example']],
	['a host without a name', ['Host: ']],
	['a port that there cannot be', ['Host: one.example:99999']],
	['an IPv4 address that there cannot be', ['Host: 127.0.0.999']],
	['an IPv6 address that there cannot be', ['Host: [1:2]']],
])('a request with %s is refused, and answered from no cache', async (_what, lines) => {
	const { app, reader } = await open();
	await reader.get('/', { accept: 'text/html', host: 'one.example' });
	await app.listen({ port: 0, host: '127.0.0.1' });
	const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
	await once(socket, 'connect');
	socket.end(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
	const answer = await text(socket);
	expect(answer).toMatch(/^HTTP\/1\.1 400 /);
	expect(answer).toContain('application/problem+json');
});

test.each(['one.example', 'one.example:8080', '127.0.0.1:3000', '[::1]:3000', 'my_host-2.example'])(
	'the host %s is as good as any',
	async (host) => {
		const { reader } = await open();
		expect((await reader.get('/', { host })).statusCode).toBe(200);
	},
);

test('an answer that gives a cookie is for nobody to keep, whatever it is', async () => {
	const site = await open();
	const author = await site.join('author');
	const { id } = await define(author);
	const signedUp = await new Client(site.app).post('/api/accounts', {
		handle: 'another',
		name: 'another',
		email: 'another@example.com',
		password: 'a password of some length',
	});
	expect(signedUp.headers['cache-control']).toBe('private, no-store');
	for (const url of [`/posts/${id}/image.png`, '/robots.txt', '/sitemap.xml', '/icon.svg', '/']) {
		await site.database.pool.query(`update sessions set expires_at = now() + interval '10 days'`);
		site.app.sessions.forget();
		const { headers } = await author.get(url);
		expect([url, headers['set-cookie'] !== undefined]).toEqual([url, true]);
		expect([url, headers['cache-control']]).toEqual([url, 'private, no-store']);
	}
});
