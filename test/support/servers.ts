import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '../../db/embedded.ts';
import { closeAtEnd } from './closing.ts';
import { findPid, query } from './embedded-process.ts';
import { findPort } from './server.ts';

const root = path.resolve(import.meta.dirname, '../..');
const longestStart = 90_000;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** A program that is killed and started again in the course of a test. */
type Service = {
	url: string;
	start(): Promise<void>;
	/** Ends it without a warning and waits until it is gone. */
	kill(): Promise<void>;
	/** Ends it for good and removes its files. */
	close(): Promise<void>;
};

export type Postgres = { url: string; restart(): Promise<void>; close(): Promise<void> };

/** A PostgreSQL of its own; `restart` shuts it down under its clients and waits until it is back. */
export const startPostgres = (): Promise<Postgres> => closeAtEnd(openPostgres());

async function openPostgres(): Promise<Postgres> {
	const dataDir = await makeFolder();
	const log = { info: () => {}, error: () => {} };
	const embedded = await startEmbedded({ dataDir, hold: true, log }).catch(async (error) => {
		await removeFolder(dataDir);
		throw error;
	});
	const { url } = embedded;
	return {
		url,
		async restart() {
			const before = (await findPid(dataDir))!;
			process.kill(before, 'SIGINT');
			await waitFor('PostgreSQL', async () => {
				const pid = await findPid(dataDir);
				return pid !== undefined && pid !== before && (await query(url, 'select 1')).length === 1;
			});
		},
		async close() {
			await embedded.stop();
			await removeFolder(dataDir);
		},
	};
}

/** A Redis of its own that keeps nothing. */
export const startRedis = (): Promise<Service> => closeAtEnd(openRedis());

async function openRedis(): Promise<Service> {
	const folder = await makeFolder();
	const port = await findPort();
	let child: ChildProcess | undefined;
	const start = async () => {
		const flags = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: folder };
		const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
		child = launch('redis-server', args);
		const ending = new Promise<never>((_, reject) =>
			child!.once('error', ({ message }) =>
				reject(
					new Error(
						`redis-server cannot be run (${message}). Install it, on Debian with apt-get install redis-server.`,
					),
				),
			),
		);
		await Promise.race([ending, waitFor('Redis', () => isListening(port))]);
	};
	const kill = () => end(child, 'SIGKILL');
	const close = async () => {
		await kill();
		await removeFolder(folder);
	};
	try {
		await start();
	} catch (error) {
		await close();
		throw error;
	}
	return { url: `redis://127.0.0.1:${port}`, start, kill, close };
}

export type ServerProcess = Service & {
	readonly process: ChildProcess;
	/** Asks the server to stop; returns its exit code. */
	stop(): Promise<number | null>;
	/** how often it has ended without having been asked to */
	readonly accidents: number;
	/** What it has written to its log, of all its starts. */
	readLog(): string;
};

/** A server as `npm start` runs it, on a port of its own, that is ready. */
export function startServer(settings: Record<string, string>): Promise<ServerProcess> {
	return closeAtEnd(openServer(settings));
}

async function openServer(settings: Record<string, string>): Promise<ServerProcess> {
	const port = await findPort();
	const folder = await makeFolder();
	const url = `http://127.0.0.1:${port}`;
	let child: ChildProcess | undefined;
	let log = '';
	let accidents = 0;
	let isAsked = false;
	const start = async () => {
		isAsked = false;
		const own = { PORT: String(port), DATA_DIR: folder, ...settings };
		const started = launch(process.execPath, [path.join(root, 'server/main.js')], own);
		child = started;
		for (const stream of [started.stdout!, started.stderr!])
			stream.setEncoding('utf8').on('data', (text) => (log += text));
		started.once('close', () => (accidents += isAsked ? 0 : 1));
		await waitFor('The server', async () => {
			if (hasEnded(started)) throw new Ended(`The server has ended instead of starting: ${log}`);
			return (await fetch(`${url}/health/ready`)).ok;
		});
	};
	const kill = async () => {
		isAsked = true;
		await end(child, 'SIGKILL');
	};
	const server: ServerProcess = {
		url,
		start,
		kill,
		get process() {
			return child!;
		},
		get accidents() {
			return accidents;
		},
		readLog: () => log,
		async stop() {
			isAsked = true;
			await end(child, 'SIGTERM');
			return child!.exitCode;
		},
		async close() {
			await kill();
			await removeFolder(folder);
		},
	};
	try {
		await start();
	} catch (error) {
		await server.close();
		throw error;
	}
	return server;
}

/** Runs a program with the given environment and no other. */
export function launch(
	program: string,
	args: string[],
	environment: Record<string, string> = {},
): ChildProcess {
	const { PATH, HOME, TMPDIR } = process.env;
	const child = spawn(program, args, {
		cwd: root,
		env: { PATH, HOME, TMPDIR, ...environment },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	running.add(child);
	child.once('close', () => running.delete(child));
	child.on('error', () => running.delete(child));
	return child;
}

/** Sends a signal to a process, unless it has ended, and waits for its end. */
export async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
	if (!child?.pid || hasEnded(child)) return;
	const closed = once(child, 'close');
	child.kill(signal);
	await closed;
}

const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null;

class Ended extends Error {}

/** Waits until `isReady` says so; an error means not yet, unless it is that the program has ended. */
async function waitFor(what: string, isReady: () => Promise<boolean>): Promise<void> {
	for (const end = Date.now() + longestStart; Date.now() < end; await sleep(25)) {
		const ready = await isReady().catch((error: unknown) => {
			if (error instanceof Ended) throw error;
			return false;
		});
		if (ready) return;
	}
	throw new Error(`${what} is not ready in time.`);
}

function isListening(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1');
		socket.once('error', () => resolve(false));
		socket.once('connect', () => {
			socket.destroy();
			resolve(true);
		});
	});
}

async function makeFolder(): Promise<string> {
	return realpath(await mkdtemp(path.join(tmpdir(), 'weigh-in-servers-')));
}

const removeFolder = (folder: string) =>
	rm(folder, { recursive: true, force: true, maxRetries: 5 });
