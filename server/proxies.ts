import type { FastifyInstance } from 'fastify';
import { createTrust } from './addresses.ts';
import type { Config } from './config.ts';

/** What a proxy says of the request that it hands on. */
export const forwardedHeaders = [
	'x-forwarded-for',
	'x-forwarded-host',
	'x-forwarded-proto',
	'forwarded',
];

/** Whose `X-Forwarded-*` headers Fastify takes for true. */
export const readTrust = ({ trustProxy }: Pick<Config, 'trustProxy'>) =>
	trustProxy !== false && createTrust(trustProxy);

/** Says once that somebody sends such headers who is not to be believed: it may be a proxy that nobody has named. */
export function registerProxyWarning(app: FastifyInstance, config: Config): void {
	const isTrusted = readTrust(config) || (() => false);
	let isSaid = false;
	app.addHook('onRequest', ({ headers, socket, log }, _reply, done) => {
		if (!isSaid && forwardedHeaders.some((name) => headers[name] !== undefined)) {
			const { remoteAddress: from } = socket;
			if (!isTrusted(from, 0)) {
				isSaid = true;
				log.warn(
					{ from, trustProxy: config.trustProxy },
					'Headers of a proxy came from an address that TRUST_PROXY does not name, and are ignored. If it is your proxy, name it there; if not, nothing is to be done.',
				);
			}
		}
		done();
	});
}
