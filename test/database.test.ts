import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'drizzle-orm';
import { type Database, openDatabase } from '../db/client.ts';
import { migrateDatabase } from '../db/migrate.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

let home: TestDatabase;
let database: Database;

beforeAll(async () => {
	home = await createTestDatabase();
	database = openDatabase(home.url, { max: 1 });
});
afterAll(async () => {
	await database.close();
	await home.close();
});

const readOne = () =>
	database.db.transaction(async (tx) => (await tx.execute(sql`select 1 as one`)).rows);

test('a transaction that cannot begin gives its connection back', async () => {
	await readOne();
	database.pool.once('acquire', (client) => void (client as unknown as Client).end());
	await expect(readOne()).rejects.toThrow();
	expect(await readOne()).toEqual([{ one: 1 }]);
});

const record = sql.raw('weigh_in.migrations');
const formerRecord = sql.raw('drizzle.__drizzle_migrations');
const migrationsFolder = fileURLToPath(new URL('../db/migrations', import.meta.url));

/** Runs a test on a database of its own. */
async function onDatabase(run: (database: TestDatabase) => Promise<void>): Promise<void> {
	const own = await createTestDatabase();
	try {
		await run(own);
	} finally {
		await own.close();
	}
}

/** Has the installation recorded where Drizzle records by itself. */
async function makeFormer({ db }: TestDatabase): Promise<void> {
	await db.execute(sql`create schema if not exists drizzle`);
	await db.execute(sql`alter table ${record} rename to __drizzle_migrations`);
	await db.execute(sql`alter table weigh_in.__drizzle_migrations set schema drizzle`);
	await db.execute(sql`drop schema weigh_in`);
}

const readRecord = async ({ db }: TestDatabase, table: typeof record) => {
	const { rows } = await db.execute<{ hash: string; created_at: string }>(
		sql`select hash, created_at from ${table} order by created_at`,
	);
	return rows;
};

test('the schema of another version is refused, or left alone', async () => {
	const { url, db } = home;
	const shift = (by: number) =>
		db.execute(
			sql`update ${record} set created_at = created_at + ${by}::int where id = (select max(id) from ${record})`,
		);
	await migrateDatabase(url, { upgrade: false });
	await shift(1);
	await expect(migrateDatabase(url)).rejects.toThrow(/A newer version/);
	await shift(-2);
	await expect(migrateDatabase(url, { upgrade: false })).rejects.toThrow(/an older version/);
	await shift(1);
	await migrateDatabase(url);
});

test('an installation that is recorded where Drizzle does by itself is carried over, and migrated no second time', () =>
	onDatabase(async (own) => {
		const before = await readRecord(own, record);
		await makeFormer(own);
		await own.db.execute(sql`insert into accounts (handle, name, email, password_hash)
			values ('before', 'Before', 'before@example.com', '-')`);
		await migrateDatabase(own.url);
		await migrateDatabase(own.url);
		expect(await readRecord(own, record)).toEqual(before);
		expect(await readRecord(own, formerRecord)).toEqual(before);
		const { rows } = await own.db.execute(sql`select handle from accounts`);
		expect(rows).toEqual([{ handle: 'before' }]);
	}));

test('an upgrade is told to the servers from before, which refuse what they do not know', () =>
	onDatabase(async (own) => {
		const all = await readRecord(own, record);
		await own.db.execute(sql`drop schema public cascade`);
		await own.db.execute(sql`create schema public`);
		await own.db.execute(sql`drop schema weigh_in cascade`);
		const folder = await mkdtemp(path.join(tmpdir(), 'weigh-in-migrations-'));
		await cp(migrationsFolder, folder, { recursive: true });
		const journal = path.join(folder, 'meta/_journal.json');
		const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'));
		await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, -1) }));
		await migrate(own.db, { migrationsFolder: folder });
		await rm(folder, { recursive: true });
		expect(await readRecord(own, formerRecord)).toEqual(all.slice(0, -1));
		await expect(migrateDatabase(own.url, { upgrade: false })).rejects.toThrow(/an older version/);
		await migrateDatabase(own.url);
		expect(await readRecord(own, record)).toEqual(all);
		expect(await readRecord(own, formerRecord)).toEqual(all);
	}));

test.each([0, 9_000_000_000_000])(
	'another application’s record in the same database, up to %d, is no matter and is let alone',
	(time) =>
		onDatabase(async (own) => {
			const all = await readRecord(own, record);
			await makeFormer(own);
			await own.db.execute(sql`delete from ${formerRecord}`);
			await own.db.execute(
				sql`insert into ${formerRecord} (hash, created_at) values ('theirs', ${time})`,
			);
			const theirs = await readRecord(own, formerRecord);
			await own.db.execute(sql`drop schema public cascade`);
			await own.db.execute(sql`create schema public`);
			await migrateDatabase(own.url);
			await migrateDatabase(own.url);
			expect(await readRecord(own, record)).toEqual(all);
			expect(await readRecord(own, formerRecord)).toEqual(theirs);
		}),
);

test('a server from before changes nothing in an installation that it knows no record of', () =>
	onDatabase(async (own) => {
		await expect(migrate(own.db, { migrationsFolder })).rejects.toThrow();
		const { rows } = await own.db.execute(sql`select count(*)::int as posts from posts`);
		expect(rows).toEqual([{ posts: 0 }]);
		await migrateDatabase(own.url);
	}));

test('a transaction that fails is rolled back and gives its connection back', async () => {
	const failing = database.db.transaction(async (tx) => {
		await tx.execute(sql`create table half_done ()`);
		await tx.execute(sql`select * from nothing_of_this_name`);
	});
	await expect(failing).rejects.toThrow();
	const tables = await database.db.execute(sql`select to_regclass('half_done') as found`);
	expect(tables.rows).toEqual([{ found: null }]);
});

test('odd defaults of a database do no harm to its connections', () =>
	onDatabase(async (own) => {
		const odd = {
			datestyle: 'German, DMY',
			intervalstyle: 'sql_standard',
			timezone: 'Asia/Kathmandu',
			standard_conforming_strings: 'off',
			bytea_output: 'escape',
			extra_float_digits: '-15',
			search_path: 'elsewhere, pg_catalog',
			default_transaction_isolation: 'serializable',
			default_transaction_read_only: 'on',
			default_transaction_deferrable: 'on',
			transform_null_equals: 'on',
			statement_timeout: '1ms',
			lock_timeout: '1ms',
			idle_in_transaction_session_timeout: '1ms',
		};
		const ask = sql`select '2026-02-03 04:05:06.789+00'::timestamptz at, '2026-02-03 04:05'::timestamptz::text text,
			'1 day 2 hours'::interval::text as span, 'a\\b' as plain, '\\x00ff'::bytea as bytes,
			pi() as pi, null = null as nothing, current_schema() as place`;
		const usual = (await own.db.execute(ask)).rows;
		const name = sql.identifier(new URL(own.url).pathname.slice(1));
		for (const [setting, value] of Object.entries(odd))
			await own.db.execute(
				sql`alter database ${name} set ${sql.raw(setting)} to ${sql.raw(setting === 'search_path' ? value : `'${value}'`)}`,
			);
		const fresh = openDatabase(own.url, { max: 1 });
		try {
			expect((await fresh.db.execute(ask)).rows).toEqual(usual);
			expect(usual).toMatchObject([{ place: 'public', pi: Math.PI, plain: 'a\\b' }]);
			await fresh.db.transaction(async (tx) => {
				await tx.execute(sql`create table made_here ()`);
				await tx.execute(sql`select pg_sleep(0.05)`);
				const { rows } = await tx.execute(sql`show transaction_isolation`);
				expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
			});
			await migrateDatabase(own.url);
		} finally {
			await fresh.close();
		}
	}));
