import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../db/client.ts';
import { closeAtEnd } from './closing.ts';

export const templateName = 'weighin_template';

/** The address of another database in the same PostgreSQL. */
export function atDatabase(url: string, name: string): string {
	const address = new URL(url);
	address.pathname = `/${name}`;
	return address.href;
}

let server: string | undefined;

/** Outside of Vitest: the PostgreSQL that has the template. */
export function useServer(url: string): void {
	server = url;
}

export type TestDatabase = Database & {
	url: string;
	/** what runs there through `db`, whoever asks */
	statements: string[];
	/** What `act` runs there until it has ended, however it reaches the database; nothing of what others run meanwhile. */
	statementsOf(act: () => Promise<unknown>): Promise<string[]>;
};

/** A database of its own with the current schema and nothing in it; `statements` collects what runs there. */
export const createTestDatabase = (): Promise<TestDatabase> => closeAtEnd(createDatabase());

async function createDatabase(): Promise<TestDatabase> {
	const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
	const home = server ?? inject('databaseUrl');
	await administer(home, `create database ${name} template ${templateName}`);
	const url = atDatabase(home, name);
	const statements: string[] = [];
	const database = openDatabase(url, { onQuery: (statement) => statements.push(statement) });
	const statementsOf = watchStatements(database.pool);
	const close = async () => {
		await database.close();
		await dropDatabase(home, name);
	};
	return { ...database, url, statements, statementsOf, close };
}

function watchStatements(pool: pg.Pool): TestDatabase['statementsOf'] {
	const collecting = new AsyncLocalStorage<string[]>();
	pool.on('connect', (client) => {
		const watched = (statement: string | { text: string }, ...rest: unknown[]) => {
			collecting.getStore()?.push(typeof statement === 'string' ? statement : statement.text);
			// looked up anew, for others who watch
			const { query } = pg.Client.prototype;
			return (query as (...parameters: unknown[]) => unknown).call(client, statement, ...rest);
		};
		client.query = watched as typeof client.query;
	});
	return async (act) => {
		const statements: string[] = [];
		await collecting.run(statements, act);
		// what it has left to timers runs in its context later
		return [...statements];
	};
}

/** An autovacuum worker that is there at the moment may not be ended, and leaves by itself. */
async function dropDatabase(server: string, name: string, attempts = 20): Promise<void> {
	try {
		await administer(server, `drop database ${name} with (force)`);
	} catch (error) {
		if (attempts === 0 || (error as { code?: string }).code !== '42501') throw error;
		await sleep(250);
		await dropDatabase(server, name, attempts - 1);
	}
}

async function administer(url: string, statement: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		await client.query(statement);
	} finally {
		await client.end();
	}
}
