import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
	cleanUp,
	end,
	findPid,
	isRoot,
	isRunning,
	makeFolder,
} from './support/embedded-process.ts';
import { query, run, stageCheckout, start } from './support/embedded-process.ts';

let folder: string;
let dataDir: string;

beforeEach(async () => {
	folder = await makeFolder();
	dataDir = path.join(folder, 'data');
});

afterEach(() => cleanUp([dataDir]));

async function countRows(url: string) {
	const [[count] = []] = await query(url, 'select count(*)::int from notes');
	return count;
}

test('starts on an empty folder: durable, on loopback only, behind a password', async () => {
	const { url } = await start(dataDir);
	const settings = ['fsync', 'synchronous_commit', 'listen_addresses', 'server_encoding'];
	const shown = settings.map((name) => `current_setting('${name}')`);
	expect(await query(url, `select ${shown}`)).toEqual([['on', 'on', '127.0.0.1', 'UTF8']]);
	expect(await query(url, `select current_database(), current_user::text, lower('ÄÖ')`)).toEqual([
		['weighin', 'weighin', 'äö'],
	]);
	expect(await query(url, `select rolsuper from pg_roles where rolname = current_user`)).toEqual([
		[false],
	]);
	expect((await stat(path.join(dataDir, 'postgresql/password'))).mode & 0o777).toBe(0o600);
	const wrong = url.replace(/:[0-9a-f]{48}@/, ':wrong@');
	expect(wrong).not.toBe(url);
	await expect(query(wrong, 'select 1')).rejects.toThrow('password authentication failed');
});

test('keeps its data from one start to the next', async () => {
	const first = await start(dataDir);
	await query(first.url, 'create table notes (body text)');
	await query(first.url, `insert into notes values ('kept')`);
	await end(first);
	expect(await findPid(dataDir)).toBeUndefined();
	const second = await start(dataDir);
	expect(await query(second.url, 'select body from notes')).toEqual([['kept']]);
});

test('works in a folder with spaces, quotes and a path longer than a socket name may be', async () => {
	dataDir = path.join(folder, `a folder's "data" $HOME`, 'deep '.repeat(12), 'deeper'.repeat(12));
	const { url } = await start(dataDir);
	expect(await query(url, 'select 1')).toEqual([[1]]);
});

describe('who may start it', () => {
	test('an ordinary user, in a folder of their own', async () => {
		if (!isRoot) {
			const { url } = await start(dataDir);
			expect(await query(url, 'select 1')).toEqual([[1]]);
			expect((await stat(path.join(dataDir, 'postgresql/cluster'))).uid).toBe(process.getuid!());
			return;
		}
		const account = { uid: 65534, gid: 65534 };
		const staged = await stageCheckout(path.join(folder, 'checkout'));
		await chmod(folder, 0o755);
		await mkdir(dataDir);
		await chown(dataDir, account.uid, account.gid);
		const server = await start(dataDir, { ...staged, account });
		expect(await query(server.url, 'select 1')).toEqual([[1]]);
		expect((await stat(path.join(dataDir, 'postgresql'))).uid).toBe(account.uid);
		await end(server);
		// Root may take over from that user, and hand back.
		await end(await start(dataDir));
		await end(await start(dataDir, { ...staged, account }));
	});

	test('root, where nobody else can reach data or programs; others are refused', async () => {
		if (!isRoot) {
			await mkdir(dataDir);
			await chmod(dataDir, 0o500);
			const { refusal } = await run(dataDir).answer;
			expect(refusal).toContain('permission denied');
			expect(refusal).toContain('Check who owns the folder');
			await chmod(dataDir, 0o700);
			return;
		}
		const staged = await stageCheckout(path.join(folder, 'a checkout'));
		await chmod(folder, 0o700);
		const server = await start(dataDir, staged);
		await query(server.url, 'create extension pg_trgm');
		await query(server.url, 'create table notes as select g from generate_series(1, 10000) g');
		await query(server.url, 'vacuum analyze notes');
		await query(server.url, 'create database copy template weighin').catch(() => {});
		expect(await countRows(server.url)).toBe(10000);
		expect((await stat(path.join(dataDir, 'postgresql/cluster'))).uid).toBeGreaterThan(0);
		expect((await stat(folder)).mode & 0o777).toBe(0o700);
		await end(server, 'SIGKILL');
		const next = await start(dataDir, staged);
		expect(await countRows(next.url)).toBe(10000);
		await end(next);

		// A plain user meets a sentence, not a stack trace.
		await chmod(folder, 0o755);
		const account = { uid: 65533, gid: 65533 };
		const { refusal } = await run(dataDir, { ...staged, account }).answer;
		expect(refusal).toContain('belongs to another user');
	});
});

describe('when the server is killed', () => {
	test('the next start joins the orphan and has every acknowledged row', async () => {
		const first = await start(dataDir);
		await query(first.url, 'create table notes (id int)');
		let acknowledged = 0;
		const writing = (async () => {
			for (;;) {
				await query(first.url, `insert into notes values (${acknowledged})`);
				acknowledged++;
				if (acknowledged === 20) process.kill(first.child.pid!, 'SIGKILL');
				if (acknowledged === 40) return;
			}
		})();
		await writing;
		// Ends only when PostgreSQL has not kept the server's output open.
		await end(first);
		const orphan = await findPid(dataDir);
		expect(isRunning(orphan!)).toBe(true);
		const second = await start(dataDir);
		expect(await findPid(dataDir)).toBe(orphan);
		expect(await countRows(second.url)).toBe(acknowledged);
	});

	test('an orphan with other settings is restarted', async () => {
		await end(await start(dataDir), 'SIGKILL');
		const { url } = await start(dataDir, { settings: { max_connections: '42' } });
		expect(await query(url, 'show max_connections')).toEqual([['42']]);
	});

	test('together with PostgreSQL, a pid that is in use again does not block the start', async () => {
		const first = await start(dataDir);
		await query(first.url, 'create table notes (id int)');
		await query(first.url, 'insert into notes values (1)');
		const pid = await findPid(dataDir);
		await end(first, 'SIGKILL');
		process.kill(pid!, 'SIGKILL');
		const file = path.join(dataDir, 'postgresql/cluster/postmaster.pid');
		const { uid, gid } = await stat(file);
		const stranger = spawn('sleep', ['60'], isRoot ? { uid, gid, cwd: '/' } : {});
		try {
			await writeFile(file, (await readFile(file, 'latin1')).replace(/^\d+/, `${stranger.pid}`));
			const second = await start(dataDir);
			expect(await countRows(second.url)).toBe(1);
			expect(isRunning(stranger.pid!)).toBe(true);
		} finally {
			stranger.kill('SIGKILL');
		}
	});

	test('while the database is being created, the next start begins anew', async () => {
		const first = run(dataDir);
		const isCreating = async () =>
			(await readdir(dataDir).catch(() => [])).some((name) => name.includes('draft'));
		while (!(await isCreating())) await sleep(5);
		await sleep(100);
		for (const pid of await findChildren(first.child.pid!)) process.kill(pid, 'SIGKILL');
		await end(first, 'SIGKILL');
		expect(existsSync(path.join(dataDir, 'postgresql'))).toBe(false);
		const second = await start(dataDir);
		expect(await query(second.url, 'select 1')).toEqual([[1]]);
		await end(second);
		await end(await start(dataDir));
		expect(await readdir(dataDir)).toEqual(['postgresql']);
	});
});

async function findChildren(pid: number): Promise<number[]> {
	const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
	return list.split(' ').filter(Boolean).map(Number);
}

describe('a second server on the same folder', () => {
	test('is refused with a sentence, and welcome when the first has stopped', async () => {
		const first = await start(dataDir);
		const { refusal } = await run(dataDir).answer;
		expect(refusal).toBe(
			`Another Weigh-In server is using the data folder ${dataDir}. ` +
				'Stop it first, or give this one a folder of its own with DATA_DIR.',
		);
		expect(await query(first.url, 'select 1')).toEqual([[1]]);
		await end(first);
		expect(await query((await start(dataDir)).url, 'select 1')).toEqual([[1]]);
	});

	test('at the same moment on an empty folder: one starts, one is refused', async () => {
		const answers = await Promise.all([run(dataDir).answer, run(dataDir).answer]);
		const winner = answers.find((answer) => answer.url);
		const loser = answers.find((answer) => answer.refusal);
		expect(loser!.refusal).toContain('Another Weigh-In server');
		expect(await query(winner!.url!, 'select 1')).toEqual([[1]]);
	});

	test('at the moment when the first stops, takes over', async () => {
		const first = await start(dataDir);
		const second = run(dataDir);
		await sleep(200);
		await end(first);
		const { url } = await second.answer;
		expect(await query(url!, 'select 1')).toEqual([[1]]);
	});
});

test('a folder of another major version is refused and left as it was', async () => {
	await end(await start(dataDir));
	await writeFile(path.join(dataDir, 'postgresql/cluster/PG_VERSION'), '12\n');
	const before = await describeFiles();
	const { refusal } = await run(dataDir).answer;
	expect(refusal).toContain('was written by PostgreSQL 12');
	expect(refusal).toContain('brings PostgreSQL 18');
	expect(await describeFiles()).toEqual(before);
});

async function describeFiles() {
	const names = await readdir(dataDir, { recursive: true });
	const facts = names.sort().map(async (name) => {
		const { mode, uid, size, mtimeMs } = await stat(path.join(dataDir, name));
		return [name, mode, uid, size, mtimeMs].join(' ');
	});
	return Promise.all(facts);
}

test('PostgreSQL is started again on the same port when it dies', async () => {
	const server = await start(dataDir);
	await query(server.url, 'create table notes (id int)');
	for (const round of [1, 2]) {
		await query(server.url, `insert into notes values (${round})`);
		const pid = await findPid(dataDir);
		process.kill(pid!, 'SIGKILL');
		await expect.poll(() => countRows(server.url).catch(() => 0), { timeout: 20_000 }).toBe(round);
		expect(await findPid(dataDir)).not.toBe(pid);
	}
	await expect.poll(server.said).toContain('PostgreSQL is running again.');
	await end(server);
	expect(await findPid(dataDir)).toBeUndefined();
});

test('Ctrl-C in the terminal reaches the server, not PostgreSQL', async () => {
	const server = await start(dataDir);
	const pid = await findPid(dataDir);
	process.kill(-server.child.pid!, 'SIGINT');
	await end(server);
	expect(isRunning(pid!)).toBe(true);
	expect(await query(server.url, 'select 1')).toEqual([[1]]);
});

describe('a command', () => {
	test('works beside the server, and the last to leave stops PostgreSQL', async () => {
		const server = await start(dataDir);
		const passing = await start(dataDir, { mode: 'join' });
		expect(passing.url).toBe(server.url);
		await end(passing);
		expect(await query(server.url, 'select 1')).toEqual([[1]]);

		const staying = await start(dataDir, { mode: 'join' });
		await end(server);
		expect(await query(staying.url, 'select 1')).toEqual([[1]]);
		await end(staying);
		expect(await findPid(dataDir)).toBeUndefined();
	});

	test('starts PostgreSQL when no server runs, and leaves it to one that has joined', async () => {
		const command = await start(dataDir, { mode: 'join' });
		const server = await start(dataDir);
		await end(command);
		expect(await query(server.url, 'select 1')).toEqual([[1]]);
		await end(server);
		const alone = await start(dataDir, { mode: 'join' });
		await end(alone);
		expect(await findPid(dataDir)).toBeUndefined();
	});
});
