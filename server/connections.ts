import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { addressKey } from './addresses.ts';
import type { App } from './app.ts';
import { Malformed, Refusal, toProblem } from './errors.ts';

/** Most requests that may wait on one connection behind the one being answered. Browsers and proxies send none. */
const mostWaiting = 16;

/**
 * Ends connections that send requests faster than they take answers. A packet holds a thousand of them: Node begins
 * them all before anything else has its turn, and each answer is held until those before it are sent.
 */
export function registerPipelining(app: App): void {
	const waiting = new WeakMap<Socket, number>();
	app.addHook('onRequest', (request, reply, done) => {
		// an answer gets the connection when all before it are sent
		if (reply.raw.socket) return done();
		const { socket } = request.raw;
		const count = (waiting.get(socket) ?? 0) + 1;
		waiting.set(socket, count);
		if (count <= mostWaiting) {
			reply.raw.once('close', () => waiting.set(socket, waiting.get(socket)! - 1));
			return done();
		}
		reply.hijack();
		if (socket.destroyed) return;
		socket.destroy();
		app.audit.refuse(
			{ event: 'limit.reached', what: 'waitingByConnection' },
			{ actor: null, address: addressKey(request.ip), reqId: request.id },
		);
	});
}

/** Answers what is no request of HTTP, and ends its connection. */
export function answerUnreadable(
	error: NodeJS.ErrnoException,
	socket: Socket,
	log: FastifyBaseLogger,
): void {
	if (error.code === 'ECONNRESET' || socket.destroyed) return;
	log.trace({ err: error }, 'client error');
	const refusal = unreadable[error.code ?? ''] ?? new Malformed('This is no request of HTTP.');
	const body = JSON.stringify(toProblem(refusal));
	const head = [
		`HTTP/1.1 ${refusal.status} ${refusal.title}`,
		'Content-Type: application/problem+json',
		`Content-Length: ${Buffer.byteLength(body)}`,
		'Connection: close',
	];
	if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
	socket.destroy(error);
}

const unreadable: Record<string, Refusal | undefined> = {
	ERR_HTTP_REQUEST_TIMEOUT: new Refusal(
		408,
		'Too slow',
		'This did not arrive in time. Check your connection and send it again.',
	),
	HPE_HEADER_OVERFLOW: new Refusal(
		431,
		'Too large',
		'The headers of this request are larger than this site accepts.',
	),
};
