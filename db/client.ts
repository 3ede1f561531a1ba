import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { PgTransaction } from 'drizzle-orm/pg-core';
import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import pg from 'pg';
import * as schema from './schema.ts';

type Schema = typeof schema;

export type Tx = PgTransaction<NodePgQueryResultHKT, Schema, ExtractTablesWithRelations<Schema>>;
export type Db = NodePgDatabase<Schema>;

export type Database = {
	db: Db;
	pool: pg.Pool;
	close(): Promise<void>;
};

/**
 * Opens a pool of connections to the PostgreSQL at `url`. Nothing is connected until the first query.
 *
 * @param options.max most connections at once
 * @param options.onQuery is told the text of every statement that goes through `db`
 * @param options.onError is told of a connection that broke while idle; the pool replaces it by itself
 */
export function openDatabase(
	url: string,
	options: {
		max?: number;
		onQuery?: (statement: string) => void;
		onError?: (error: Error) => void;
	} = {},
): Database {
	const pool = new pg.Pool({
		connectionString: url,
		max: options.max ?? 16,
		connectionTimeoutMillis: 5_000,
		idleTimeoutMillis: 60_000,
		statement_timeout: 15_000,
		application_name: 'weigh-in',
	});
	pool.on('error', options.onError ?? (() => {}));
	// A connection that breaks between two statements of a transaction tells nobody else, and the next one fails.
	pool.on('connect', (client) => client.on('error', () => {}));
	const { onQuery } = options;
	const db = drizzle(pool, {
		schema,
		...(onQuery && { logger: { logQuery: (statement) => onQuery(statement) } }),
	});
	return { db, pool, close: () => pool.end() };
}

/** Runs reads that must agree with each other: one snapshot of the database, which cannot be written to. */
export function readSnapshot<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
	return db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}
