import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = path.resolve(import.meta.dirname, '../..');
const longestStart = 60_000;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

function keep(child: ChildProcess): ChildProcess {
	running.add(child);
	child.once('close', () => running.delete(child));
	return child;
}

/** A program of this folder in a process of its own, which does what it is asked by messages. */
export type Worker = {
	pid: number;
	ask<Answer>(question: string, options?: unknown): Promise<Answer>;
	close(): Promise<void>;
};

/**
 * Starts a program that calls {@link serve}, one question at a time.
 *
 * @param program its file in test/bench
 */
export function startWorker(program: string): Worker {
	const child = keep(fork(path.join(import.meta.dirname, program), { serialization: 'advanced' }));
	return {
		pid: child.pid!,
		async ask<Answer>(question: string, options?: unknown) {
			const over = new AbortController();
			const { signal } = over;
			const ending = once(child, 'exit', { signal }).then(() => {
				throw new Error(`${program} has ended.`);
			});
			ending.catch(() => {});
			child.send({ question, options });
			const [message] = await Promise.race([once(child, 'message', { signal }), ending]);
			over.abort();
			const { answer, problem } = message as { answer?: Answer; problem?: string };
			if (problem !== undefined) throw new Error(`${program}: ${problem}`);
			return answer as Answer;
		},
		close: () => end(child, 'SIGKILL'),
	};
}

/** Answers the questions of the process that started this one, and ends with it. */
export function serve(answers: { [question: string]: (options: never) => unknown }): void {
	// Ctrl-C reaches this process too, but it is the other one that ends it.
	process.on('SIGINT', () => {});
	process.on('disconnect', () => process.exit());
	process.on('message', async ({ question, options }: { question: string; options: never }) => {
		try {
			process.send!({ answer: await answers[question]!(options) });
		} catch (error) {
			process.send!({ problem: (error as Error).stack });
		}
	});
}

export type ServerProcess = { pid: number; url: string; close(): Promise<void> };

/**
 * Starts the forum as `npm start` runs it and waits until it is ready. Its log goes to a file.
 *
 * @param settings PORT among them
 */
export async function startServer(
	settings: Record<string, string>,
	logFile: string,
): Promise<ServerProcess> {
	const child = launchServer(settings, logFile);
	const url = `http://127.0.0.1:${settings.PORT}`;
	for (const last = Date.now() + longestStart; ; await sleep(25)) {
		if (child.exitCode !== null || child.signalCode !== null)
			throw new Error(`The server has ended instead of starting: ${readFileSync(logFile, 'utf8')}`);
		const isReady = await fetch(`${url}/health/ready`).then(
			({ ok }) => ok,
			() => false,
		);
		if (isReady) break;
		if (Date.now() > last) throw new Error('The server is not ready in time.');
	}
	return { pid: child.pid!, url, close: () => end(child, 'SIGTERM') };
}

/** Starts the forum as `npm start` runs it, with these settings and no other. */
export function launchServer(settings: Record<string, string>, logFile: string): ChildProcess {
	const { PATH, HOME, TMPDIR } = process.env;
	const log = openSync(logFile, 'a');
	return keep(
		spawn(process.execPath, [path.join(root, 'server/main.js')], {
			cwd: root,
			env: { PATH, HOME, TMPDIR, ...settings },
			stdio: ['ignore', log, log],
		}),
	);
}

/** Sends a signal, unless the process has ended, and waits for its end. */
export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
	if (!child.pid || child.exitCode !== null || child.signalCode !== null) return;
	const closed = once(child, 'close');
	child.kill(signal);
	await closed;
}

/** How long a process was at work since it started, in µs; null where the system does not say. */
export function readCpu(pid: number): number | null {
	try {
		const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
		// utime and stime, in the hundredths of a second that Linux counts in
		return (Number(fields[11]) + Number(fields[12])) * 10_000;
	} catch {
		return null;
	}
}

/** A process' resident memory, in bytes. */
export function readMemory(pid: number): number {
	const status = readFileSync(`/proc/${pid}/status`, 'latin1');
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}
