import type { FastifyRequest } from 'fastify';
import type { App } from './app.ts';
import { Forbidden, Malformed } from './errors.ts';

/** This site's origin as the request sees it: the configured one, else scheme and host of the request. */
export function readOrigin(request: FastifyRequest, configured: string | undefined): string {
	const scheme = request.protocol === 'https' ? 'https' : 'http';
	return configured ?? `${scheme}://${request.host}`;
}

/** A name, an IPv4 address or an IPv6 address in brackets, and a port (RFC 3986, section 3.2). */
const hostForm = /^([\w.~-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/**
 * Refuses requests that do not say which one host they are for (RFC 9112, section 3.2). Where no origin is set,
 * the first that shows that people know this site by another one than it sees is told to the log.
 */
export function registerOrigins(app: App): void {
	let isWatching = app.config.origin === undefined;
	/** the last host that was found to be one: nearly every request names the same */
	let known = '';
	app.addHook('onRequest', (request, _reply, done) => {
		const { host } = request;
		if (hasManyHosts(request.raw.rawHeaders) || !((host && host === known) || isHost(request)))
			return done(new Malformed('A request names one host, in one Host header.'));
		known = host;
		const seen = isWatching ? findOtherOrigin(request) : null;
		if (seen) {
			isWatching = false;
			app.log.warn(`${seen} Set ORIGIN to the address that people see.`);
		}
		done();
	});
}

function hasManyHosts(rawHeaders: string[]): boolean {
	let hosts = 0;
	for (let at = 0; at < rawHeaders.length; at += 2) {
		const name = rawHeaders[at]!;
		if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
	}
	return hosts > 1;
}

/** HTTP/1.0 needs none; one that is there and empty is none that links could name. */
const isHost = ({ host, headers }: FastifyRequest): boolean =>
	host ? hostForm.test(host) && URL.canParse(`http://${host}`) : headers.host === undefined;

const loopback = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/i;

/** What shows that a request came here from another origin than it is seen at; null where nothing does. */
function findOtherOrigin(request: FastifyRequest): string | null {
	const { headers } = request;
	const own = readOrigin(request, undefined);
	const isForwarded = headers.forwarded ?? headers['x-forwarded-for'] ?? headers.via;
	if (isForwarded !== undefined && (!request.host || loopback.test(request.host)))
		return `A proxy asks for ${own}, which is what this site calls itself in its links.`;
	if (headers['sec-fetch-site'] !== 'same-origin') return null;
	const page = URL.parse(headers.origin ?? headers.referer ?? '')?.origin;
	return page === undefined || page === own
		? null
		: `A browser is at ${page}, but this site calls itself ${own} in its links.`;
}

/**
 * Refuses requests that a browser made from another site's page: by `Sec-Fetch-Site` where the browser sends
 * it, else by `Origin`. Programs send neither and pass.
 *
 * @throws {Forbidden}
 */
export function requireOwnOrigin(request: FastifyRequest, configured: string | undefined): void {
	const { origin, 'sec-fetch-site': site } = request.headers;
	const own =
		site === undefined || request.headers.upgrade !== undefined
			? origin === undefined || origin === readOrigin(request, configured)
			: site === 'same-origin' || site === 'none';
	if (!own) throw new Forbidden('This request came from another site’s page.');
}

/** Longest path that a request could ask for. */
const longestPath = 16_384;

/** The path of this site in `value`; `fallback` for an address elsewhere or none at all. */
export function readOwnPath(value: unknown, fallback: string): string {
	if (typeof value !== 'string' || !value.startsWith('/') || value.length > longestPath)
		return fallback;
	const base = 'http://own.invalid';
	if (!URL.canParse(value, base)) return fallback;
	const { origin, pathname, search, hash } = new URL(value, base);
	return origin === base && !pathname.startsWith('//') ? pathname + search + hash : fallback;
}
