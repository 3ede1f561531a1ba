import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chown, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Cluster, dataArgument, isRunning, readClusterFile } from './cluster.ts';
import { runInCluster, spawnOptions } from './cluster.ts';

/** PostgreSQL's first process. It has no port yet while it is starting. */
type Postmaster = { pid: number; port: number | undefined };

const largestLog = 1024 * 1024;

/**
 * Finds the PostgreSQL that is running on the cluster, whoever started it.
 *
 * The file postmaster.pid is believed only when its process really is this cluster's PostgreSQL:
 * after a crash the file stays, and its pid and port may by now be somebody else's.
 */
export async function findPostmaster(cluster: Cluster): Promise<Postmaster | undefined> {
	const lines = (await readClusterFile(cluster, 'postmaster.pid'))?.split('\n') ?? [];
	const pid = Number.parseInt(lines[0] ?? '');
	if (!(pid > 0) || !(await isPostmaster(cluster, pid))) return undefined;
	return { pid, port: Number.parseInt(lines[3] ?? '') || undefined };
}

async function isPostmaster(cluster: Cluster, pid: number): Promise<boolean> {
	if (process.platform !== 'linux') return isNamedPostgres(pid);
	// A zombie (Z, X) has ended, though the system still knows its pid.
	const status = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
	if (!/^\d+ \(postgres\) [^ZX]/.test(status)) return false;
	try {
		const [theirs, ours] = await Promise.all([
			stat(`/proc/${pid}/cwd`, { bigint: true }),
			stat(cluster.data, { bigint: true }),
		]);
		return theirs.dev === ours.dev && theirs.ino === ours.ino;
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if ((code !== 'EACCES' && code !== 'EPERM') || !cluster.account) return false;
		const answer = await runInCluster(cluster, '[ "/proc/$1/cwd" -ef . ] && echo yes', `${pid}`);
		return answer?.trim() === 'yes';
	}
}

async function isNamedPostgres(pid: number): Promise<boolean> {
	const [program, ...rest] =
		process.platform === 'win32'
			? ['tasklist', '/FO', 'CSV', '/NH', '/FI', `PID eq ${pid}`]
			: ['ps', '-o', 'stat=,comm=', '-p', `${pid}`];
	const { stdout } = await promisify(execFile)(program!, rest).catch(() => ({ stdout: '' }));
	return stdout.includes('postgres') && !stdout.startsWith('Z');
}

/** Names the programs and settings that a PostgreSQL runs with (its `cluster_name`). */
export function nameOf(cluster: Cluster, settings: Record<string, string>): string {
	const facts = JSON.stringify([cluster.binaries.version, Object.entries(settings).sort()]);
	return `weigh-in-${createHash('sha256').update(facts).digest('hex').slice(0, 12)}`;
}

/**
 * Starts PostgreSQL in a session of its own, so that neither Ctrl-C nor our end ends it.
 * Returns at once, before it accepts connections; `hasEnded()` tells when it gave up.
 */
export async function launchPostmaster(
	cluster: Cluster,
	{ port, settings }: { port: number; settings: Record<string, string> },
): Promise<{ hasEnded(): boolean }> {
	const values: Record<string, string> = {
		fsync: 'on',
		synchronous_commit: 'on',
		timezone: 'UTC',
		log_timezone: 'UTC',
		// Its own events and refusals, not every statement that failed: those are our log's business.
		log_min_messages: 'log',
		log_checkpoints: 'off',
		...settings,
		listen_addresses: '127.0.0.1',
		unix_socket_directories: '',
		port: String(port),
		cluster_name: nameOf(cluster, settings),
	};
	const flags = Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	await disarmPidFile(cluster);
	const log = await openLog(cluster);
	try {
		const child = spawn(
			cluster.binaries.postgres,
			['-D', dataArgument(cluster.data, cluster.account), ...flags],
			{ ...spawnOptions(cluster.data, cluster.account), stdio: ['ignore', log.fd, log.fd] },
		);
		await once(child, 'spawn');
		child.unref();
		return { hasEnded: () => child.exitCode !== null || child.signalCode !== null };
	} finally {
		await log.close();
	}
}

/**
 * PostgreSQL refuses to start when the pid in a stale postmaster.pid is in use again, except by its
 * own parent. So the file gets our pid; deleting it would lose the shared memory's key in it, by
 * which PostgreSQL notices that orphaned backends still write.
 */
async function disarmPidFile(cluster: Cluster) {
	const file = path.join(cluster.data, 'postmaster.pid');
	const handle = await open(file, 'r+').catch(() => undefined);
	if (!handle) return;
	// All through one handle: should another process start PostgreSQL meanwhile, its file is another.
	try {
		const [first = '', ...rest] = (await handle.readFile('latin1')).split('\n');
		const pid = Number.parseInt(first);
		if (pid > 0) {
			if (!isRunning(pid) || (await isPostmaster(cluster, pid))) return;
			await handle.truncate();
			await handle.write([process.pid, ...rest].join('\n'), 0, 'latin1');
		} else if (Date.now() - (await handle.stat()).mtimeMs > 5000) {
			// Empty for so long: a power failure left it.
			await unlink(file);
		}
	} finally {
		await handle.close();
	}
}

function logFile(cluster: Cluster): string {
	return path.join(cluster.folder, 'postgresql.log');
}

/** A log that has grown past a megabyte is put aside, in place of the one put aside before. */
async function openLog(cluster: Cluster) {
	const file = logFile(cluster);
	const size = (await stat(file).catch(() => undefined))?.size ?? 0;
	if (size > largestLog) await rename(file, `${file}.1`);
	const handle = await open(file, 'a', 0o600);
	if (cluster.account) {
		const { uid, gid } = await stat(cluster.folder);
		if (uid !== 0) await chown(file, uid, gid);
	}
	return handle;
}

/** Returns the last lines that PostgreSQL logged, for an error message. */
export async function readLogEnd(cluster: Cluster): Promise<string> {
	const text = await readFile(logFile(cluster), 'utf8').catch(() => '');
	return text.trim().split('\n').slice(-4).join('\n');
}

/**
 * Asks for a fast shutdown: clients are disconnected, everything is written to disk.
 * Returns false when PostgreSQL is still there after `patience` milliseconds.
 */
export async function shutDown(cluster: Cluster, pid: number, patience = 60_000): Promise<boolean> {
	await interrupt(cluster, pid);
	for (const end = Date.now() + patience; Date.now() < end; await sleep(10)) {
		if (!(await isPostmaster(cluster, pid))) return true;
	}
	return false;
}

async function interrupt(cluster: Cluster, pid: number) {
	try {
		if (process.platform !== 'win32') return void process.kill(pid, 'SIGINT');
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === 'ESRCH') return;
		if (code !== 'EPERM') throw error;
	}
	// Windows has no such signal; a root without CAP_KILL may not send it. pg_ctl can.
	const { detached: _, ...options } = spawnOptions(cluster.data, cluster.account);
	await promisify(execFile)(cluster.binaries.pg_ctl, ['kill', 'INT', `${pid}`], options);
}

export async function findFreePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	if (address === null || typeof address === 'string') throw new Error('No port was given.');
	return address.port;
}
