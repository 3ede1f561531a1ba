import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressKey, siteKey } from '../server/addresses.ts';
import { createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, expectProblem } from './support/scenes.ts';

test.each([
	['203.0.113.7', '203.0.113.7'],
	['203.0.113.7:4711', '203.0.113.7'],
	['::ffff:203.0.113.7', '203.0.113.7'],
	['::ffff:cb00:7107', '203.0.113.7'],
	['0:0:0:0:0:FFFF:203.0.113.7', '203.0.113.7'],
	['[::ffff:203.0.113.7]:443', '203.0.113.7'],
	['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
	['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
	['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
	['2001:db8::5', '2001:db8::/64'],
	['2001:0db8:0:0::5', '2001:db8::/64'],
	['fe80::1%eth0', 'fe80::/64'],
	['::1', '::/64'],
	['::', '::/64'],
	['unknown', 'unknown'],
	['_hidden', 'unknown'],
	['', 'unknown'],
	['203.0.113', 'unknown'],
	['0xCB.0.113.7', 'unknown'],
	['203.0.113.256', 'unknown'],
	['2001:db8::1::2', 'unknown'],
	['9'.repeat(8000), 'unknown'],
	[':'.repeat(8000), 'unknown'],
])('the address %.40s counts as %s', (address, key) => {
	expect(addressKey(address)).toBe(key);
});

test('all that one may have of IPv6 lies in one site, and IPv4 in none', () => {
	expect(siteKey(addressKey('2001:db8:1:2::9'))).toBe('2001:db8:1::/48');
	expect(siteKey(addressKey('2001:db8:1:ffff::'))).toBe('2001:db8:1::/48');
	expect(siteKey(addressKey('::1'))).toBe('::/48');
	for (const address of ['203.0.113.7', '::ffff:203.0.113.7', 'unknown'])
		expect(siteKey(addressKey(address))).toBeNull();
});

let site: TestApp;
beforeAll(async () => {
	site = await createTestApp({ rateLimit: true });
});
afterAll(() => closeSite(site));

/** Signs up from `address`; with `proxy`, as that tells of it. */
let newcomers = 0;
async function signUp(
	{ app }: TestApp,
	address: string,
	{ proxy, headers = {} }: { proxy?: string; headers?: Record<string, string> } = {},
) {
	const handle = `newcomer_${++newcomers}`;
	const email = `${handle}@example.com`;
	const response = await app.inject({
		method: 'POST',
		url: '/api/accounts',
		payload: { handle, name: handle, email, password },
		remoteAddress: proxy ?? address,
		headers: {
			...(proxy && { host: 'weigh-in.example', 'x-forwarded-for': address }),
			...headers,
		},
	});
	return response.statusCode;
}

async function countAccepted(attempts: Promise<number>[]): Promise<number> {
	const statuses = await Promise.all(attempts);
	expect(statuses.filter((status) => status !== 201 && status !== 429)).toEqual([]);
	return statuses.filter((status) => status === 201).length;
}

const forty = Array.from({ length: 40 }, (_, n) => n);

test('those who change from one /64 to the next of their /48 are limited as one', async () => {
	const attempts = forty.map((n) => signUp(site, `2001:db8:7:${n.toString(16)}::1`));
	expect(await countAccepted(attempts)).toBe(30);
	expect(await signUp(site, '2001:db8:8::1')).toBe(201);
}, 60_000);

test('an address is limited in whatever form it comes', async () => {
	const forms = ['198.51.100.7', '::ffff:198.51.100.7', '::ffff:c633:6407'];
	const attempts = forty.map((n) => signUp(site, forms[n % forms.length]!));
	expect(await countAccepted(attempts)).toBe(30);
}, 60_000);

test('what a proxy says is counted by the address in it, with a port or without', async () => {
	const proxy = '10.0.0.1';
	const behind = await createTestApp({ rateLimit: true, trustProxy: '10.0.0.0/8' });
	const attempts = forty.map((n) => signUp(behind, `198.51.100.7:${4000 + n}`, { proxy }));
	expect(await countAccepted(attempts)).toBe(30);
	expect(await signUp(behind, '198.51.100.8', { proxy })).toBe(201);
	const spoofed = forty.map((n) => signUp(behind, `203.0.113.${n}, 198.51.100.9`, { proxy }));
	expect(await countAccepted(spoofed)).toBe(30);
	await closeSite(behind);
}, 60_000);

test.each([[1], ['10.0.0.0/8']])(
	'what is no address in a header of a proxy (trusted: %s) is a refusal at most',
	async (trustProxy) => {
		const behind = await createTestApp({ rateLimit: true, trustProxy });
		for (const address of [
			'9'.repeat(8000),
			'unknown',
			'_x',
			',',
			"'; drop table",
			'1'.repeat(300),
		])
			expect(await signUp(behind, address, { proxy: '10.0.0.1' })).toBe(201);
		await closeSite(behind);
	},
);

test('behind a number of proxies the last so many addresses are theirs', async () => {
	const behind = await createTestApp({ rateLimit: true, trustProxy: 2 });
	const attempts = forty.map((n) =>
		signUp(behind, `203.0.113.${n}, 198.51.100.7, 10.0.0.2`, { proxy: '10.0.0.1' }),
	);
	expect(await countAccepted(attempts)).toBe(30);
	await closeSite(behind);
}, 60_000);

test('headers from an address that is no proxy are ignored and said once', async () => {
	const behind = await createTestApp({ rateLimit: true, trustProxy: '10.0.0.1' });
	const attempts = forty.map((n) => signUp(behind, `203.0.113.${n}`, { proxy: '198.51.100.7' }));
	expect(await countAccepted(attempts)).toBe(30);
	const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
	const home = await behind.app.inject({ url: '/', headers, remoteAddress: '198.51.100.7' });
	expect(home.body).not.toContain('evil.example');
	expect(behind.complaints.length).toBe(1);
	expect(behind.complaints[0]).toContain('TRUST_PROXY');
	expect(behind.complaints[0]).toContain('198.51.100.7');
	behind.complaints.length = 0;
	await closeSite(behind);
}, 60_000);

test('a proxy that is named is no news', async () => {
	const behind = await createTestApp({ trustProxy: '10.0.0.0/8, ::1' });
	for (const proxy of ['10.0.0.1', '::ffff:10.9.9.9', '::1'])
		expect(await signUp(behind, '198.51.100.7', { proxy })).toBe(201);
	await closeSite(behind);
});

test('the page of a form that failed is at the address that its proxy names', async () => {
	const behind = await createTestApp({ trustProxy: '10.0.0.0/8' });
	const read = async (remoteAddress: string) => {
		const { body } = await behind.app.inject({
			method: 'POST',
			url: '/api/session',
			headers: {
				host: 'inside.example',
				'x-forwarded-for': '198.51.100.7',
				'x-forwarded-proto': 'https',
				'x-forwarded-host': 'forum.example',
				'content-type': 'application/x-www-form-urlencoded',
				accept: 'text/html',
			},
			payload: 'email=a&password=b&from=/',
			remoteAddress,
		});
		return /<link rel="canonical" href="([^"]+)"|property="og:image" content="([^"]+)"/
			.exec(body)!
			.slice(1)
			.find(Boolean);
	};
	expect(await read('10.0.0.1')).toMatch(/^https:\/\/forum\.example\//);
	expect(await read('192.0.2.1')).toMatch(/^http:\/\/inside\.example\//);
	behind.complaints.length = 0;
	await closeSite(behind);
});

test('a limit that is met says when to come again', async () => {
	const { app } = site;
	const attempts = Array.from({ length: 51 }, () =>
		app.inject({
			method: 'POST',
			url: '/api/session',
			payload: { email: `nobody_${++newcomers}@example.com`, password },
			remoteAddress: '2001:db8:9::1',
		}),
	);
	const refused = (await Promise.all(attempts)).find(({ statusCode }) => statusCode === 429)!;
	expectProblem(refused, 429);
	expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
});
