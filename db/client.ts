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
 * @param options.onQuery is told the text and parameters of every statement that goes through `db`
 * @param options.onError is told of a connection that broke while idle; the pool replaces it by itself
 */
export function openDatabase(
	url: string,
	options: {
		max?: number;
		onQuery?: (statement: string, parameters: unknown[]) => void;
		onError?: (error: Error) => void;
	} = {},
): Database {
	const pool = new pg.Pool({
		connectionString: url,
		max: options.max ?? 16,
		connectionTimeoutMillis: 5_000,
		idleTimeoutMillis: 60_000,
		statement_timeout: 15_000,
		// what a server holds that has frozen in the middle is given up in the same time
		idle_in_transaction_session_timeout: 15_000,
		application_name: 'weigh-in',
	});
	pool.on('error', options.onError ?? (() => {}));
	// A connection that breaks between two statements of a transaction tells nobody else, and the next one fails.
	pool.on('connect', (client) => client.on('error', () => {}));
	const { onQuery } = options;
	const settings = {
		schema,
		...(onQuery && { logger: { logQuery: onQuery } }),
	};
	const db = drizzle(pool, settings);
	db.transaction = createTransaction(pool, (client) => drizzle(client, settings));
	return { db, pool, close: () => pool.end() };
}

/**
 * Drizzle's own way to run a transaction never gives back a connection on which `begin` has failed, as it does
 * after the database was away: the pool runs dry and can never be closed. This one always does.
 */
function createTransaction(
	pool: pg.Pool,
	open: (client: pg.PoolClient) => NodePgDatabase<Schema>,
): Db['transaction'] {
	const opened = new WeakMap<pg.PoolClient, NodePgDatabase<Schema>>();
	return async (run, config) => {
		const client = await pool.connect();
		try {
			const db = opened.get(client) ?? open(client);
			opened.set(client, db);
			return await db.transaction(run, config);
		} finally {
			client.release();
		}
	};
}

/** Runs reads that must agree with each other: one snapshot of the database, which cannot be written to. */
export function readSnapshot<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
	return db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}
