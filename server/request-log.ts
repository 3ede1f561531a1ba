import { randomBytes } from 'node:crypto';
import type { FastifyLoggerOptions, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { addressKey } from './addresses.ts';

/** Names requests apart from those of other servers and other starts. */
export function createRequestIds(): () => string {
	const start = randomBytes(5).toString('base64url');
	let count = 0;
	return () => `${start}-${(++count).toString(36)}`;
}

/** What may stand in a path as it is: ids, handles, slugs, names of files. */
const plain = /^[\w./-]{1,100}$/;

/**
 * A request as the log names it: whoever reads the log can use no link of it, and reads nobody's words. `url` is the path
 * of its route, without a query and tokens, and undefined where there is no such route.
 */
export function describeRequest({ method, routeOptions, params, ip }: FastifyRequest) {
	const values = (params ?? {}) as Record<string, unknown>;
	const show = (name: string) => {
		const value = String(values[name] ?? '');
		return name !== 'token' && plain.test(value) ? value : '…';
	};
	const url = routeOptions.url?.replaceAll(/:(\w+)|\*/g, (part, name) => show(name ?? part));
	return { method, url, address: addressKey(ip) };
}

/** What a failed statement quotes of its values, and a request that cannot be read of its cookies. */
const quoting = { detail: undefined, where: undefined, rawPacket: undefined };

/** How the log writes requests and errors. */
export const serializers: NonNullable<FastifyLoggerOptions['serializers']> = {
	req: describeRequest,
	err: (error) => ({ ...pino.stdSerializers.err(error), ...quoting }),
};
