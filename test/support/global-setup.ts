import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { ensureBuild } from '../../server/build.ts';
import { atDatabase, templateName } from './database.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** the PostgreSQL of this run; each test file takes a database of its own in it */
		databaseUrl: string;
	}
}

const log = { info: () => {}, error: (message: string) => console.error(message) };

/** Builds the client and starts a PostgreSQL with a migrated template for the databases of the tests. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
	await ensureBuild(log);
	const dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-test-'));
	const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
	const embedded = await startEmbedded({ dataDir, hold: true, log, settings });
	const tearDown = async () => {
		await embedded.stop();
		await rm(dataDir, { recursive: true, force: true });
	};
	try {
		const client = new pg.Client({ connectionString: embedded.url });
		await client.connect();
		await client.query(`create database ${templateName}`);
		await client.end();
		await migrateDatabase(atDatabase(embedded.url, templateName));
	} catch (error) {
		await tearDown();
		throw error;
	}
	project.provide('databaseUrl', embedded.url);
	return tearDown;
}
