import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What a database that is away does: an SQLSTATE, at the start of a connection or at a statement, or a broken socket. */
export type Failure = { sqlState: string; at?: 'start' | 'statement' } | 'reset' | 'close';

export type FakePostgres = { url: string; failure: Failure; close(): Promise<void> };

const message = (type: string, ...parts: (number[] | string)[]): Buffer => {
	const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
	const head = Buffer.alloc(5);
	head.write(type);
	head.writeInt32BE(body.length + 4, 1);
	return Buffer.concat([head, body]);
};
const ready = message('Z', 'I');
const welcome = Buffer.concat([message('R', [0, 0, 0, 0]), ready]);
const describeError = (sqlState: string, severity: string) =>
	message('E', `S${severity}\0V${severity}\0C${sqlState}\0Mthe database says ${sqlState}\0\0`);
/** The answer to the statement that sets a connection up: one row that says false. */
const prepared = Buffer.concat([
	message(
		'T',
		[0, 1],
		'is_standby\0',
		[0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 1, 255, 255, 255, 255, 0, 0],
	),
	message('D', [0, 1, 0, 0, 0, 1], 'f'),
	message('C', 'SELECT 1\0'),
	ready,
]);

/**
 * A server that speaks PostgreSQL's protocol as far as it takes to fail, see
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function startFakePostgres(): Promise<FakePostgres> {
	const fake = { failure: 'close' as Failure };
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		socket.on('error', () => {});
		let waiting = Buffer.alloc(0);
		let step: 'start' | 'setup' | 'statements' = 'start';
		let isSkipping = false;
		const fail = () => {
			const { failure } = fake;
			if (failure === 'reset') return socket.resetAndDestroy();
			if (failure === 'close') return socket.destroy();
			const isFatal = step === 'start' || failure.sqlState.startsWith('57P');
			socket.write(describeError(failure.sqlState, isFatal ? 'FATAL' : 'ERROR'));
			if (isFatal) return socket.end();
		};
		const isAtStart = () => typeof fake.failure === 'object' && fake.failure.at === 'start';
		const receive = (type: string) => {
			if (step === 'start') {
				if (isAtStart()) return fail();
				step = 'setup';
				return socket.write(welcome);
			}
			if (step === 'setup') {
				step = 'statements';
				return socket.write(prepared);
			}
			if (type === 'Q') {
				fail();
				return socket.writable && socket.write(ready);
			}
			if (type === 'S') {
				isSkipping = false;
				return socket.writable && socket.write(ready);
			}
			if (isSkipping || type === 'X') return undefined;
			isSkipping = true;
			return fail();
		};
		socket.on('data', (data) => {
			waiting = Buffer.concat([waiting, data]);
			for (;;) {
				const head = step === 'start' ? 0 : 1;
				if (waiting.length < head + 4) return;
				const length = head + waiting.readInt32BE(head);
				if (waiting.length < length) return;
				const type = String.fromCharCode(waiting[0]!);
				waiting = waiting.subarray(length);
				receive(type);
			}
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as { port: number };
	return Object.assign(fake, {
		url: `postgres://nobody@127.0.0.1:${port}/nothing`,
		async close() {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	});
}
