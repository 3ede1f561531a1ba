import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import Fastify from 'fastify';
import { afterEach, expect, test, vi } from 'vitest';
import { accounts } from '../db/schema.ts';
import { openPassword } from '../server/accounts/administration.ts';
import { issueSetUp } from '../server/accounts/hosts.ts';
import { registerAudit } from '../server/audit/requests.ts';
import { auditEvents, type Line, type Origin, type Refused } from '../server/audit/schema.ts';
import { createAudit } from '../server/audit/service.ts';
import type { App } from '../server/app.ts';
import { serializers } from '../server/request-log.ts';
import { Client, createTestApp } from './support/app.ts';

afterEach(() => void vi.useRealTimers());

type Told = Line & { what?: string; more?: number };
const openLog = () => {
	const lines: Told[] = [];
	const audit = createAudit({ info: (line: unknown) => void lines.push(line as Told) });
	const refuse = (refused: Refused, from: Partial<Origin>) =>
		audit.refuse(refused, { actor: null, address: null, reqId: null, ...from });
	return { lines, audit, refuse };
};

test('a refusal at one address is told five times a minute, then how many more there were', () => {
	vi.useFakeTimers();
	const { lines, refuse } = openLog();
	const limit = { event: 'limit.reached', what: 'writeByAccount' } as const;
	for (let n = 0; n < 1000; n++) refuse(limit, { address: '203.0.113.7', actor: 7 });
	refuse(limit, { address: '203.0.113.8' });
	refuse({ event: 'limit.reached', what: 'drawingByAddress' }, { address: '203.0.113.7' });
	expect(lines.map(({ more }) => more)).toEqual(Array(7).fill(undefined));
	vi.advanceTimersByTime(61_000);
	expect(lines.slice(7)).toEqual([
		{
			...limit,
			outcome: 'refused',
			actor: null,
			subject: null,
			address: '203.0.113.7',
			reqId: null,
			more: 995,
		},
	]);
	refuse(limit, { address: '203.0.113.7' });
	expect(lines).toHaveLength(9);
	vi.advanceTimersByTime(61_000);
	expect(lines).toHaveLength(9);
});

test('nobody makes the log long: of 100,000 addresses few lines are written, and each refusal is counted', () => {
	const { lines, audit, refuse } = openLog();
	const events = ['access.refused', 'session.refused'] as const;
	const sent = 100_000;
	for (let n = 0; n < sent; n++)
		refuse({ event: events[n % 2]!, what: `what ${n % 3}` }, { address: `2001:db8:${n}::/64` });
	audit.close();
	const told = lines.filter(({ more }) => more === undefined).length;
	const more = lines.reduce((sum, line) => sum + (line.more ?? 0), 0);
	expect(told + more).toBe(sent);
	expect(lines.length).toBeLessThan(3_100);
	for (const { address, more } of lines) expect(address === null).toBe(more !== undefined);
	audit.close();
	expect(lines.length).toBe(told + 2);
});

test('a random sequence of refusals is told to the last one, whoever causes it', () => {
	for (let round = 0; round < 20; round++) {
		const { lines, audit, refuse } = openLog();
		const sent = new Map<string, number>();
		for (let n = 0; n < 3_000; n++) {
			const event = Math.random() < 0.5 ? 'access.refused' : 'link.refused';
			const what = `w${Math.floor(Math.random() * 3)}`;
			const address = `a${Math.floor(Math.random() ** 3 * 40)}`;
			const key = JSON.stringify([event, what, address]);
			sent.set(key, (sent.get(key) ?? 0) + 1);
			refuse({ event, what }, { address });
			if (Math.random() < 0.001) audit.close();
		}
		audit.close();
		const told = new Map<string, number>();
		for (const { event, what, address, more = 1 } of lines) {
			const key = JSON.stringify([event, what, address]);
			told.set(key, (told.get(key) ?? 0) + more);
		}
		expect(told).toEqual(sent);
	}
});

test('a route that writes and does not say what keeps the site from starting', async () => {
	const app = Fastify() as unknown as App;
	registerAudit(app, openLog().audit);
	const handler = async () => null;
	app.get('/a', handler);
	app.post('/a', { config: { audit: 'post.created' } }, handler);
	app.put('/a', { config: { audit: { unwritten: 'it is a test' } } }, handler);
	expect(() => app.delete('/a', handler)).toThrow('DELETE /a does not say');
	await app.close();
});

test('every event stands in the table of docs/operation.md, in the same order', async () => {
	const text = await readFile(new URL('../docs/operation.md', import.meta.url), 'utf8');
	const rows = [...text.matchAll(/^\| `([a-z.]+)` +\| (.+?) +\|/gm)].map(([, event]) => event);
	expect(rows).toEqual(Object.keys(auditEvents));
});

test('no password, token, cookie, address or word gets into the log, at whatever level', async () => {
	const site = await createTestApp({ logLevel: 'trace', rateLimit: true });
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	const secrets = new Map<string, string>();
	const secret = (name: string, value: string) => {
		secrets.set(name, value);
		return value;
	};
	const keepCookies = async (name: string, answer: ReturnType<Client['get']>) => {
		const { cookies, statusCode } = await answer;
		for (const cookie of cookies) secret(`${name}: ${cookie.name}`, cookie.value);
		return statusCode;
	};
	const words = secret('words', 'wordsthatnobodyreads');
	const password = secret('password', 'a-horse-of-battery-staples');
	const wrong = secret('wrong password', 'a-wrong-horse-of-staples');
	const email = secret('address', 'somebody-secret@example.com');
	const unknown = secret('unknown address', 'nobody-secret@example.com');
	const setUp = secret('set-up token', (await issueSetUp(site.database.db))!);
	const client = new Client(site.app);
	const stranger = new Client(site.app);
	const join = { handle: 'somebody', name: 'Somebody', email, password };

	await client.visit(`/sign-up?setUp=${setUp}&definition=${words}`);
	expect(await keepCookies('join', client.post('/api/accounts', { ...join, setUp }))).toBe(201);
	const again = { ...join, handle: 'other', email: unknown, setUp };
	expect((await stranger.form('/api/accounts', { ...again, from: '/' })).statusCode).toBe(410);
	for (const given of [wrong, password])
		for (const to of [email, unknown])
			for (let n = 0; n < (given === wrong ? 8 : 1); n++)
				await keepCookies('sign in', client.post('/api/session', { email: to, password: given }));
	for (let n = 0; n < 12; n++) await stranger.post('/api/session', { email, password: wrong });
	await client.form('/api/threads/ownership/posts', { kind: 'definition', body: words, from: '/' });
	await client.post('/api/posts/1/replies', { body: words }, { 'idempotency-key': words });
	await client.put('/api/members/somebody/suspension', { reason: words });
	await client.visit(`/threads/ownership?${words}`);
	await client.get(`/api/members?prefix=${words}`);

	const made = await openPassword({ ...site.database, audit: () => {} }, 'somebody');
	const token = secret('reset token', made.token);
	const page = `/password-resets/${token}`;
	for (const url of [
		page,
		`${page}/`,
		`${page}.`,
		`${page}?a=1`,
		`/%70assword-resets/${token}`,
		`/a${page}`,
		`/%zz${page}`,
	])
		await stranger.visit(url);
	const weak = secret('weak password', 'aaaaaaaaaaaaaa');
	await stranger.put(`/api${page}`, { password: weak });
	const another = secret('another password', 'five tiles in a row');
	expect(await keepCookies('reset', stranger.put(`/api${page}`, { password: another }))).toBe(200);
	await stranger.form(`/api${page}?_method=PUT`, { password: another, from: page });
	await stranger.delete('/api/session');

	const { port } = site.app.server.address() as AddressInfo;
	const socket = connect(port, '127.0.0.1');
	const closing = once(socket.resume(), 'close');
	const raw = secret('cookie of a request that cannot be read', 'cookie-that-nobody-reads');
	socket.write(`GET ${page} HTTP/1.1\r\nHost: a\r\nCookie: session=${raw}\r\nNo header\r\n\r\n`);
	await closing;
	await site.close();

	const log = site.log.join('');
	const levels = new Set(site.log.map((line) => JSON.parse(line).level));
	expect(levels).toEqual(new Set([10, 20, 30]));
	for (const what of [
		'Answered',
		'client error',
		'session.refused',
		'link.refused',
		'limit.reached',
	])
		expect(log).toContain(what);
	expect(log).toContain('"url":"/password-resets/…"');
	const bytes = (text: string) => [...Buffer.from(text)].join();
	for (const [name, value] of secrets) {
		expect(value.length, name).toBeGreaterThan(10);
		expect(log.includes(value) || log.includes(encodeURIComponent(value)), name).toBe(false);
		expect(log.includes(bytes(value)), name).toBe(false);
	}
});

test('what a failed statement quotes of its values is in no line', async () => {
	const site = await createTestApp();
	await site.join('somebody');
	const again = {
		handle: 'other',
		name: 'Other',
		email: 'somebody@example.com',
		passwordHash: '-',
	};
	const error = await site.database.db
		.insert(accounts)
		.values(again)
		.then(null, ({ cause }) => cause);
	expect(error.detail).toContain('somebody@example.com');
	const line = JSON.stringify(serializers.err!(error));
	expect(line).toContain('accounts_email');
	expect(line).not.toContain('somebody@example.com');
	await site.close();
});
