import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../../db/embedded.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { ensureBuild } from '../../server/build.ts';
import { findPort } from '../support/server.ts';
import type { Size } from './data/community.ts';
import { fillDatabase } from './data/fill.ts';
import { joinMembers, type Member } from './members.ts';
import { startServer, type ServerProcess } from './processes.ts';

/** An installation with realistic data in an embedded database of its own. */
export type Stage = {
	dataDir: string;
	databaseUrl: string;
	pool: pg.Pool;
	/** what its server runs with beyond the defaults */
	settings: Record<string, string>;
	/** its production server */
	server: ServerProcess;
	/** Makes new members, as {@link joinMembers}. */
	join(count: number): Promise<Member[]>;
	close(): Promise<void>;
};

/** A setting that a real installation would not have: all requests come from one address. */
export const unrealSettings = { RATE_LIMIT: 'off' };
/** Another one, of PostgreSQL: it notes when each transaction was committed. */
export const unrealDatabaseSettings = { track_commit_timestamp: 'on' };

/** Fills a database, starts the server on it and waits until it is ready. */
export async function openStage(
	size: Size,
	report: (line: string) => void = () => {},
): Promise<Stage> {
	await ensureBuild({ info: report });
	const stack = new AsyncDisposableStack();
	try {
		const dataDir = await realpath(await mkdtemp(path.join(tmpdir(), 'weigh-in-bench-')));
		stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
		const log = { info: () => {}, error: console.error };
		const embedded = await startEmbedded({
			dataDir,
			hold: false,
			log,
			settings: unrealDatabaseSettings,
		});
		stack.defer(embedded.stop);
		await migrateDatabase(embedded.url);
		report(`filling ${size.posts} posts and ${size.upvotes} upvotes`);
		await fillDatabase(embedded.url, size);
		const pool = new pg.Pool({ connectionString: embedded.url, max: 4 });
		pool.on('error', () => {});
		stack.defer(() => pool.end());
		const settings = { ...unrealSettings, DATA_DIR: dataDir, PORT: String(await findPort()) };
		const server = await startServer(settings, path.join(dataDir, 'server.log'));
		stack.defer(server.close);
		return {
			dataDir,
			databaseUrl: embedded.url,
			pool,
			settings,
			server,
			join: (count) => joinMembers(pool, count),
			close: () => stack.disposeAsync(),
		};
	} catch (error) {
		await stack.disposeAsync();
		throw error;
	}
}
