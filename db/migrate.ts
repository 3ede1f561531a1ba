import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { PgDialect, PgSession } from 'drizzle-orm/pg-core';
import type pg from 'pg';
import { Connection } from './connection.ts';
import { checkRequirements } from './requirements.ts';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));
const lockKey = 0x77656967;

/** Of our own: the table that Drizzle takes by itself is every application's. */
const record = { migrationsSchema: 'weigh_in', migrationsTable: 'migrations' };
const recordName = `${record.migrationsSchema}.${record.migrationsTable}`;
/** Where installations were recorded before, and still are for the servers of that time, which must not migrate anew. */
const formerName = 'drizzle.__drizzle_migrations';

/** The database has the schema of another version of Weigh-In; the message says what to do. */
export class SchemaError extends Error {}

/**
 * Brings the database at `url` to the current schema; changes nothing where it already is. Servers that
 * start together take turns, by an advisory lock that PostgreSQL releases with the connection.
 *
 * @param options.upgrade false leaves an older schema alone: a server that needs it may be running
 * @param options.until goes no further than the schema of that time, one of {@link readSchemas}
 * @throws {RequirementError} if a forum cannot run on this database
 * @throws {SchemaError} if the schema is a newer one, or an older one that is to be left alone
 */
export async function migrateDatabase(
	url: string,
	{ upgrade = true, until = Infinity }: { upgrade?: boolean; until?: number } = {},
): Promise<void> {
	const client = new Connection({
		connectionString: url,
		connectionTimeoutMillis: 10_000,
		statementTimeoutMs: 0,
	});
	await client.connect();
	try {
		await checkRequirements(client, url);
		await client.query('select pg_advisory_lock($1)', [lockKey]);
		const migrations = readMigrationFiles({ migrationsFolder }).filter(
			({ folderMillis }) => folderMillis <= until,
		);
		await carryOver(client, migrations);
		const applied = await readSchemaTime(client);
		const current = migrations.at(-1)!.folderMillis;
		if (applied > current)
			throw new SchemaError(
				'A newer version of Weigh-In has changed the database. Start that version, or restore a backup from before.',
			);
		if (applied > 0 && applied < current && !upgrade)
			throw new SchemaError(
				'The database is as an older version of Weigh-In has left it. Stop that one, and run “npm run migrate” first.',
			);
		if (applied === current) return;
		// as Drizzle's own migrator does, but for some of the migrations
		const { dialect, session } = drizzle(client) as unknown as Migrator;
		await dialect.migrate(migrations, session, { migrationsFolder, ...record });
		await tellFormer(client, migrations);
	} finally {
		await client.end();
	}
}

type Migrator = { dialect: PgDialect; session: PgSession };

/** The times of all schemas that this version knows, oldest first, in ms since 1970. */
export function readSchemas(): number[] {
	return readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis);
}

/** When the last migration that was applied was made, in ms since 1970; 0 for a database without a forum. */
export async function readSchemaTime(client: pg.Client): Promise<number> {
	if (!(await exists(client, recordName))) return 0;
	const { rows } = await client.query(`select max(created_at) as last from ${recordName}`);
	return Number(rows[0].last);
}

async function exists(client: pg.Client, table: string): Promise<boolean> {
	const { rows } = await client.query('select to_regclass($1) is not null as is_there', [table]);
	return rows[0].is_there;
}

type Entry = { hash: string; created_at: string };

/** What an installation from before has in the former record, where other applications may have theirs. */
async function readFormer(client: pg.Client): Promise<Entry[]> {
	if (!(await exists(client, formerName))) return [];
	const { rows } = await client.query<Entry>(`select hash, created_at from ${formerName}`);
	return rows;
}

/** Takes over what the former record says was applied, once. */
async function carryOver(client: pg.Client, migrations: MigrationMeta[]): Promise<void> {
	if (await exists(client, recordName)) return;
	const hashes = new Set((await readFormer(client)).map(({ hash }) => hash));
	const applied = migrations.filter(({ hash }) => hashes.has(hash));
	if (applied.length === 0) return;
	await client.query('begin');
	await client.query(`create schema if not exists ${record.migrationsSchema}`);
	await client.query(
		`create table ${recordName} (id serial primary key, hash text not null, created_at bigint)`,
	);
	await write(client, recordName, applied);
	await client.query('commit');
}

/** Has the servers from before refuse what they do not know. A record that others use as well is let alone. */
async function tellFormer(client: pg.Client, migrations: MigrationMeta[]): Promise<void> {
	const former = new Set((await readFormer(client)).map(({ hash }) => hash));
	const missing = migrations.filter(({ hash }) => !former.has(hash));
	if (former.size > 0 && former.size + missing.length === migrations.length)
		await write(client, formerName, missing);
}

async function write(client: pg.Client, table: string, entries: MigrationMeta[]): Promise<void> {
	await client.query(
		`insert into ${table} (hash, created_at) select * from unnest($1::text[], $2::bigint[])`,
		[entries.map(({ hash }) => hash), entries.map(({ folderMillis }) => folderMillis)],
	);
}
