import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { ensureBuild } from '../../server/build.ts';
import { atDatabase, templateName } from './database.ts';
import { keepInstallations } from './installations.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** the PostgreSQL of this run; each test file takes a database of its own in it */
		databaseUrl: string;
	}
}

const log = { info: () => {}, error: (message: string) => console.error(message) };

/** Builds the client and starts a PostgreSQL with a migrated template for the databases of the tests. */
export default async function setUp(
	project: Pick<TestProject, 'provide'>,
): Promise<() => Promise<void>> {
	await ensureBuild(log);
	const { url, tearDown } = await openPostgres();
	try {
		const client = new pg.Client({ connectionString: url });
		await client.connect();
		await client.query(`drop database if exists ${templateName}`);
		await client.query(`create database ${templateName} template template0 encoding 'UTF8'`);
		await client.end();
		await migrateDatabase(atDatabase(url, templateName));
	} catch (error) {
		await tearDown();
		throw error;
	}
	project.provide('databaseUrl', url);
	const installations = await mkdtemp(join(tmpdir(), 'weigh-in-installations-'));
	keepInstallations(installations);
	return async () => {
		await tearDown();
		await rm(installations, { recursive: true, force: true });
	};
}

/** The PostgreSQL that is named, or else one of this run's own. */
async function openPostgres(): Promise<{ url: string; tearDown(): Promise<void> }> {
	const { TEST_DATABASE_URL: named } = process.env;
	if (named) return { url: named, tearDown: async () => {} };
	const dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-test-'));
	const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
	const embedded = await startEmbedded({ dataDir, hold: true, log, settings });
	const tearDown = async () => {
		await embedded.stop();
		await rm(dataDir, { recursive: true, force: true });
	};
	return { url: embedded.url, tearDown };
}
