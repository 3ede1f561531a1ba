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

test('the schema of another version is refused, or left alone', async () => {
	const { url, db } = home;
	const migrations = sql.raw('drizzle.__drizzle_migrations');
	await migrateDatabase(url, { upgrade: false });
	await db.execute(
		sql`update ${migrations} set created_at = created_at + 1 where id = (select max(id) from ${migrations})`,
	);
	await expect(migrateDatabase(url)).rejects.toThrow(/A newer version/);
	await db.execute(
		sql`update ${migrations} set created_at = created_at - 2 where id = (select max(id) from ${migrations})`,
	);
	await expect(migrateDatabase(url, { upgrade: false })).rejects.toThrow(/an older version/);
	await db.execute(
		sql`update ${migrations} set created_at = created_at + 1 where id = (select max(id) from ${migrations})`,
	);
	await migrateDatabase(url);
});

test('a transaction that fails is rolled back and gives its connection back', async () => {
	const failing = database.db.transaction(async (tx) => {
		await tx.execute(sql`create table half_done ()`);
		await tx.execute(sql`select * from nothing_of_this_name`);
	});
	await expect(failing).rejects.toThrow();
	const tables = await database.db.execute(sql`select to_regclass('half_done') as found`);
	expect(tables.rows).toEqual([{ found: null }]);
});
