import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite } from './support/scenes.ts';

let site: TestApp;
let member: Client;

beforeAll(async () => {
	site = await createTestApp();
	member = await site.join('member');
});
afterAll(() => closeSite(site));

test.each(['/', '/api/me', '/api/threads/ownership/posts', '/nowhere'])(
	'no shared cache keeps what a member gets at %s',
	async (url) => {
		const { headers } = await member.visit(url);
		expect(headers['cache-control']).toMatch(/^private, no-(cache|store)$/);
		expect(headers.vary).toMatch(/cookie/i);
	},
);

test('a page shows nothing that others could embed, sniff or run', async () => {
	const { headers } = await site.reader.visit('/');
	const policy = String(headers['content-security-policy']);
	expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}=';/);
	expect(policy).toContain("frame-ancestors 'none'");
	expect(policy).not.toContain('unsafe-eval');
	expect(headers['x-content-type-options']).toBe('nosniff');
	expect(policy).toContain("base-uri 'none'");
	for (const feature of ['camera', 'geolocation', 'microphone', 'payment'])
		expect(headers['permissions-policy']).toContain(`${feature}=()`);
	expect(headers['strict-transport-security']).toBeUndefined();
});

test.each([
	[false, 'max-age=31536000'],
	[true, 'max-age=31536000; includeSubDomains'],
])('over HTTPS, subdomains asked for: %s, browsers are told %s', async (hstsSubdomains, told) => {
	const served = await createTestApp({ origin: 'https://weigh-in.example', hstsSubdomains });
	const { headers } = await served.reader.visit('/');
	expect(headers['strict-transport-security']).toBe(told);
	await closeSite(served);
});

test('security.txt says where to report what was found, if somebody has said so', async () => {
	const path = '/.well-known/security.txt';
	expect((await site.reader.get(path)).statusCode).toBe(404);
	const settings = { origin: 'https://weigh-in.example', securityContact: 'mailto:s@example.com' };
	const served = await createTestApp(settings);
	const { headers, body } = await served.reader.get(path);
	expect(headers['content-type']).toBe('text/plain; charset=utf-8');
	expect(body).toContain('Contact: mailto:s@example.com\n');
	expect(body).toContain(`Canonical: https://weigh-in.example${path}\n`);
	const expires = Date.parse(/^Expires: (.+)$/m.exec(body)![1]!);
	expect(expires - Date.now()).toBeGreaterThan(30 * 86_400_000);
	expect(expires - Date.now()).toBeLessThan(366 * 86_400_000);
	await closeSite(served);
});

/** Asks for an address as no client would that changes it on the way. */
async function ask(port: number, path: string, headers: object = {}) {
	const request = httpRequest({ port, path, headers: { accept: 'text/html', ...headers } });
	request.end();
	const [response] = (await once(request, 'response')) as [IncomingMessage];
	return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

test('an address that begins as one elsewhere makes no link that leads there', async () => {
	const origin = 'http://own.example';
	const limited = await createTestApp({ rateLimit: true, origin });
	await limited.app.listen({ host: '127.0.0.1', port: 0 });
	const { port } = limited.app.server.address() as AddressInfo;
	const elsewhere = ['//evil.example', '///evil.example', '/\\evil.example', 'http://evil.example'];
	const addresses = elsewhere.flatMap((start) => [`${start}/sign-in`, `${start}/`, `${start}?a=1`]);
	const check = ({ headers, body }: Awaited<ReturnType<typeof ask>>, address: string) => {
		const links = [...body.matchAll(/\s(?:href|action)="([^"]+)"/g)].map(([, link]) => link!);
		const [, page = '/'] = /"url":("[^"]+")/.exec(body) ?? [];
		const told = [headers.location ?? '/', String(headers['x-inertia-location'] ?? '/')];
		for (const link of [...links, ...told, page.startsWith('"') ? JSON.parse(page) : page])
			expect(new URL(link, origin).origin, `${link} of ${address}`).toBe(origin);
	};
	for (const address of addresses) {
		check(await ask(port, address), address);
		check(await ask(port, address, { 'x-inertia': 'true', 'x-inertia-version': 'old' }), address);
	}
	for (let n = 0; n < 1200; n++) await limited.app.inject({ method: 'OPTIONS', url: '/' });
	for (const address of addresses) {
		// readers without a session may be answered from memory, which no limit counts
		const refused = await ask(port, address, { cookie: 'session=none' });
		expect(refused.status).toBe(429);
		expect(refused.body).toContain('Load the page again');
		check(refused, address);
	}
	await closeSite(limited);
}, 60_000);
