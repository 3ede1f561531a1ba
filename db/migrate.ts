import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));
const lockKey = 0x77656967;

/** The database has the schema of another version of Weigh-In; the message says what to do. */
export class SchemaError extends Error {}

/**
 * Brings the database at `url` to the current schema; changes nothing where it already is. Servers that
 * start together take turns, by an advisory lock that PostgreSQL releases with the connection.
 *
 * @param options.upgrade false leaves an older schema alone: a server that needs it may be running
 * @throws {SchemaError} if the schema is a newer one, or an older one that is to be left alone
 */
export async function migrateDatabase(url: string, { upgrade = true } = {}): Promise<void> {
	const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
	await client.connect();
	try {
		await client.query('select pg_advisory_lock($1)', [lockKey]);
		const applied = await readApplied(client);
		const current = readMigrationFiles({ migrationsFolder }).at(-1)!.folderMillis;
		if (applied > current)
			throw new SchemaError(
				'A newer version of Weigh-In has changed the database. Start that version, or restore a backup from before.',
			);
		if (applied > 0 && applied < current && !upgrade)
			throw new SchemaError(
				'The database is as an older version of Weigh-In has left it. Stop that one, and run “npm run migrate” first.',
			);
		await migrate(drizzle(client), { migrationsFolder });
	} finally {
		await client.end();
	}
}

/** When the last migration that was applied was made, in ms since 1970; 0 for an empty database. */
async function readApplied(client: pg.Client): Promise<number> {
	const table = 'drizzle.__drizzle_migrations';
	const { rows } = await client.query(`select to_regclass('${table}') is not null as is_there`);
	if (!rows[0].is_there) return 0;
	const { rows: applied } = await client.query(`select max(created_at) as last from ${table}`);
	return Number(applied[0].last);
}
