import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import pg from 'pg';

export type Pooler = { url: string; close(): Promise<void> };

/** What PgBouncer takes at the start of a connection, unless it is told to ignore more. */
const known = new Set(
	'user database client_encoding application_name datestyle timezone standard_conforming_strings'.split(
		' ',
	),
);

/**
 * Stands between clients and the PostgreSQL at `url` as PgBouncer does, and gives each session, or each transaction, a
 * connection of the server; there is one for all transactions.
 */
export async function startPooler(url: string, mode: 'session' | 'transaction'): Promise<Pooler> {
	const backends = new Set<Backend>();
	const open = async () => {
		const backend = await Backend.open(url);
		backends.add(backend);
		return backend;
	};
	const shared = mode === 'transaction' ? open() : undefined;
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		socket.on('error', () => {});
		let backend: Promise<Backend> | undefined;
		const split = splitMessages({ hasStart: true });
		socket.on('data', (data) => {
			for (const message of split(data)) {
				if (backend) {
					backend.then((one) => one.send(message, socket));
					continue;
				}
				const names = message.toString('latin1', 8).split('\0');
				const refused = names.find((name, index) => index % 2 === 0 && name && !known.has(name));
				if (refused) {
					socket.end(fatal(`unsupported startup parameter: ${refused}`));
					return;
				}
				backend = shared ?? open();
				socket.write(welcome);
			}
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = new URL(url);
	address.port = String((server.address() as { port: number }).port);
	return {
		url: address.href,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
			await Promise.all([...backends].map((backend) => backend.close()));
		},
	};
}

type Waiting = { message: Buffer; from: Socket };

/** A connection of the server, lent to one client at a time until the server is idle again. */
class Backend {
	readonly #stream: Socket;
	#holder: Socket | null = null;
	#waiting: Waiting[] = [];

	private constructor(stream: Socket) {
		this.#stream = stream;
		const split = splitMessages({ hasStart: false });
		stream.on('data', (data) => {
			for (const message of split(data)) {
				this.#holder?.write(message);
				if (message.toString('latin1', 0, 1) === 'Z' && message.at(-1) === 'I'.charCodeAt(0)) {
					this.#holder = null;
					this.#lend();
				}
			}
		});
	}

	static async open(url: string): Promise<Backend> {
		const client = new pg.Client({ connectionString: url });
		await client.connect();
		const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
		stream.removeAllListeners();
		stream.on('error', () => {});
		return new Backend(stream);
	}

	send(message: Buffer, from: Socket): void {
		// the end of a client is not the end of the connection
		if (message.toString('latin1', 0, 1) === 'X') return;
		this.#waiting.push({ message, from });
		this.#lend();
	}

	#lend(): void {
		this.#holder ??= this.#waiting[0]?.from ?? null;
		const later: Waiting[] = [];
		for (const one of this.#waiting)
			if (one.from === this.#holder) this.#stream.write(one.message);
			else later.push(one);
		this.#waiting = later;
	}

	async close(): Promise<void> {
		const closed = once(this.#stream, 'close');
		this.#stream.destroy();
		await closed;
	}
}

/** Cuts a stream of PostgreSQL's messages into messages; the first of a client has no type. */
function splitMessages({ hasStart }: { hasStart: boolean }): (data: Buffer) => Buffer[] {
	let waiting: Buffer = Buffer.alloc(0);
	let head = hasStart ? 0 : 1;
	return (data) => {
		waiting = Buffer.concat([waiting, data]);
		const messages: Buffer[] = [];
		while (waiting.length >= head + 4) {
			const length = head + waiting.readInt32BE(head);
			if (waiting.length < length) break;
			messages.push(waiting.subarray(0, length));
			waiting = waiting.subarray(length);
			head = 1;
		}
		return messages;
	};
}

const frame = (type: string, body: Buffer): Buffer => {
	const head = Buffer.alloc(5, type);
	head.writeInt32BE(body.length + 4, 1);
	return Buffer.concat([head, body]);
};
const fatal = (text: string) =>
	frame('E', Buffer.from(`SFATAL\0VFATAL\0C08P01\0M${text}\0\0`, 'latin1'));
/** The process in it is none of the server's, as with PgBouncer. */
const welcome = Buffer.concat([
	frame('R', Buffer.alloc(4)),
	frame('K', Buffer.alloc(8, 0x55)),
	frame('Z', Buffer.from('I')),
]);
