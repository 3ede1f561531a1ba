import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Busy, Unavailable } from '../errors.ts';
import { type Fault, refuseFile } from './faults.ts';

/** Cut to be shown in a story, or as the picture of a member. */
export type Shape = 'story' | 'avatar';
export type Task = { file: Uint8Array; shape: Shape };
/** A WebP and its size in pixels, that of one frame. */
export type Encoded = { data: Buffer; width: number; height: number };

/** Pictures that may wait to be encoded, at about a second each. */
const maxWaiting = 20;
const idleMs = 60_000;
/** Longest for one picture, should its process not end itself, in ms. */
const patienceMs = 120_000;

const stopping = 'This server is stopping. Try again in a moment.';
const tooMuch = 'This picture takes too much to be read. Make it smaller, or save it anew.';

/** Most memory that the process may take, in bytes, and most time of the processor for one picture, in ms. */
export type Limits = { memory: number; workMs: number };
const defaults: Limits = { memory: 800 * 1024 * 1024, workMs: 20_000 };

export type Encoder = {
	/**
	 * Encodes a picture, in a process of its own and after those that came before.
	 *
	 * @throws {Refusal} 415 if it is no picture that can be shown, 422 if it is damaged or takes too much
	 * @throws {Busy} if too many others wait
	 */
	encode(task: Task): Promise<Encoded>;
	close(): void;
};

/**
 * Encodes pictures one after the other. A picture that takes too much memory or time takes the process with it and
 * nothing else. The process starts with the first picture and ends after a minute without any, or with this one.
 */
export function createEncoder(limits = defaults): Encoder {
	let running: ChildProcess | undefined;
	let idle: NodeJS.Timeout | undefined;
	let turn: Promise<unknown> = Promise.resolve();
	let waiting = 0;
	let isClosed = false;

	function stop(): void {
		clearTimeout(idle);
		running?.kill('SIGKILL');
		running = undefined;
	}

	async function encodeNow(task: Task): Promise<Encoded> {
		if (isClosed) throw new Unavailable(stopping);
		clearTimeout(idle);
		if (!running?.connected) running = startProcess(limits);
		const answer = await ask(running, task).catch((error: unknown) => {
			stop();
			throw isClosed ? new Unavailable(stopping) : error;
		});
		idle = setTimeout(stop, idleMs).unref();
		if ('status' in answer) throw refuseFile(answer);
		return { ...answer, data: Buffer.from(answer.data) };
	}

	return {
		async encode(task) {
			if (waiting >= maxWaiting)
				throw new Busy('Too many pictures are being read. Try again in a moment.');
			waiting++;
			const encoding = turn.then(() => encodeNow(task));
			turn = encoding.catch(() => {});
			return encoding.finally(() => waiting--);
		},
		close() {
			isClosed = true;
			stop();
		},
	};
}

/** It gets nothing of the settings: what it reads comes from strangers. */
function startProcess(limits: Limits): ChildProcess {
	const program = fileURLToPath(new URL('encoder.ts', import.meta.url));
	const started = fork(program, [JSON.stringify(limits)], {
		execArgv: ['--max-old-space-size=64'],
		env: { MALLOC_ARENA_MAX: '2' },
		serialization: 'advanced',
		stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
	});
	// one that could not be started, or was ended while nothing was asked of it
	return started.on('error', () => {});
}

function ask(encoder: ChildProcess, task: Task): Promise<Encoded | Fault> {
	const { promise, resolve, reject } = Promise.withResolvers<Encoded | Fault>();
	const fail = (error: unknown) =>
		reject(new Unavailable('Pictures cannot be read now. Try again in a moment.', error));
	const giveUp = () => reject(refuseFile({ status: 422, message: tooMuch }));
	const end = (code: number | null) =>
		code === null ? giveUp() : fail(new Error(`The encoder has ended with ${code}`));
	const timer = setTimeout(giveUp, patienceMs);
	encoder.on('message', resolve).on('error', fail).on('exit', end);
	encoder.send(task, (error) => error && fail(error));
	return promise.finally(() => {
		clearTimeout(timer);
		encoder.off('message', resolve).off('error', fail).off('exit', end);
	});
}
