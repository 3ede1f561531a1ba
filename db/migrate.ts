import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url));
const lockKey = 0x77656967;

/**
 * Brings the database at `url` to the current schema; changes nothing where it already is. Servers that
 * start together take turns, by an advisory lock that PostgreSQL releases with the connection.
 */
export async function migrateDatabase(url: string): Promise<void> {
	const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
	await client.connect();
	try {
		await client.query('select pg_advisory_lock($1)', [lockKey]);
		await migrate(drizzle(client), { migrationsFolder });
	} finally {
		await client.end();
	}
}
