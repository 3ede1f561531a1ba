import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Cluster, superuser } from './cluster.ts';
import { EmbeddedDatabaseError, explain } from './error.ts';
import { findFreePort, findPostmaster, launchPostmaster } from './postmaster.ts';
import { nameOf, readLogEnd, shutDown } from './postmaster.ts';

/** What a process wants of the database. */
type Request = {
	cluster: Cluster;
	password: string;
	settings: Record<string, string>;
	hold: boolean;
	/** Only this port will do: our pools know no other. */
	port?: number;
};

/**
 * A place among the users of a running PostgreSQL, kept by advisory locks of this connection: the
 * system itself releases those of a process that was killed.
 */
export type Lease = { client: pg.Client; pid: number; port: number };

/** Advisory locks of the database `postgres`: a shared one for every user, one for the server. */
const locks = { use: 7_370_001, hold: 7_370_002 };

const longestStart = 120_000;
const mostAttempts = 5;
/** A server that is just leaving gets this long before another one is refused, in milliseconds. */
const patienceWithHolder = 2000;

/** Joins the running PostgreSQL or starts one; whoever loses a race to start it joins the winner's. */
export async function acquire(request: Request, onLaunch?: () => void): Promise<Lease> {
	const { cluster, settings } = request;
	let launched: { hasEnded(): boolean } | undefined;
	let attempts = 0;
	for (const end = Date.now() + longestStart; Date.now() < end; await sleep(10)) {
		const running = await findPostmaster(cluster);
		if (running?.port) {
			onLaunch?.();
			const client = await connect(request, running.port);
			const lease = client && { client, pid: running.pid, port: running.port };
			if (lease && (await enter(request, lease))) return lease;
		} else if (!running && (!launched || launched.hasEnded())) {
			if (attempts === mostAttempts) break;
			await sleep(100 * attempts++);
			const port = request.port ?? (await findFreePort());
			launched = await launchPostmaster(cluster, { port, settings }).catch((error) => {
				throw explain(error, cluster.dataDir);
			});
			onLaunch?.();
		}
	}
	throw new EmbeddedDatabaseError(
		`PostgreSQL does not start on ${cluster.folder}. Its log postgresql.log there ends with:\n` +
			(await readLogEnd(cluster)),
	);
}

/** Returns nothing while PostgreSQL is starting, stopping, or full. */
async function connect({ password, cluster }: Request, port: number) {
	const client = new pg.Client({
		host: '127.0.0.1',
		port,
		user: superuser,
		password,
		database: 'postgres',
		ssl: false,
		application_name: 'weigh-in lease',
		connectionTimeoutMillis: 5000,
	});
	client.on('error', () => {});
	try {
		await client.connect();
		return client;
	} catch (error) {
		if ((error as pg.DatabaseError).code !== '28P01') return undefined;
		throw new EmbeddedDatabaseError(
			`The file password in ${cluster.folder} is not that of the database in it. ` +
				'Restore both from the same backup.',
		);
	}
}

/**
 * Takes the locks. Returns false, and closes the connection, when PostgreSQL is being shut down or
 * was found to need a restart: an orphan of a killed server may run with other settings.
 */
async function enter({ cluster, settings, hold, port }: Request, lease: Lease): Promise<boolean> {
	const { client } = lease;
	try {
		if (!(await tryLock(client, 'shared', locks.use))) return await close(client);
		if (port !== undefined && port !== lease.port) {
			await leave(cluster, lease);
			throw new EmbeddedDatabaseError('another process has started it on another port');
		}
		if (!hold) return true;
		const end = Date.now() + patienceWithHolder;
		while (!(await tryLock(client, 'exclusive', locks.hold))) {
			if (Date.now() > end) {
				await leave(cluster, lease);
				throw new EmbeddedDatabaseError(
					`Another Weigh-In server is using the data folder ${cluster.dataDir}. ` +
						'Stop it first, or give this one a folder of its own with DATA_DIR.',
				);
			}
			await sleep(50);
		}
		const { rows } = await client.query('show cluster_name');
		if (rows[0].cluster_name === nameOf(cluster, settings)) return true;
		if (!(await isLast(client))) {
			return (await tryLock(client, 'shared', locks.use)) || (await close(client));
		}
		await shutDown(cluster, lease.pid);
		return await close(client);
	} catch (error) {
		if (error instanceof EmbeddedDatabaseError) throw error;
		return close(client);
	}
}

async function tryLock(client: pg.Client, kind: 'shared' | 'exclusive', key: number) {
	const suffix = kind === 'shared' ? '_shared' : '';
	const { rows } = await client.query(`select pg_try_advisory_lock${suffix}($1) as got`, [key]);
	return rows[0].got as boolean;
}

/** Returns false, as the answer of those who call it on their way out. */
async function close(client: pg.Client): Promise<false> {
	await client.end().catch(() => {});
	return false;
}

/** Gives the place up. Returns true when no other user is left, and lets nobody in from then on. */
async function isLast(client: pg.Client): Promise<boolean> {
	await client.query('select pg_advisory_unlock_shared($1)', [locks.use]);
	return tryLock(client, 'exclusive', locks.use);
}

/** The last one out turns off the light: shuts PostgreSQL down when nobody else uses it. */
export async function leave(cluster: Cluster, { client, pid }: Lease): Promise<void> {
	// A lost connection has lost its locks too: PostgreSQL has ended already.
	const last = await isLast(client).catch(() => false);
	const isDown = !last || (await shutDown(cluster, pid));
	await close(client);
	if (isDown) return;
	throw new EmbeddedDatabaseError(
		`PostgreSQL (process ${pid}) is still shutting down; no data is lost.`,
	);
}
