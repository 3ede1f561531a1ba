import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, lchown, mkdir, mkdtemp, open, readFile, readdir } from 'node:fs/promises';
import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Account, type Binaries, findBinaries, makeReachable } from './binaries.ts';
import { EmbeddedDatabaseError } from './error.ts';

/**
 * The database's files: `<data folder>/postgresql` holds `password`, `postgresql.log` and
 * `cluster`, PostgreSQL's own folder.
 */
export type Cluster = {
	dataDir: string;
	folder: string;
	data: string;
	binaries: Binaries;
	/** Who runs PostgreSQL when we are root; undefined: the user who runs us. */
	account: Account | undefined;
};

/** The role that owns the cluster; the forum connects as `weighin`, which is no superuser. */
export const superuser = 'postgres';

/**
 * Opens the cluster of a data folder, creating it (about a second) when there is none.
 *
 * @throws EmbeddedDatabaseError when it was written by another major version (nothing is touched),
 * belongs to another user, or cannot be created.
 */
export async function openCluster(dataDir: string): Promise<Cluster> {
	const binaries = await findBinaries();
	const root = process.getuid?.() === 0;
	if (root && process.platform !== 'linux') {
		throw new EmbeddedDatabaseError(
			'PostgreSQL must not run as root. Start the server as an ordinary user, or set DATABASE_URL.',
		);
	}
	await mkdir(dataDir, { recursive: true });
	const real = await realpath(dataDir);
	const folder = path.join(real, 'postgresql');
	const cluster: Cluster = {
		dataDir: real,
		folder,
		data: path.join(folder, 'cluster'),
		binaries,
		account: undefined,
	};
	const owner = await findOwner(cluster);
	const isCopy = root && owner?.uid === 0;
	if (root) cluster.account = owner && !isCopy ? owner : await findAccount();
	if (isCopy) await handOver(cluster, cluster.account!);
	if (owner) await checkVersion(cluster);
	if (cluster.account) cluster.binaries = await makeReachable(binaries, cluster.account);
	if (!owner) await createCluster(cluster);
	await removeDrafts(real);
	return cluster;
}

async function findOwner(cluster: Cluster): Promise<Account | undefined> {
	try {
		const { uid } = await stat(cluster.folder);
		if (process.getuid && process.getuid() !== 0 && process.getuid() !== uid) {
			throw new EmbeddedDatabaseError(
				`The database in ${cluster.folder} belongs to another user (number ${uid}). ` +
					'Start the server as that user, or set DATA_DIR to a folder of your own.',
			);
		}
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
	try {
		const { uid, gid } = await stat(path.join(cluster.data, 'PG_VERSION'));
		return { uid, gid };
	} catch (error) {
		throw new EmbeddedDatabaseError(
			`The database in ${cluster.folder} is damaged: ${(error as Error).message}. ` +
				'Restore the folder from a backup, or move it away to start with an empty database.',
		);
	}
}

/** An account with a name: initdb refuses a number that /etc/passwd does not know. */
async function findAccount(): Promise<Account> {
	const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
	for (const name of ['postgres', 'nobody']) {
		const line = lines.find((fields) => fields[0] === name && Number(fields[2]) > 0);
		if (line) return { uid: Number(line[2]), gid: Number(line[3]) };
	}
	throw new EmbeddedDatabaseError(
		'PostgreSQL must not run as root, and there is no user “postgres” or “nobody” to run it. ' +
			'Start the server as an ordinary user, or set DATABASE_URL.',
	);
}

/**
 * Gives a cluster that root has copied to the account that runs PostgreSQL, which never runs as root. The file by which
 * owners are told goes last: what is interrupted is done again.
 */
async function handOver({ data }: Cluster, { uid, gid }: Account) {
	const mark = path.join(data, 'PG_VERSION');
	for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
		const file = path.join(entry.parentPath, entry.name);
		if (file !== mark) await lchown(file, uid, gid);
	}
	await chmod(data, 0o750);
	await lchown(data, uid, 0);
	await lchown(mark, uid, gid);
}

async function checkVersion(cluster: Cluster) {
	const major = Number.parseInt(cluster.binaries.version);
	const found = (await readClusterFile(cluster, 'PG_VERSION'))?.trim();
	if (found === String(major)) return;
	throw new EmbeddedDatabaseError(
		`The database in ${cluster.folder} was written by PostgreSQL ${found}, and this version of ` +
			`Weigh-In brings PostgreSQL ${major}. Nothing was changed. Move the data with pg_dump ` +
			'from the version that wrote it, or set DATA_DIR to another folder.',
	);
}

/** Creates the cluster beside its place and renames it, so that no half of one is ever in place. */
async function createCluster(cluster: Cluster) {
	const { account, binaries } = cluster;
	const draft = await mkdtemp(path.join(cluster.dataDir, `${draftPrefix}${process.pid}-`));
	try {
		const data = path.join(draft, 'cluster');
		const password = path.join(draft, 'password');
		await mkdir(data, { mode: 0o700 });
		await writeFile(password, randomBytes(24).toString('hex'), { mode: 0o600, flush: true });
		if (account) {
			// Group 0 and 0750 let a root without CAP_DAC_OVERRIDE enter the folder.
			await chmod(data, 0o750);
			await chown(data, account.uid, 0);
			await chown(password, account.uid, account.gid);
			await chmod(draft, 0o711);
		}
		await runInitdb(binaries.initdb, data, account);
		if (account) {
			await chmod(draft, 0o700);
			await chown(password, 0, 0);
		}
		await rename(draft, cluster.folder);
		await syncFolder(cluster.dataDir);
	} catch (error) {
		await rm(draft, { recursive: true, force: true }).catch(() => {});
		// Another process was faster: its cluster is as good as ours.
		const { code } = error as NodeJS.ErrnoException;
		if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
	}
}

async function runInitdb(initdb: string, data: string, account: Account | undefined) {
	const child = spawn(
		initdb,
		[
			`--pgdata=${dataArgument(data, account)}`,
			`--username=${superuser}`,
			'--auth=scram-sha-256',
			'--pwfile=../password',
			'--encoding=UTF8',
			'--locale=C',
			'--locale-provider=builtin',
			'--builtin-locale=C.UTF-8',
			...(account ? ['--allow-group-access'] : []),
		],
		{ ...spawnOptions(data, account), stdio: ['ignore', 'ignore', 'pipe'] },
	);
	let complaint = '';
	child.stderr.setEncoding('utf8').on('data', (text) => (complaint += text));
	const problem = await new Promise<string | undefined>((resolve) => {
		child.on('error', (error) => resolve(error.message));
		child.on('close', (code, signal) =>
			resolve(code === 0 ? undefined : complaint.trim() || `initdb was ended by ${signal}`),
		);
	});
	if (problem === undefined) return;
	throw new EmbeddedDatabaseError(
		`The database could not be created in ${path.dirname(path.dirname(data))}: ${problem}`,
	);
}

const draftPrefix = 'postgresql-draft-';

/** Removes what an initdb that was killed midway left behind. */
async function removeDrafts(dataDir: string) {
	for (const name of await readdir(dataDir)) {
		if (!name.startsWith(draftPrefix)) continue;
		const draft = path.join(dataDir, name);
		const pid = Number.parseInt(name.slice(draftPrefix.length));
		const made = (await stat(draft).catch(() => undefined))?.mtimeMs ?? 0;
		const abandoned = !isRunning(pid) || Date.now() - made > 10 * 60_000;
		// An orphaned initdb may still be writing: then the next start removes the rest.
		if (abandoned) await rm(draft, { recursive: true, force: true }).catch(() => {});
	}
}

export function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

async function syncFolder(folder: string) {
	if (process.platform === 'win32') return;
	const handle = await open(folder);
	await handle.sync().finally(() => handle.close());
}

/**
 * How PostgreSQL is told its folder. As an unprivileged account it could not walk there by path
 * when a folder above is root's alone, but it may stay in a working directory that it was put in.
 */
export function dataArgument(data: string, account: Account | undefined): string {
	return account ? '/proc/self/cwd' : data;
}

/** Options that PostgreSQL's programs have in common: out of reach of Ctrl-C, free of our environment. */
export function spawnOptions(data: string, account: Account | undefined) {
	const { PATH } = process.env;
	const env = process.platform === 'win32' ? process.env : { PATH, LC_ALL: 'C', TZ: 'UTC' };
	return { ...account, cwd: data, env, detached: true, windowsHide: true };
}

/** Returns the text of a file in PostgreSQL's folder, or undefined when there is none. */
export async function readClusterFile(cluster: Cluster, name: string): Promise<string | undefined> {
	try {
		return await readFile(path.join(cluster.data, name), 'latin1');
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		if (code === 'EACCES' && cluster.account) return runInCluster(cluster, 'cat "$1"', name);
		if (code === 'ENOENT' || code === 'EBUSY') return undefined;
		throw error;
	}
}

/** Runs a line of shell as PostgreSQL's account in its folder: for a root with few capabilities. */
export async function runInCluster(cluster: Cluster, script: string, argument: string) {
	const { detached: _, ...options } = spawnOptions(cluster.data, cluster.account);
	return promisify(execFile)('/bin/sh', ['-c', script, 'sh', argument], options).then(
		({ stdout }) => stdout,
		() => undefined,
	);
}
