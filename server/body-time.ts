import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { Refusal } from './errors.ts';

/** What the body of a request may take, in ms, and the bytes a second that prolong it as they arrive. */
const defaults = { graceMs: 30_000, minRate: 8_000 };
export type BodyTime = typeof defaults;

/**
 * Ends requests whose body arrives too slowly. What keeps coming gets the time it needs: each 8 kB are a second more,
 * so that a picture of 10 MB may take 21 minutes, and a connection that says nothing has 30 seconds.
 */
export function registerBodyTime(app: App, time = defaults): void {
	app.addHook('onRequest', (request, reply, done) => {
		const { headers } = request;
		if (headers['content-length'] || headers['transfer-encoding']) watch(request, reply, time);
		done();
	});
}

function watch(request: FastifyRequest, reply: FastifyReply, { graceMs, minRate }: BodyTime): void {
	const { raw } = request;
	const { socket } = raw;
	const began = performance.now();
	const before = socket.bytesRead;
	let timer: NodeJS.Timeout;
	const look = () => {
		const left =
			graceMs + ((socket.bytesRead - before) / minRate) * 1000 - (performance.now() - began);
		if (left > 0) timer = setTimeout(look, left).unref();
		else giveUp(request, reply);
	};
	timer = setTimeout(look, graceMs).unref();
	const stop = () => clearTimeout(timer);
	raw.once('end', stop).once('close', stop);
}

/** Answers where somebody waits for the body still, and takes no more of it. */
function giveUp({ raw }: FastifyRequest, reply: FastifyReply): void {
	if (reply.sent || raw.listenerCount('error') === 0) {
		raw.destroy();
		return;
	}
	reply.header('connection', 'close');
	reply.raw.once('finish', () => raw.destroy());
	raw.emit('error', new Refusal(408, 'Too slow', tooSlow));
}

const tooSlow = 'This did not arrive in time. Check your connection and send it again.';
