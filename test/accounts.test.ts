import { createHash } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, sessions, threads, tokens } from '../db/schema.ts';
import { issueSetUp } from '../server/accounts/hosts.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, countRows, expectProblem } from './support/scenes.ts';

let site: TestApp;

beforeAll(async () => {
	site = await createTestApp();
	await site.join('Host_1');
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

describe('who sets a site up', () => {
	let empty: TestApp;
	beforeAll(async () => {
		empty = await createTestApp();
	});
	afterAll(() => closeSite(empty));

	const identity = (n: number) => ({
		handle: `early_${n}`,
		name: `Early ${n}`,
		email: `early_${n}@example.com`,
		password,
	});
	const openSetUp = async () => (await issueSetUp(empty.database.db))!;
	const countHosts = () => empty.database.db.$count(accounts, eq(accounts.role, 'host'));

	test('is not whoever comes first', async () => {
		const client = new Client(empty.app);
		expect((await client.post('/api/accounts', identity(0))).json().role).toBe('member');
		const [thread] = await empty.database.db.select().from(threads);
		expect(thread!.hostId).toBeNull();
	});

	test('is not who made up a link, or has one that is out of date', async () => {
		const late = await openSetUp();
		await empty.database.db.update(tokens).set({ expiresAt: sql`now() - interval '1 second'` });
		for (const setUp of ['x', 'A'.repeat(43), late, 'x'.repeat(100)]) {
			const asked = await new Client(empty.app).post('/api/accounts', { ...identity(1), setUp });
			expect(expectProblem(asked, 410).errors).toEqual([
				{ path: '/setUp', message: 'is no longer good' },
			]);
			const page = await empty.reader.visit(`/sign-up?setUp=${setUp}`);
			expect(page.body).toContain('makes nobody the host any more');
		}
		expect(await countHosts()).toBe(0);
	});

	test('is one of those who have a link and hurry, without scripts too', async () => {
		const setUps = [await openSetUp(), await openSetUp()];
		for (const { id } of await empty.database.db.select().from(tokens))
			expect(setUps).not.toContain(id);
		const page = await empty.reader.visit(`/sign-up?setUp=${setUps[0]}`);
		expect(page.headers['cache-control']).toBe('private, no-store');
		expect(page.headers['referrer-policy']).toBe('no-referrer');
		expect(page.body).toContain('You become the host of this site');
		const fields = { ...identity(2), password: 'short', setUp: setUps[0]! };
		const again = await new Client(empty.app).form('/api/accounts', fields);
		expect(again.statusCode).toBe(422);
		expect(again.body).toContain(`<input type="hidden" name="setUp" value="${setUps[0]}"`);
		const attempts = [2, 3, 4, 5].map((n) =>
			new Client(empty.app).form('/api/accounts', { ...identity(n), setUp: setUps[n % 2]! }),
		);
		const statuses = (await Promise.all(attempts)).map(({ statusCode }) => statusCode);
		expect(statuses.sort()).toEqual([303, 410, 410, 410]);
		expect(await countHosts()).toBe(1);
		expect(await empty.database.db.$count(tokens)).toBe(0);
		const thread = (await empty.reader.get('/api/threads/ownership')).json();
		expect(thread.host.handle).toMatch(/^early_[2-5]$/);
	});

	test('nobody can any more once there is a host, who is led on by a link that was used', async () => {
		expect(await issueSetUp(empty.database.db)).toBeNull();
		const client = await empty.join('led_on');
		const used = await client.visit(`/sign-up?setUp=${'A'.repeat(43)}&from=/threads`);
		expect([used.statusCode, used.headers.location]).toEqual([303, '/threads']);
		expect(used.headers['cache-control']).toBe('private, no-store');
		const fields = { ...identity(9), name: 'Typed Here', setUp: 'A'.repeat(43) };
		const refused = await client.form('/api/accounts', { ...fields, from: '/threads' });
		expect(refused.statusCode).toBe(410);
		expect(refused.body).toContain('Typed Here');
	});
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
	['handle', 'h0st__1', 409],
	['handle', 'Hostl', 409],
	['handle', 'admin', 409],
	['handle', 'Adm1n', 409],
	['handle', 'MODERATOR', 409],
	['handle', 'weigh_in', 409],
	['handle', 'sign_in', 409],
	['name', 'Weigh-In', 409],
	['name', 'Support', 409],
	['name', 'host_1', 409],
	['name', 'Неаd Моdеrаtor'.slice(5), 409],
	['name', 'Ｍｏｄｅｒａｔｏｒ', 409],
	['name', '𝕸𝖔𝖉𝖊𝖗𝖆𝖙𝖔𝖗', 409],
	['name', 'M\u00f3d erator', 409],
	['name', 'Ηost 1', 409],
	['email', 'hOST_1@EXAMPLE.com', 409],
	['email', 'nowhere', 422],
	['name', ' \u200b', 422],
	['name', 'x'.repeat(81), 422],
	['headline', 'x'.repeat(81), 422],
	['password', 'nine char', 422],
	['password', 'x'.repeat(201), 422],
	['password', '1234567890', 422],
	['password', 'QwertyUiop', 422],
	['password', 'aaaaaaaaaa', 422],
	['password', 'ababababababab', 422],
	['password', 'iloveyou123', 422],
	['password', 'ILOVEYOU123!', 422],
	['password', 'p@ssw0rd1234', 422],
	['password', 'passwordpassword', 422],
	['password', 'asdfghjkl;', 422],
	['password', 'abcdefghijkl', 422],
	['password', '0987654321', 422],
	['password', 'New Comer 2026', 422],
	['password', 'unused@example.com', 422],
	['password', 'weigh-in weigh-in', 422],
	['password', 'a'.repeat(200), 422],
	['password', 'p@ssw0rd'.repeat(25), 422],
])('%s %j is refused with %i, naming the field', async (field, value, status) => {
	const before = await countRows(site);
	const input = newcomer({ handle: 'unused', email: 'unused@example.com', [field]: value });
	const client = new Client(site.app);
	const problem = expectProblem(await client.post('/api/accounts', input), status);
	expect(problem.errors!.map((error) => error.path)).toEqual([`/${field}`]);
	expect(client.cookie).toBe('');
	expect(await countRows(site)).toEqual(before);
});

test.each([
	'five tiles in a row',
	'ba6kd02mcnd9',
	'パスワードは長い方がいい',
	`${'A row of tiles, '.repeat(2)}${'and a very long end '.repeat(8)}`,
])('the password %.20s is taken', async (given) => {
	const handle = `p${crypto.randomUUID().slice(0, 8)}`;
	const input = newcomer({ handle, email: `${handle}@example.com`, password: given });
	expect((await new Client(site.app).post('/api/accounts', input)).statusCode).toBe(201);
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

describe('guessing at passwords', () => {
	let limited: TestApp;
	beforeAll(async () => {
		limited = await createTestApp({ rateLimit: true });
	});
	afterAll(() => closeSite(limited));
	let last = 0;
	const elsewhere = () => `10.1.${++last >> 8}.${last & 255}`;
	const attempt = (handle: string, given = 'a wrong password', address = '10.0.0.1') =>
		signIn(new Client(limited.app), `${handle}@example.com`, given, address);
	const guess = async (times: number, handle: string, address: () => string) => {
		const statuses: Record<number, number> = {};
		for (let n = 0; n < times; n++) {
			const { statusCode } = await attempt(
				n % 2 ? handle : handle.toUpperCase(),
				undefined,
				address(),
			);
			statuses[statusCode] = (statuses[statusCode] ?? 0) + 1;
		}
		return statuses;
	};

	/** As many wrong guesses from as many addresses, without the work of checking them. */
	const guessWidely = (times: number, handle: string) =>
		Promise.all(
			Array.from({ length: times }, () =>
				limited.app.limits.count('signInByAccount', `${handle}@example.com`),
			),
		);

	test('from one address closes the account to that address alone', async () => {
		await limited.join('target');
		const address = elsewhere();
		expect(await guess(14, 'target', () => address)).toEqual({ 401: 10, 429: 4 });
		const refused = expectProblem(await attempt('target', password, address), 429);
		expect(refused.detail).toMatch(/Try again in/);
		expect((await attempt('target', password, elsewhere())).statusCode).toBe(201);
	});

	test('from ever new addresses is bounded, for nobody’s account too, and keeps out no device that is known', async () => {
		const owner = await limited.join('hunted');
		for (const handle of ['hunted', 'nobody_there']) {
			await guessWidely(97, handle);
			expect(await guess(5, handle, elsewhere)).toEqual({ 401: 3, 429: 2 });
		}
		const refused = expectProblem(await attempt('hunted', password, elsewhere()), 429);
		expect(refused.detail).toBe('That was too often. Try again in 24 hours.');
		await owner.delete('/api/session');
		expect((await signIn(owner, 'hunted@example.com', password, elsewhere())).statusCode).toBe(201);
		// neither by another's device
		const other = await limited.join('bystander');
		expectProblem(await signIn(other, 'hunted@example.com', password, elsewhere()), 429);
	});

	test('on a known device is bounded as well, and by that device alone', async () => {
		const thief = await limited.join('robbed');
		await thief.delete('/api/session');
		const email = 'robbed@example.com';
		const statuses: number[] = [];
		for (let n = 0; n < 12; n++)
			statuses.push((await signIn(thief, email, 'a wrong password', elsewhere())).statusCode);
		expect(statuses.filter((status) => status === 401).length).toBe(10);
		expectProblem(await signIn(thief, email, password, elsewhere()), 429);
		expect((await attempt('robbed', password, elsewhere())).statusCode).toBe(201);
	});

	test('at many accounts from one address is bounded for that address', async () => {
		const address = elsewhere();
		const attempts = Array.from({ length: 60 }, (_, n) =>
			attempt(`nobody_${n}`, undefined, address),
		);
		const statuses = (await Promise.all(attempts)).map(({ statusCode }) => statusCode);
		expect(statuses.filter((status) => status === 401).length).toBe(50);
		const tired = await attempt('target', password, address);
		expectProblem(tired, 429);
		expect(Number(tired.headers['retry-after'])).toBeGreaterThan(0);
	});

	test('a device is known by a signed cookie that goes to signing in alone', async () => {
		const owner = await limited.join('careful');
		const [session, device] = (await signIn(owner, 'careful@example.com')).cookies;
		expect(session).toMatchObject({ name: 'session' });
		expect(device).toMatchObject({ name: 'device', httpOnly: true, path: '/api/session' });
		expect(device!.maxAge).toBe(365 * 86_400);
		expect(owner.cookie).not.toContain('device');
		const [id, at, signature] = device!.value.split('.');
		await guessWidely(100, 'careful');
		const later = (Number.parseInt(at!, 36) + 1).toString(36);
		for (const forged of [
			'',
			'x',
			`${id}.${at}`,
			`${id}.${at}.`,
			`${id}.${later}.${signature}`,
			`x.${at}.${signature}`,
			`${device!.value}.x`,
			'x'.repeat(5000),
		]) {
			const response = await limited.app.inject({
				method: 'POST',
				url: '/api/session',
				remoteAddress: elsewhere(),
				headers: { cookie: `device=${forged}` },
				payload: { email: 'careful@example.com', password },
			});
			expect(response.statusCode, forged).toBe(429);
		}
	});

	test('the right password forgets the wrong ones before it', async () => {
		await limited.join('clumsy');
		const address = elsewhere();
		for (let round = 0; round < 2; round++) {
			await guess(9, 'clumsy', () => address);
			expect((await attempt('clumsy', password, address)).statusCode).toBe(201);
		}
	});
});

test('finding out who has an account by signing up is bounded', async () => {
	const limited = await createTestApp({ rateLimit: true });
	await limited.join('present');
	const probe = (n: number) =>
		limited.app.inject({
			method: 'POST',
			url: '/api/accounts',
			remoteAddress: '10.0.0.9',
			payload: newcomer({ handle: `probe_${n}`, email: 'present@example.com' }),
		});
	const statuses: number[] = [];
	for (let n = 0; n < 12; n++) statuses.push((await probe(n)).statusCode);
	expect(statuses).toEqual([...Array<number>(10).fill(409), 429, 429]);
	await closeSite(limited);
});
