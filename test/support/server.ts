import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeAtEnd } from './closing.ts';
import { copyInstallation } from './installations.ts';

const root = path.resolve(import.meta.dirname, '../..');
const longestStart = 90_000;

type Settings = Record<string, string>;
type LogEntry = { level: number; msg: string; [key: string]: unknown };
/** `output` is without the lines of the audit log. */
type Ending = { code: number | null; output: string };

/** The forum as `npm start` runs it, in a process of its own, on a data folder and a port of its own. */
export type Site = {
	readonly url: string;
	readonly port: number;
	readonly dataDir: string;
	/** the server's process, while it runs */
	readonly process: ChildProcess;
	/** Everything the server has written, of all its starts. */
	output(): string;
	/** What it logged at level warn and above, and whatever else it wrote to the error output. */
	complaints(): string[];
	/** Starts the server again, on the same folder and port, and waits until it is ready. */
	start(): Promise<void>;
	/** Sends a signal and waits for the end; returns the exit code. */
	stop(signal?: NodeJS.Signals): Promise<number | null>;
	/** The process of its embedded PostgreSQL; undefined where none runs. */
	findDatabase(): Promise<number | undefined>;
	/** The address of its embedded database. */
	readDatabaseUrl(): Promise<string>;
	/** Ends the server and its PostgreSQL, whatever their state, and removes the data folder. */
	close(): Promise<void>;
};

const running = new Set<{ child: ChildProcess; dataDir: string }>();
process.once('exit', () => {
	for (const { child, dataDir } of running) {
		child.kill('SIGKILL');
		const pid = Number.parseInt(readText(pidFile(dataDir)));
		if (pid > 0 && readText(`/proc/${pid}/comm`).trim() === 'postgres') process.kill(pid, 'SIGINT');
	}
});

/**
 * A server that is ready, on a data folder of its own that was filled before, or on that of `settings`; without request
 * limits unless they say so.
 *
 * @param args such as `--dev`
 */
export function startSite(settings: Settings = {}, args: string[] = []): Promise<Site> {
	return closeAtEnd(openSite(settings, args));
}

async function openSite(settings: Settings, args: string[]): Promise<Site> {
	const dataDir = settings.DATA_DIR ?? (await makeDataDir());
	if (!settings.DATA_DIR) await copyInstallation(dataDir, settings.SEED ?? 'demo');
	const port = await findPort();
	let output = '';
	let errors = '';
	let server: Awaited<ReturnType<typeof launch>> | undefined;

	async function start() {
		const environment = { RATE_LIMIT: 'off', ...settings, DATA_DIR: dataDir, PORT: String(port) };
		server = launch('server/main.js', environment, args);
		const { child } = server;
		child.stdout!.on('data', (text) => (output += text));
		child.stderr!.on('data', (text) => (errors += text));
		const entry = { child, dataDir };
		running.add(entry);
		child.once('close', () => running.delete(entry));
		await waitUntilReady(`http://127.0.0.1:${port}`, server);
	}

	async function stop(signal: NodeJS.Signals = 'SIGTERM') {
		if (!server) return null;
		server.child.kill(signal);
		return (await server.ending).code;
	}

	async function close() {
		await stop('SIGKILL');
		await stopDatabase(dataDir);
		await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
	}

	const site: Site = {
		url: `http://127.0.0.1:${port}`,
		port,
		dataDir,
		start,
		stop,
		close,
		get process() {
			return server!.child;
		},
		output: () => output + errors,
		complaints: () => [
			...readLog(output)
				.filter(({ level, msg }) => level >= 40 && !msg.startsWith('RATE_LIMIT is off'))
				.map((entry) => JSON.stringify(entry)),
			...errors.split('\n').filter(Boolean),
		],
		findDatabase: () => findDatabase(dataDir),
		readDatabaseUrl: () => readDatabaseUrl(dataDir),
	};
	try {
		await start();
	} catch (error) {
		await close();
		throw error;
	}
	return site;
}

/** Runs a program of this repository to its end. */
export async function run(program: string, args: string[], settings: Settings): Promise<Ending> {
	const { code, output } = await launch(program, settings, args).ending;
	return { code, output: output.replaceAll(auditLine, '') };
}

const auditLine = /^\{"level":30.*"event":.*\}\n/gm;

/** The audit log of a program of this repository that runs to its end. */
export async function runForAudit(program: string, args: string[], settings: Settings) {
	const { output } = await launch(program, settings, args).ending;
	return readLog(output.match(auditLine)?.join('') ?? '');
}

/** A new folder whose path is free of symbolic links. */
export async function makeDataDir(): Promise<string> {
	return realpath(await mkdtemp(path.join(tmpdir(), 'weigh-in-site-')));
}

/** A free port out of reach of those that the system gives to outgoing connections, so that it stays free. */
export async function findPort(): Promise<number> {
	for (;;) {
		const port = 15_000 + Math.floor(Math.random() * 15_000);
		const server = createServer();
		const isFree = await new Promise<boolean>((resolve) => {
			server.once('error', () => resolve(false));
			server.listen(port, '127.0.0.1', () => resolve(true));
		});
		if (!isFree) continue;
		await new Promise((resolve) => server.close(resolve));
		return port;
	}
}

/** Ends the PostgreSQL that a killed server has left on a data folder, if there is one. */
export async function stopDatabase(dataDir: string): Promise<void> {
	const pid = await findDatabase(dataDir);
	if (!pid) return;
	process.kill(pid, 'SIGINT');
	while (await findDatabase(dataDir)) await sleep(20);
}

export async function findDatabase(dataDir: string): Promise<number | undefined> {
	const pid = Number.parseInt(readText(pidFile(dataDir)));
	if (!(pid > 0)) return undefined;
	if (process.platform !== 'linux') return isRunning(pid) ? pid : undefined;
	const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
	return folder === path.dirname(pidFile(dataDir)) ? pid : undefined;
}

async function readDatabaseUrl(dataDir: string): Promise<string> {
	const password = await readFile(path.join(dataDir, 'postgresql/password'), 'utf8');
	const port = readText(pidFile(dataDir)).split('\n')[3];
	return `postgres://weighin:${password.trim()}@127.0.0.1:${port}/weighin?sslmode=disable`;
}

const pidFile = (dataDir: string) => path.join(dataDir, 'postgresql/cluster/postmaster.pid');

function readText(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch {
		return '';
	}
}

function isRunning(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}

function launch(program: string, settings: Settings, args: string[] = []) {
	const child = spawn(process.execPath, [path.join(root, program), ...args], {
		cwd: root,
		env: {
			PATH: process.env.PATH,
			HOME: process.env.HOME,
			TMPDIR: process.env.TMPDIR,
			...settings,
		},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text) => (output += text));
	const ending = once(child, 'close').then(([code]): Ending => ({ code, output }));
	return { child, ending };
}

async function waitUntilReady(url: string, { child, ending }: ReturnType<typeof launch>) {
	for (const end = Date.now() + longestStart; Date.now() < end; await sleep(25)) {
		if (child.exitCode !== null || child.signalCode !== null)
			throw new Error(`The server has ended instead of starting: ${(await ending).output}`);
		const isReady = await fetch(`${url}/health/ready`).then(
			({ ok }) => ok,
			() => false,
		);
		if (isReady) return;
	}
	throw new Error('The server is not ready in time.');
}

function readLog(output: string): LogEntry[] {
	return output
		.split('\n')
		.filter(Boolean)
		.map((line) => {
			try {
				return JSON.parse(line) as LogEntry;
			} catch {
				return { level: 100, msg: line };
			}
		});
}
