import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, sessions, threads } from '../db/schema.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, countRows, expectProblem } from './support/scenes.ts';

let site: TestApp;
let host: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('Host_1');
});
afterAll(() => closeSite(site));

const newcomer = (changes: object) => ({
	handle: 'newcomer',
	name: 'New Comer',
	email: 'new@example.com',
	password,
	...changes,
});
const signIn = (client: Client, email: string, given = password, remoteAddress = '127.0.0.1') =>
	client.send({
		method: 'POST',
		url: '/api/session',
		remoteAddress,
		payload: {
			email,
			password: given,
		},
	});

test('the first account becomes the host of the site and of the thread that waits, later ones do not', async () => {
	const [thread] = await site.database.db.select().from(threads);
	expect((await host.get('/api/me')).json().role).toBe('host');
	expect(thread!.hostId).toBe(host.id);
	const second = await site.join('second');
	expect((await second.get('/api/me')).json().role).toBe('member');
	expect((await site.reader.get('/api/threads/ownership')).json().host.handle).toBe('Host_1');
});

test('when many sign up at once on an empty site, one becomes the host', async () => {
	const empty = await createTestApp();
	await Promise.all([1, 2, 3, 4, 5].map((n) => empty.join(`early_${n}`)));
	const { db } = empty.database;
	expect(await db.$count(accounts, eq(accounts.role, 'host'))).toBe(1);
	await closeSite(empty);
});

test('one signs up, out and in again', async () => {
	const client = new Client(site.app);
	const signedUp = await client.post('/api/accounts', newcomer({ name: '  Nia  ', role: 'host' }));
	expect(signedUp.statusCode).toBe(201);
	expect(signedUp.json()).toEqual({
		id: expect.any(Number),
		handle: 'newcomer',
		name: 'Nia',
		headline: null,
		avatar: null,
		hidden: false,
		email: 'new@example.com',
		role: 'member',
		suspension: null,
		createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
	});
	expect((await client.get('/api/me')).json()).toEqual(signedUp.json());
	const { cookie } = client;
	expect((await client.delete('/api/session')).statusCode).toBe(204);
	expectProblem(await client.get('/api/me'), 401);
	expectProblem(await client.get('/api/me', { cookie }), 401);
	expect((await client.delete('/api/session')).statusCode).toBe(204);
	const signedIn = await signIn(client, ' NEW@example.com ');
	expect(signedIn.statusCode).toBe(201);
	expect(signedIn.json()).toEqual(signedUp.json());
	expect((await client.get('/api/me')).statusCode).toBe(200);
});

test('signing in again ends the session before, and leaves those of other browsers alone', async () => {
	const here = await site.join('traveller');
	const there = new Client(site.app);
	await signIn(there, 'traveller@example.com');
	const { cookie } = here;
	await signIn(here, 'traveller@example.com');
	expect((await site.reader.get('/api/me', { cookie })).statusCode).toBe(401);
	expect((await here.get('/api/me')).statusCode).toBe(200);
	expect((await there.get('/api/me')).statusCode).toBe(200);
});

test('the cookie is HttpOnly and SameSite=Lax, and over HTTPS Secure and __Host- prefixed', async () => {
	const [plain] = (await signIn(new Client(site.app), 'Host_1@example.com')).cookies;
	expect(plain).toMatchObject({ name: 'session', httpOnly: true, sameSite: 'Lax', path: '/' });
	expect(plain!.secure).toBeUndefined();
	const served = await createTestApp({ origin: 'https://weigh-in.example' });
	const member = await served.join('member');
	const [secure] = (await signIn(member, 'member@example.com')).cookies;
	expect(secure).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', secure: true });
	expect(secure).toMatchObject({ name: '__Host-session' });
	expect(secure!.domain).toBeUndefined();
	expect((await member.get('/api/me')).statusCode).toBe(200);
	const ended = await member.delete('/api/session');
	expect(ended.cookies[0]).toMatchObject({ name: '__Host-session', secure: true, value: '' });
	await closeSite(served);
});

test('the database knows tokens and passwords only by their hashes', async () => {
	const member = await site.join('hashed');
	const [row] = await site.database.db
		.select()
		.from(sessions)
		.where(eq(sessions.userId, member.id));
	const token = member.cookie.split('=')[1]!;
	expect(token.length).toBeGreaterThanOrEqual(25);
	expect(row!.id).toBe(createHash('sha256').update(token).digest('hex'));
	expect(JSON.stringify(row)).not.toContain(token);
	expect((await site.reader.get('/api/me', { cookie: `session=${row!.id}` })).statusCode).toBe(401);
	const [account] = await site.database.db
		.select()
		.from(accounts)
		.where(eq(accounts.id, member.id));
	expect(account!.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

describe('a session', () => {
	const age = async (member: Client, days: number) => {
		await site.database.db
			.update(sessions)
			.set({ expiresAt: sql`now() + make_interval(days => ${days})` })
			.where(eq(sessions.userId, member.id));
		site.app.sessions.forget();
	};
	const daysLeft = async (member: Client) => {
		const [row] = await site.database.db
			.select()
			.from(sessions)
			.where(eq(sessions.userId, member.id));
		return row && Math.round((row.expiresAt.getTime() - Date.now()) / 86_400_000);
	};

	test('lasts 30 days and is prolonged once less than half is left', async () => {
		const member = await site.join('slider');
		expect(await daysLeft(member)).toBe(30);
		await age(member, 20);
		expect((await member.get('/api/me')).cookies).toEqual([]);
		expect(await daysLeft(member)).toBe(20);
		await age(member, 10);
		const { cookie } = member;
		const renewed = await member.get('/api/me');
		expect(renewed.cookies[0]).toMatchObject({ name: 'session', httpOnly: true });
		expect(member.cookie).toBe(cookie);
		expect(await daysLeft(member)).toBe(30);
	});

	test('is over once expired', async () => {
		const member = await site.join('sleeper');
		await age(member, -1);
		expectProblem(await member.get('/api/me'), 401);
		expect((await member.visit('/')).statusCode).toBe(200);
		expect(await daysLeft(member)).toBeUndefined();
	});

	test.each([
		'session=',
		'session=x',
		`session=${'x'.repeat(5000)}`,
		'session=%00',
		'session=%',
		'discount=50%',
		'nonsense;;=',
	])('is not had by the cookie %.20s', async (cookie) => {
		expect((await site.reader.get('/api/me', { cookie })).statusCode).toBe(401);
		expect((await site.reader.get('/', { cookie })).statusCode).toBe(200);
	});

	test('is had beside the cookies of others, whatever is in them', async () => {
		const { cookie } = await site.join('crowded');
		const me = await site.reader.get('/api/me', { cookie: `discount=50%; ${cookie}; a=%ff` });
		expect(me.json().handle).toBe('crowded');
	});
});

test.each([
	['handle', 'ab', 422],
	['handle', 'a'.repeat(31), 422],
	['handle', 'with-hyphen', 422],
	['handle', 'with space', 422],
	['handle', 'ünder', 422],
	['handle', 'line\n', 422],
	['handle', 'HOST_1', 409],
	['email', 'hOST_1@EXAMPLE.com', 409],
	['email', 'nowhere', 422],
	['name', ' \u200b', 422],
	['name', 'x'.repeat(81), 422],
	['headline', 'x'.repeat(81), 422],
	['password', 'nine char', 422],
	['password', 'x'.repeat(201), 422],
	['password', '1234567890', 422],
	['password', 'QwertyUiop', 422],
])('%s %j is refused with %i, naming the field', async (field, value, status) => {
	const before = await countRows(site);
	const input = newcomer({ handle: 'unused', email: 'unused@example.com', [field]: value });
	const client = new Client(site.app);
	const problem = expectProblem(await client.post('/api/accounts', input), status);
	expect(problem.errors!.map((error) => error.path)).toEqual([`/${field}`]);
	expect(client.cookie).toBe('');
	expect(await countRows(site)).toEqual(before);
});

test.each(['a_1', 'Z'.repeat(30)])('the handle %s can be had', async (handle) => {
	await site.join(handle);
});

test('of two who want one handle at the same time, one gets it', async () => {
	const ask = (n: number) =>
		new Client(site.app).post(
			'/api/accounts',
			newcomer({ handle: n % 2 ? 'WANTED' : 'wanted', email: `wanted_${n}@example.com` }),
		);
	const answers = await Promise.all([1, 2, 3, 4].map(ask));
	expect(answers.map((answer) => answer.statusCode).sort()).toEqual([201, 409, 409, 409]);
});

test('a wrong password and an unknown address get the same answer in about the same time', async () => {
	const attempt = async (email: string) => {
		const start = performance.now();
		const response = await signIn(site.reader, email, 'not the password at all');
		return { response, took: performance.now() - start };
	};
	const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;
	const wrong: number[] = [];
	const unknown: number[] = [];
	await attempt('nobody@example.com');
	for (let n = 0; n < 9; n++) {
		const first = await attempt('host_1@example.com');
		const second = await attempt('nobody@example.com');
		expectProblem(first.response, 401);
		expect(second.response.json()).toEqual(first.response.json());
		expect(second.response.cookies).toEqual([]);
		wrong.push(first.took);
		unknown.push(second.took);
	}
	const ratio = median(unknown) / median(wrong);
	expect(ratio).toBeGreaterThan(1 / 3);
	expect(ratio).toBeLessThan(3);
});

test('sign-in attempts are limited for each account and each address', async () => {
	const limited = await createTestApp({ rateLimit: true });
	await limited.join('target');
	await limited.join('other');
	const attempt = (email: string, given = 'a wrong password', address = '10.0.0.1') =>
		signIn(limited.reader, email, given, address);
	for (let n = 0; n < 10; n++)
		expect((await attempt(n % 2 ? 'target@example.com' : 'TARGET@example.com')).statusCode).toBe(
			401,
		);
	const refused = await attempt('target@example.com', password, '10.0.0.2');
	expectProblem(refused, 429);
	expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
	expect((await attempt('other@example.com', password)).statusCode).toBe(201);
	const statuses = await Promise.all(
		Array.from({ length: 45 }, (_, n) => attempt(`nobody_${n}@example.com`)),
	);
	expect(statuses.filter(({ statusCode }) => statusCode === 401).length).toBe(39);
	const tired = await attempt('other@example.com', password);
	expectProblem(tired, 429);
	expect(Number(tired.headers['retry-after'])).toBeGreaterThan(0);
	expect((await attempt('other@example.com', password, '10.0.0.2')).statusCode).toBe(201);
	await closeSite(limited);
});

test('the right password forgets the wrong ones before it', async () => {
	const limited = await createTestApp({ rateLimit: true });
	await limited.join('clumsy');
	for (let round = 0; round < 2; round++) {
		for (let n = 0; n < 9; n++)
			await signIn(limited.reader, 'clumsy@example.com', 'a wrong password');
		expect((await signIn(new Client(limited.app), 'clumsy@example.com')).statusCode).toBe(201);
	}
	await closeSite(limited);
});
