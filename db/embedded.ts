import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { openCluster } from './embedded/cluster.ts';
import { EmbeddedDatabaseError, explain } from './embedded/error.ts';
import { type Lease, acquire, leave } from './embedded/lease.ts';

export { EmbeddedDatabaseError };

type Log = { info(message: string): void; error(message: string): void };

type EmbeddedOptions = {
	/** Created when missing. The database lives in its folder `postgresql`. */
	dataDir: string;
	/** True for the server, which has the folder to itself; false for a command beside it. */
	hold: boolean;
	log: Log;
	/** PostgreSQL settings beyond the defaults, such as `{ shared_buffers: '256MB' }`. */
	settings?: Record<string, string>;
	/** Told when PostgreSQL's process is there and gets ready by itself. */
	onLaunch?: () => void;
	/** Aborted when this process is about to end: PostgreSQL may then be told to end as well, and is not started again. */
	ending?: AbortSignal;
};

export type EmbeddedDatabase = {
	/** postgres://… of the database `weighin`, password included; stays valid until `stop()`. */
	url: string;
	/** Leaves the database; the last to leave shuts it down cleanly. Close the pools first. */
	stop(): Promise<void>;
};

/**
 * Starts the PostgreSQL that comes with npm on a data folder, or joins the one that runs there.
 *
 * It listens on 127.0.0.1 only, on a free port, with a generated password (`postgresql/password`
 * in the data folder, mode 0600), and every commit is on disk before it is acknowledged. It runs
 * in a session of its own: Ctrl-C does not reach it, and when this process is killed it lives on,
 * to be joined by the next start. Should it end by itself, it is started again on the same port.
 *
 * As root, PostgreSQL runs as the account `postgres`, else `nobody`, or as whoever owns the
 * cluster. The data stay in the data folder even when that account cannot walk there; programs it
 * cannot reach are copied once to /var/lib/weigh-in. This needs Linux and the capabilities
 * CAP_SETUID, CAP_SETGID and CAP_CHOWN.
 *
 * @throws EmbeddedDatabaseError when another server holds the folder, when the cluster is of
 * another major version (nothing is touched then), or when PostgreSQL cannot be started.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
	const { log, settings = {}, onLaunch, ending } = options;
	const { cluster, password } = await open(path.resolve(options.dataDir));
	const request = { cluster, password, settings, hold: options.hold };
	let lease = await acquire(request, onLaunch);
	await createDatabase(lease, password).catch(async (error) => {
		await leave(cluster, lease);
		throw explain(error, cluster.dataDir);
	});
	const { port } = lease;

	const stopping = new AbortController();
	let recovery = Promise.resolve();
	const watch = () => lease.client.once('end', () => (recovery = recover()));
	watch();

	let delay = 100;
	let runningSince = Date.now();
	async function recover() {
		// whoever ends both of us at once reaches PostgreSQL first
		await sleep(100, undefined, stopping).catch(() => {});
		if (stopping.signal.aborted || ending?.aborted) return;
		log.error('PostgreSQL has ended unexpectedly; starting it again.');
		if (Date.now() - runningSince > 60_000) delay = 100;
		while (!stopping.signal.aborted) {
			await sleep(delay, undefined, stopping).catch(() => {});
			delay = Math.min(2 * delay, 10_000);
			try {
				lease = await acquire({ ...request, port });
				runningSince = Date.now();
				watch();
				return log.info('PostgreSQL is running again.');
			} catch (error) {
				log.error(`PostgreSQL is not running yet: ${(error as Error).message}`);
			}
		}
	}

	async function stop() {
		stopping.abort();
		await recovery;
		await leave(cluster, lease);
	}

	let stopped: Promise<void> | undefined;
	return {
		url: `postgres://weighin:${password}@127.0.0.1:${port}/weighin?sslmode=disable`,
		stop: () => (stopped ??= stop()),
	};
}

async function open(dataDir: string) {
	try {
		const cluster = await openCluster(dataDir);
		const password = await readFile(path.join(cluster.folder, 'password'), 'utf8');
		return { cluster, password: password.trim() };
	} catch (error) {
		throw explain(error, dataDir);
	}
}

/** The forum's own role is no superuser, so that a hole in the forum is not one in the machine. */
async function createDatabase({ client }: Lease, password: string) {
	const { rowCount } = await client.query(`select from pg_database where datname = 'weighin'`);
	if (rowCount) return;
	await unlessExists(client, `create role weighin login createdb password '${password}'`);
	await unlessExists(client, 'create database weighin owner weighin');
}

async function unlessExists(client: pg.Client, statement: string) {
	await client.query(statement).catch((error) => {
		// Duplicate role, duplicate database, and what two at the same moment get.
		if (!['42710', '42P04', '23505'].includes(error.code)) throw error;
	});
}
