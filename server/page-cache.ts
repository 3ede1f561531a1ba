import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CursorCache } from './cursor-cache.ts';
import type { Live } from './live/hub.ts';

/** Most bytes of pages that are kept, compressed forms included. */
const mostBytes = 67_108_864;
/** Longest addresses whose pages are kept, and what may stand in them: other parameters change nothing or are one's own. */
const longestAddress = 300;
const parameters = /^(tab|sort|period|practice|cursor|reply|branch)$/;
/** What a shared cache may keep, in seconds. An older page is caught up by its live cursor as soon as it is open. */
const sharing = 'public, max-age=0, s-maxage=1, stale-while-revalidate=30';

const encode = {
	br: (body: Buffer) =>
		promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
	gzip: (body: Buffer) => promisify(gzip)(body),
};

/** A rendered page, its compressed forms made once each, and the headers that it goes with. */
export type KeptPage = {
	headers: ReturnType<FastifyReply['getHeaders']>;
	etag: string;
	bodies: { identity: Buffer } & { [encoding in keyof typeof encode]?: Promise<Buffer> };
};

/** Rendered pages of readers without a session. */
export type PageCache = CursorCache<KeptPage>;

export function createPageCache(live: Live): PageCache {
	return new CursorCache({
		live,
		most: mostBytes,
		sizeOf: ({ bodies }) => Math.ceil(bodies.identity.length * 1.5),
	});
}

/** What a page is kept under; null for a request whose answer is its own. */
export function readPageKey(request: FastifyRequest, sessionCookie: string): string | null {
	const { url, headers, method } = request;
	if (method !== 'GET' || url.length > longestAddress) return null;
	if (headers.cookie?.includes(`${sessionCookie}=`)) return null;
	if (headers['x-inertia-partial-component'] !== undefined || headers['x-failed-form']) return null;
	const search = url.indexOf('?');
	const names = search === -1 ? [] : [...new URLSearchParams(url.slice(search)).keys()];
	if (!names.every((name) => parameters.test(name))) return null;
	const visit = headers['x-inertia'] === 'true' ? headers['x-inertia-version'] : '';
	return [request.protocol, request.host, url, visit].join(' ');
}

/** A page that was rendered, to be kept with the headers of its reply. */
export function toKeptPage(reply: FastifyReply, body: string): KeptPage {
	const identity = Buffer.from(body);
	const hash = createHash('sha256').update(identity).digest('base64url').slice(0, 22);
	const etag = `W/"${hash}"`;
	reply.headers({ 'cache-control': sharing, vary: 'Accept-Encoding, Cookie, X-Inertia', etag });
	return { headers: reply.getHeaders(), etag, bodies: { identity } };
}

/** Answers with a page in an encoding that the client takes, or that it has it already. */
export async function sendKeptPage(
	reply: FastifyReply,
	{ headers, etag, bodies }: KeptPage,
): Promise<FastifyReply> {
	const { request } = reply;
	reply.headers(headers);
	if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
	const accepted = request.headers['accept-encoding']?.toString() ?? '';
	const encoding = accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : null;
	if (!encoding) return reply.send(bodies.identity);
	const encoded = (bodies[encoding] ??= encode[encoding](bodies.identity));
	return reply.header('content-encoding', encoding).send(await encoded);
}
