import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { PgTransaction } from 'drizzle-orm/pg-core';
import type { NodePgQueryResultHKT } from 'drizzle-orm/node-postgres';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import pg from 'pg';
import { Connection, ConnectError, isDatabaseAway } from './connection.ts';
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
		// the server gives a statement up before; this is for one that has frozen, or is behind a network that has
		query_timeout: 20_000,
		application_name: 'weigh-in',
		Client: Connection,
	});
	pool.on('error', options.onError ?? (() => {}));
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
 * after the database was away: the pool runs dry and can never be closed. This one always does, and gives a
 * connection up on which the database was away: the next one may lead to where it is.
 */
function createTransaction(
	pool: pg.Pool,
	open: (client: pg.PoolClient) => NodePgDatabase<Schema>,
): Db['transaction'] {
	const opened = new WeakMap<pg.PoolClient, NodePgDatabase<Schema>>();
	return async (run, config) => {
		const client = await pool.connect();
		let broken: Error | undefined;
		const notice = (error: Error) => {
			if (!isDatabaseAway(error)) return;
			broken ??= error;
			// a rollback would wait for an answer as long again
			void (client as unknown as pg.Client).end();
		};
		try {
			const db = opened.get(client) ?? open(client);
			opened.set(client, db);
			return await db.transaction(async (tx) => {
				try {
					return await run(tx);
				} catch (error) {
					notice(error as Error);
					throw error;
				}
			}, config);
		} catch (error) {
			notice(error as Error);
			throw broken ?? error;
		} finally {
			client.release(broken);
		}
	};
}

/**
 * Asks the database whether it can be written to; a connection that cannot is given up.
 *
 * @throws what {@link isDatabaseAway} knows, if it is away
 */
export async function checkDatabase({ pool }: Pick<Database, 'pool'>): Promise<void> {
	const client = await pool.connect();
	let broken: Error | undefined;
	try {
		const { rows } = await client.query({
			text: `select current_setting('transaction_read_only') as only`,
			query_timeout: 5_000,
		} as pg.QueryConfig);
		if (rows[0].only !== 'off') throw new ConnectError('the database can only be read');
	} catch (error) {
		broken = error as Error;
		throw error;
	} finally {
		client.release(broken);
	}
}

/** Runs reads that must agree with each other: one snapshot of the database, which cannot be written to. */
export function readSnapshot<T>(db: Db, read: (tx: Tx) => Promise<T>): Promise<T> {
	return db.transaction(read, { isolationLevel: 'repeatable read', accessMode: 'read only' });
}
