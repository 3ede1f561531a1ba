import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { openDatabase } from '../db/client.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { ConfigError, readConfig } from '../server/config.ts';
import { describeStartError } from '../server/start-errors.ts';
import { atDatabase, createTestDatabase, type TestDatabase } from './support/database.ts';
import { type FakePostgres, startFakePostgres } from './support/fake-postgres.ts';
import { startPooler } from './support/fake-pooler.ts';
import { findPort, makeDataDir, run } from './support/server.ts';

let home: TestDatabase;
let fake: FakePostgres;
beforeAll(async () => {
	home = await createTestDatabase();
	fake = await startFakePostgres();
});
afterAll(async () => {
	await fake.close();
	await home.close();
});

/** What is said at the start of an installation on that database. */
async function explain(url: string): Promise<unknown> {
	const { databaseUrl } = readConfig({ DATABASE_URL: url });
	return migrateDatabase(databaseUrl!).then(
		() => 'It starts.',
		(error) => describeStartError(error),
	);
}

const change = (url: string, changes: Partial<URL>): string =>
	Object.assign(new URL(url), changes).href;

describe('a pooler', () => {
	test('that gives each session a connection serves, though it takes no settings at the start of one', async () => {
		const pooler = await startPooler(home.url, 'session');
		expect(await explain(pooler.url)).toBe('It starts.');
		const database = openDatabase(pooler.url);
		const { rows } = await database.pool.query('show statement_timeout');
		expect(rows).toEqual([{ statement_timeout: '15s' }]);
		await database.close();
		await pooler.close();
	});

	test('that gives each transaction a connection is refused', async () => {
		const pooler = await startPooler(home.url, 'transaction');
		expect(await explain(pooler.url)).toMatch(/pooler.*Set its pool_mode to session/);
		await pooler.close();
	});
});

test('a database that keeps text in another encoding than UTF-8 is refused before anything is made in it', async () => {
	const name = `latin_${crypto.randomUUID().replaceAll('-', '')}`;
	const server = new pg.Client({ connectionString: inject('databaseUrl') });
	await server.connect();
	await server.query(
		`create database ${name} template template0 encoding 'LATIN1' locale_provider libc locale 'C'`,
	);
	const url = atDatabase(home.url, name);
	expect(await explain(url)).toMatch(/keeps text as LATIN1.*--encoding=UTF8/);
	const latin = new pg.Client({ connectionString: url });
	await latin.connect();
	const { rows } = await latin.query(
		`select nspname from pg_namespace where nspname in ('weigh_in', 'drizzle')`,
	);
	expect(rows).toEqual([]);
	await latin.end();
	await server.query(`drop database ${name}`);
	await server.end();
});

describe('a database that cannot be used is said in a sentence', () => {
	test.each([
		[
			'an unknown host',
			() => 'postgres://me:hunter2@nowhere.invalid/forum',
			/host name.*not known/,
		],
		[
			'a missing socket',
			() => 'postgres://me:hunter2@/forum?host=/nowhere',
			/no socket of PostgreSQL/,
		],
		['a closed port', () => 'postgres://me:hunter2@127.0.0.1:1/forum', /nothing listens/],
		[
			'a wrong password',
			() => change(home.url, { password: 'hunter2' }),
			/refuses the user or the password/,
		],
		['no such database', () => atDatabase(home.url, 'nothing'), /no database of the name/],
		[
			'TLS where there is none',
			() => change(home.url, { search: '?sslmode=require' }),
			/does not speak TLS/,
		],
	])('%s', async (_name, makeUrl, sentence) => {
		const said = await explain(makeUrl());
		expect(said).toMatch(/^The database cannot be used: /);
		expect(said).toMatch(sentence);
		expect(said).not.toContain('hunter2');
	});

	test.each([
		['42501', /GRANT CREATE ON DATABASE/],
		['53300', /all its connections are taken/],
		['57P03', /the database says 57P03/],
		['42P07', /another application.*a database of its own/],
	])('the state %s', async (sqlState, sentence) => {
		fake.failure = { sqlState };
		expect(await explain(fake.url)).toMatch(sentence);
	});

	test('a table of another application in the way', async () => {
		const own = await createTestDatabase();
		await own.pool.query('drop schema weigh_in cascade');
		expect(await explain(own.url)).toMatch(
			/in the way \(.*already exists\).*a database of its own/,
		);
		await own.close();
	});
});

test.each([
	'pa@ss',
	'pa#ss',
	'pa%ss',
	'pa/ss',
	'pa?ss',
	'12#ss',
	'12/ss',
	'12?ss',
	'12@34/ss',
	'x@y#z',
	'100%',
])('a password %s that is not encoded is refused, and no piece of it shown', (password) => {
	const url = `postgres://me:${password}@db.example:5432/forum`;
	let message = '';
	try {
		readConfig({ DATABASE_URL: url });
	} catch (error) {
		expect(error).toBeInstanceOf(ConfigError);
		({ message } = error as Error);
	}
	expect(message).toMatch(/DATABASE_URL: expected .*percent-encoding/);
	for (const piece of password.split(/[@#%/?]/).filter(Boolean))
		expect(message).not.toMatch(new RegExp(`\\b${piece}\\b`));
	const encoded = `postgres://me:${encodeURIComponent(password)}@db.example:5432/forum`;
	expect(readConfig({ DATABASE_URL: encoded }).databaseUrl).toBe(encoded);
});

describe('an address to listen on', () => {
	const start = async (HOST: string, PORT?: number) =>
		run('server/main.js', [], {
			HOST,
			PORT: String(PORT ?? (await findPort())),
			DATABASE_URL: home.url,
			SEED: 'none',
			DATA_DIR: await makeDataDir(),
		});

	test.each([
		['192.0.2.1', /^HOST is 192\.0\.2\.1, which is not an address of this machine/m],
		['nowhere.invalid', /^HOST is not a name that this machine knows/m],
	])('%s that is not ours is said in a sentence', async (host, sentence) => {
		const { code, output } = await start(host);
		expect(code).toBe(1);
		expect(output).toMatch(sentence);
		expect(output).not.toContain('    at ');
	});

	test('of IPv6 may stand in brackets', async () => {
		expect(readConfig({ HOST: '[::1]' }).host).toBe('::1');
		const hasIPv6 = Object.values(networkInterfaces())
			.flat()
			.some((one) => one?.address === '::1');
		const blocker = createServer().listen(0, hasIPv6 ? '::1' : '127.0.0.1');
		await once(blocker, 'listening');
		const { port } = blocker.address() as { port: number };
		const { code, output } = await start('[::1]', port);
		blocker.close();
		expect(code).toBe(1);
		expect(output).toMatch(
			hasIPv6 ? `Port ${port} is in use` : 'HOST is ::1, which is not an address',
		);
		expect(output).not.toContain('    at ');
	});
});
