/**
 * Sends requests over many connections, one at a time on each, in a process of its own. It reads only what
 * it needs to tell where an answer ends: half the work of a general client, which would take it from the server.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { serve } from './processes.ts';

type Request = { method: string; path: string; body?: string };

/** Each connection sends its requests in turn, over and over, with its headers. */
export type Load = {
	url: string;
	connections: { headers?: Record<string, string>; requests: Request[] }[];
	/** the only status that is right */
	status: number;
};

export type LoadReport = {
	requests: number;
	seconds: number;
	/** of all answers, heads included */
	bytes: number;
	/** in ms */
	p50: number;
	p99: number;
};

class Connection {
	readonly #address: URL;
	readonly #status: number;
	readonly #requests: Buffer[];
	#next = 0;
	#socket: Socket | null = null;
	#head = '';
	/** bytes of the answer's body that are still to come; -1: unknown, it is chunked; null: in the head */
	#missing: number | null = null;
	#tail = '';
	#finish: (() => void) | null = null;
	#fail: ((error: Error) => void) | null = null;
	bytes = 0;

	constructor(address: URL, { connections, status }: Load, index: number) {
		const { headers = {}, requests } = connections[index]!;
		this.#address = address;
		this.#status = status;
		this.#requests = requests.map((request) => encode(request, address.host, headers));
	}

	/** Connects where it is not connected. */
	async open(): Promise<void> {
		if (this.#socket && !this.#socket.destroyed) return;
		const socket = connect(Number(this.#address.port), this.#address.hostname).setNoDelay();
		socket.on('data', (data) => this.#read(data));
		socket.on('error', (error) => this.#fail?.(error));
		socket.on('close', () => this.#fail?.(new Error('The server has closed a connection.')));
		this.#socket = socket;
		await once(socket, 'connect');
	}

	/** Sends requests until `end`, in ms of `performance.now()`; the last one gets its answer. */
	run(end: number, tell: (milliseconds: number) => void): Promise<void> {
		return new Promise((resolve, reject) => {
			let start = 0;
			const send = () => {
				start = performance.now();
				this.#socket!.write(this.#requests[this.#next]!);
				this.#next = (this.#next + 1) % this.#requests.length;
			};
			this.#fail = reject;
			this.#finish = () => {
				const now = performance.now();
				tell(now - start);
				if (now < end) return send();
				this.#fail = null;
				resolve();
			};
			send();
		});
	}

	#read(data: Buffer): void {
		this.bytes += data.length;
		let body = data.length;
		if (this.#missing === null) {
			this.#head += data.toString('latin1', 0, Math.min(data.length, 8_192));
			const length = this.#head.indexOf('\r\n\r\n');
			if (length < 0) return;
			body = this.#head.length + Math.max(0, data.length - 8_192) - length - 4;
			const status = Number(this.#head.slice(9, 12));
			if (status !== this.#status)
				return this.#fail?.(new Error(`An answer was ${status}: ${this.#head.slice(0, 600)}`));
			const size = /\r\ncontent-length: *(\d+)/i.exec(this.#head.slice(0, length))?.[1];
			const isEmpty = status === 204 || status === 304;
			this.#missing = isEmpty ? 0 : size === undefined ? -1 : Number(size);
			this.#head = '';
			this.#tail = '\r\n';
		}
		if (this.#missing < 0) {
			const last = data.toString('latin1', Math.max(data.length - 7, data.length - body));
			this.#tail = (this.#tail + last).slice(-7);
			if (this.#tail !== '\r\n0\r\n\r\n') return;
		} else {
			this.#missing -= body;
			if (this.#missing > 0) return;
		}
		this.#missing = null;
		this.#finish!();
	}
}

function encode(
	{ method, path, body }: Request,
	host: string,
	headers: Record<string, string>,
): Buffer {
	const all = {
		host,
		...headers,
		...(body !== undefined && {
			'content-type': 'application/json',
			'content-length': Buffer.byteLength(body),
		}),
	};
	const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
	return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

let connections: Connection[] = [];

serve({
	async open(load: Load) {
		const address = new URL(load.url);
		connections = load.connections.map((_, index) => new Connection(address, load, index));
	},
	async run({ seconds }: { seconds: number }): Promise<LoadReport> {
		for (const connection of connections) await connection.open();
		const before = connections.reduce((sum, { bytes }) => sum + bytes, 0);
		const times: number[] = [];
		const start = performance.now();
		const end = start + seconds * 1000;
		await Promise.all(connections.map((one) => one.run(end, (time) => times.push(time))));
		const elapsed = (performance.now() - start) / 1000;
		const after = connections.reduce((sum, { bytes }) => sum + bytes, 0);
		const sorted = Float64Array.from(times).sort();
		const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!;
		return {
			requests: times.length,
			seconds: elapsed,
			bytes: after - before,
			p50: at(0.5),
			p99: at(0.99),
		};
	},
});
