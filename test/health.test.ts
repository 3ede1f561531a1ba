import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../db/client.ts';
import { type App, buildApp } from '../server/app.ts';
import { readConfig } from '../server/config.ts';
import { createPostgresBus } from '../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../server/renderer.ts';
import { Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, expectProblem } from './support/scenes.ts';

let site: TestApp;
let cutOff: App;
const nowhere = openDatabase('postgres://nobody@127.0.0.1:1/nothing');

beforeAll(async () => {
	site = await createTestApp();
	cutOff = await buildApp({
		config: readConfig({
			LOG_LEVEL: 'silent',
			RATE_LIMIT: 'off',
		}),
		database: nowhere,
		renderer: await createBuiltRenderer(),
		bus: createPostgresBus({ url: 'postgres://nobody@127.0.0.1:1/nothing', log: { warn() {} } }),
	});
});
afterAll(async () => {
	await cutOff.close();
	await nowhere.close();
	await closeSite(site);
});

test.each(['/health/live', '/health/ready'])(
	'%s is well while the database is there',
	async (url) => {
		const response = await site.reader.get(url);
		expect(response.statusCode).toBe(200);
		expect(response.json()).toEqual({ status: 'ok' });
	},
);

test('asking how the server is counts towards no limit, reads no session and is one question at a time', async () => {
	const limited = await createTestApp({ rateLimit: true });
	try {
		const { pool, statements } = limited.database;
		const headers = { cookie: `session=${'a'.repeat(26)}` };
		const ask = async (url: string, count: number) => {
			statements.length = 0;
			const answers = await Promise.all(
				Array.from({ length: count }, () => limited.app.inject({ url, headers })),
			);
			expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
			expect(answers.every((answer) => answer.headers['set-cookie'] === undefined)).toBe(true);
			return statements.length;
		};
		expect(await ask('/health/live', 1_500)).toBe(0);
		expect(await ask('/health/ready', 300)).toBeLessThan(20);
		expect(pool.totalCount).toBeLessThanOrEqual(2);
		expect((await limited.reader.get('/api/threads')).statusCode).toBe(200);
	} finally {
		await limited.close();
	}
});

test('without its database the server lives, and is not ready', async () => {
	const client = new Client(cutOff);
	const cookie = `session=${'a'.repeat(26)}`;
	expect((await client.get('/health/live', { cookie })).statusCode).toBe(200);
	expect((await client.get('/health/live')).statusCode).toBe(200);
	const ready = await client.get('/health/ready');
	expect(expectProblem(ready, 503).detail).toContain('the database');
	expect(Number(ready.headers['retry-after'])).toBeGreaterThan(0);
});

test('without its database every request is asked to come back', async () => {
	const client = new Client(cutOff);
	const cookie = 'session=abcdefghijklmnopqrstuvwxyz';
	const answers = [
		await client.get('/api/threads'),
		await client.get('/api/me', { cookie }),
		await client.post('/api/session', { email: 'a@example.com', password: 'some password' }),
	];
	for (const response of answers) {
		expectProblem(response, 503);
		expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
	}
	for (const page of [
		await client.visit('/'),
		await client.get('/', { cookie, accept: 'text/html' }),
	]) {
		expect(page.statusCode).toBe(503);
		expect(Number(page.headers['retry-after'])).toBeGreaterThan(0);
		expect(page.headers['content-type']).toMatch('text/html');
		expect(page.body).toContain('Try again in a moment.');
	}
});

test('without its database a form keeps what was typed', async () => {
	const client = new Client(cutOff);
	const fields = { email: 'typed@example.com', password: 'some password', from: '/' };
	const response = await client.form('/api/session', fields);
	expect(response.statusCode).toBe(503);
	expect(response.headers['content-type']).toMatch('text/html');
});

test('what people sent is not in the log when the database is away', async () => {
	const lines: string[] = [];
	const app = await buildApp({
		config: readConfig({ RATE_LIMIT: 'off' }),
		database: nowhere,
		renderer: await createBuiltRenderer(),
		bus: createPostgresBus({ url: 'postgres://nobody@127.0.0.1:1/nothing', log: { warn() {} } }),
		logger: { level: 'error', stream: { write: (line: string) => void lines.push(line) } },
	});
	const client = new Client(app);
	const words = { email: 'somebody@example.com', password: 'a password of mine' };
	expect((await client.post('/api/session', words)).statusCode).toBe(503);
	await app.close();
	expect(lines.length).toBeGreaterThan(0);
	expect(lines.join()).not.toContain('somebody@example.com');
});
