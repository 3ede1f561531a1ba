import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../db/client.ts';
import { ConnectError, isDatabaseAway } from '../db/connection.ts';
import { type App, buildApp } from '../server/app.ts';
import { readConfig } from '../server/config.ts';
import { createPostgresBus } from '../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../server/renderer.ts';
import { Client, createTestApp, type TestApp } from './support/app.ts';
import { type Failure, type FakePostgres, startFakePostgres } from './support/fake-postgres.ts';
import { closeSite, expectProblem } from './support/scenes.ts';

const cookie = 'session=abcdefghijklmnopqrstuvwxyzabcdefghijklmn';
let fake: FakePostgres;
beforeAll(async () => {
	fake = await startFakePostgres();
});
afterAll(() => fake.close());

async function open(url: string): Promise<{ app: App; close(): Promise<void> }> {
	const database = openDatabase(url, { max: 4 });
	const app = await buildApp({
		config: readConfig({ LOG_LEVEL: 'silent', RATE_LIMIT: 'off' }),
		database,
		renderer: await createBuiltRenderer(),
		bus: createPostgresBus({ url: 'postgres://nobody@127.0.0.1:1/nothing', log: { warn() {} } }),
	});
	const close = async () => {
		await app.close();
		await database.close();
	};
	return { app, close };
}

/** One request of each kind: the API, pages, forms, those of a member, and readiness. */
async function expectAway(app: App): Promise<void> {
	const client = new Client(app);
	const words = { email: 'typed@example.com', password: 'some password' };
	const answers = {
		read: await client.get('/api/threads/ownership/posts'),
		transaction: await client.post('/api/accounts', { ...words, handle: 'typist', name: 'A' }),
		write: await client.post('/api/session', words),
		member: await client.get('/api/me', { cookie }),
		upvote: await app.inject({ method: 'PUT', url: '/api/posts/1/upvote', headers: { cookie } }),
		ready: await client.get('/health/ready'),
		page: await client.visit('/'),
		post: await client.visit('/posts/1'),
		form: await client.form('/api/session', { ...words, from: '/' }),
	};
	for (const [name, { statusCode, headers }] of Object.entries(answers)) {
		expect({ name, statusCode }).toEqual({ name, statusCode: 503 });
		expect(Number(headers['retry-after'])).toBeGreaterThan(0);
	}
	expect(answers.form.body).toContain('typed@example.com');
	expect((await client.get('/health/live')).statusCode).toBe(200);
}

const states =
	`08000 08003 08006 08P01 53000 53100 53200 53300 53400 57000 57014 57P01 57P02 57P03 57P04 57P05
	58000 58030 25006 25P03 25P04`.split(/\s+/);
const failures: [string, Failure][] = [
	...states.map((sqlState): [string, Failure] => [sqlState, { sqlState }]),
	...['28P01', '28000', '3D000', '53300', '57P03', '42501'].map((sqlState): [string, Failure] => [
		`${sqlState} at the start of a connection`,
		{ sqlState, at: 'start' },
	]),
	['a connection that is reset', 'reset'],
	['a connection that ends', 'close'],
];

describe('a database that fails', () => {
	let site: Awaited<ReturnType<typeof open>>;
	beforeEach(async () => {
		site = await open(fake.url);
	});
	afterEach(() => site.close());

	test.each(failures)('by %s is away: come back', async (_name, failure) => {
		fake.failure = failure;
		await expectAway(site.app);
	});

	test('by an error of the statement itself is not away', async () => {
		for (const sqlState of ['42P01', '42703', '22P02', 'XX000']) {
			fake.failure = { sqlState };
			expectProblem(await new Client(site.app).get('/api/threads'), 500);
		}
	});

	test('is away for every route of the contract', async () => {
		fake.failure = { sqlState: '57P01' };
		const { paths } = (await new Client(site.app).get('/api/openapi.json')).json<{
			paths: Record<string, Record<string, unknown>>;
		}>();
		const wrong: string[] = [];
		let asked = 0;
		// whether the process lives is not a question to the database
		delete paths['/health/live'];
		for (const [path, operations] of Object.entries(paths))
			for (const method of Object.keys(operations)) {
				const url = path.replace('{slug}', 'ownership').replaceAll(/\{\w+\}/g, '1');
				const { statusCode, headers } = await site.app.inject({
					method: method.toUpperCase() as 'GET',
					url,
					headers: { cookie },
				});
				asked++;
				const isAsked = statusCode === 503 && Number(headers['retry-after']) > 0;
				if (!isAsked) wrong.push(`${method} ${path} ${statusCode}`);
			}
		expect(asked).toBeGreaterThan(30);
		expect(wrong).toEqual([]);
	});
});

test('what another service is away by says nothing of the database', () => {
	for (const code of ['ECONNREFUSED', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE', 'EHOSTUNREACH']) {
		const cause = Object.assign(new Error(`connect ${code}`), { code });
		expect(isDatabaseAway(new TypeError('fetch failed', { cause }))).toBe(false);
		expect(isDatabaseAway(new ConnectError(cause))).toBe(true);
	}
});

describe('a database that cannot be reached', () => {
	const network =
		`ENOENT ENOTFOUND EAI_AGAIN EAI_FAIL ETIMEDOUT EHOSTUNREACH ENETUNREACH EHOSTDOWN ECONNREFUSED
		ECONNRESET EACCES EADDRNOTAVAIL EMFILE CERT_HAS_EXPIRED DEPTH_ZERO_SELF_SIGNED_CERT`.split(/\s+/);
	afterEach(() => vi.restoreAllMocks());

	test.each(network)('for %s is away: come back', async (code) => {
		const site = await open(fake.url);
		const error = Object.assign(new Error(`connect ${code}`), { code, syscall: 'connect' });
		vi.spyOn(pg.Client.prototype, 'connect').mockImplementation(() => Promise.reject(error));
		await expectAway(site.app);
		await site.close();
	});

	test.each([
		'postgres://nobody@/nothing?host=/nowhere',
		'postgres://nobody@nowhere.invalid/nothing',
	])('at %s is away: come back', async (url) => {
		const site = await open(url);
		await expectAway(site.app);
		await site.close();
	});
});

describe('a database that can only be read', () => {
	let site: TestApp;
	beforeAll(async () => {
		site = await createTestApp();
	});
	afterAll(() => closeSite(site));

	/** As a failover leaves the connections that are open. */
	const demote = async ({ pool }: Database) => {
		const clients = await Promise.all(Array.from({ length: 3 }, () => pool.connect()));
		for (const client of clients) {
			await client.query('set default_transaction_read_only = on');
			client.release();
		}
	};

	test('is away for those who write, until the connections are given up', async () => {
		const member = await site.join('writer');
		await demote(site.database);
		const statuses: number[] = [];
		for (let turn = 0; turn < 5; turn++) {
			const answer = await member.post('/api/threads/ownership/posts', {
				kind: 'definition',
				body: 'Asking until it is clear.',
			});
			statuses.push(answer.statusCode);
			if (answer.statusCode === 201) break;
			expectProblem(answer, 503);
			expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
		}
		expect(statuses[0]).toBe(503);
		expect(statuses.at(-1)).toBe(201);
		expect(site.complaints.splice(0).length).toBeGreaterThan(0);
	});

	test('is not ready, until the connections are given up', async () => {
		await demote(site.database);
		const statuses: number[] = [];
		for (let turn = 0; turn < 5 && statuses.at(-1) !== 200; turn++)
			statuses.push((await site.reader.get('/health/ready')).statusCode);
		expect(statuses[0]).toBe(503);
		expect(statuses.at(-1)).toBe(200);
		expect(site.complaints.splice(0).length).toBeGreaterThan(0);
	});
});
