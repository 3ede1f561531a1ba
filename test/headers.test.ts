import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressKey } from '../server/rate-limits.ts';
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
	expect(headers['strict-transport-security']).toBeUndefined();
});

test.each([
	['203.0.113.7', '203.0.113.7'],
	['::ffff:203.0.113.7', '203.0.113.7'],
	['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
	['2001:db8::5', '2001:db8:0:0'],
	['::1', '0:0:0:0'],
])('the address %s counts as %s', (address, key) => {
	expect(addressKey(address)).toBe(key);
});
