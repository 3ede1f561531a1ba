import type { FastifyRequest } from 'fastify';
import { Forbidden } from './errors.ts';

/** This site's origin as the request sees it: the configured one, else scheme and host of the request. */
export function readOrigin(request: FastifyRequest, configured: string | undefined): string {
	return configured ?? `${request.protocol}://${request.host}`;
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

/** The path of this site in `value`; `fallback` for an address elsewhere or none at all. */
export function readOwnPath(value: unknown, fallback: string): string {
	if (typeof value !== 'string' || !value.startsWith('/')) return fallback;
	const base = 'http://own.invalid';
	if (!URL.canParse(value, base)) return fallback;
	const { origin, pathname, search, hash } = new URL(value, base);
	return origin === base && !pathname.startsWith('//') ? pathname + search + hash : fallback;
}
