import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Me } from './accounts/schema.ts';
import { CursorCache } from './cursor-cache.ts';
import type { Live } from './live/hub.ts';

/** Most bytes of pages that are kept of readers and of members each, compressed forms included. */
const mostBytes = 67_108_864;
/** Longest addresses whose pages are kept, and what may stand in them: other parameters change nothing or are one's own. */
const longestAddress = 300;
const parameters = /^(tab|sort|period|practice|cursor|reply|branch)$/;
/** What a shared cache may keep, in seconds. An older page is caught up by its live cursor as soon as it is open. */
const sharing = 'public, max-age=0, s-maxage=1, stale-while-revalidate=30';

type Encoding = 'identity' | 'br' | 'gzip';
/** What goes over the wire: `head` has names and values in turn. */
type Form = { head: string[]; body: Buffer };

const quality = (value: number) => ({ params: { [constants.BROTLI_PARAM_QUALITY]: value } });
/** For pages that are sent often: a few milliseconds beside the other work. */
const encodeWell = {
	br: (body: Buffer) => promisify(brotliCompress)(body, quality(6)),
	gzip: (body: Buffer) => promisify(gzip)(body),
};
/** For pages that are sent once: a fifth of a millisecond, less than handing it to another thread. */
const encodeNow = {
	identity: (body: Buffer) => body,
	br: (body: Buffer) => brotliCompressSync(body, quality(1)),
	gzip: (body: Buffer) => gzipSync(body, { level: 1 }),
};

/** A rendered page with the headers of its reply, in the forms in which it was asked for. */
export type KeptPage = {
	etag: string;
	head: string[];
	size: number;
	forms: Map<Encoding, Form | Promise<Form>>;
};

/** Of readers without a session, and of members. */
export type PageCache = CursorCache<KeptPage>;

export function createPageCache(live: Live): PageCache {
	return new CursorCache({ live, most: mostBytes, sizeOf: ({ size }) => size });
}

/** What a page is kept under; null for a request whose answer is its own. */
export function readPageKey(request: FastifyRequest): string | null {
	const { url, headers, method } = request;
	if ((method !== 'GET' && method !== 'HEAD') || url.length > longestAddress) return null;
	if (headers['x-inertia-partial-component'] !== undefined || headers['x-failed-form']) return null;
	const search = url.indexOf('?');
	const names = search === -1 ? [] : [...new URLSearchParams(url.slice(search)).keys()];
	if (!names.every((name) => parameters.test(name))) return null;
	const visit = headers['x-inertia'] === 'true' ? headers['x-inertia-version'] : '';
	return `${request.protocol} ${request.host} ${url} ${visit}`;
}

/** What a member's own page is kept under: with all that is known of the account, as it stands in the page. */
export function readOwnPageKey(request: FastifyRequest, member: Me): string | null {
	const key = readPageKey(request);
	return key && `${key} ${readEncoding(request)} ${JSON.stringify(member)}`;
}

/** A page that was rendered, with the headers of its reply; a member’s in the one form that was asked for. */
export function toKeptPage(reply: FastifyReply, text: string): KeptPage {
	const { request } = reply;
	const isOwn = request.member !== null;
	const body = Buffer.from(text);
	const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
	const etag = `W/"${hash}"`;
	reply.headers({ vary: 'Accept-Encoding, Cookie, X-Inertia', etag });
	if (!isOwn) reply.header('cache-control', sharing);
	const head = Object.entries(reply.getHeaders()).flatMap(([name, value]) => [name, String(value)]);
	const encoding = isOwn ? readEncoding(request) : 'identity';
	const form = toForm(head, encoding, encodeNow[encoding](body));
	const size = 2_000 + Math.ceil(form.body.length * (isOwn ? 1 : 1.5));
	return { etag, head, size, forms: new Map([[encoding, form]]) };
}

/** Compresses a page that is not kept, and says so. */
export function encodePage(reply: FastifyReply, text: string): Buffer | string {
	const encoding = readEncoding(reply.request);
	if (encoding === 'identity') return text;
	reply.header('content-encoding', encoding);
	return encodeNow[encoding](Buffer.from(text));
}

/** Named, and not with a weight of nothing. */
const takes = {
	br: /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/,
	gzip: /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/,
};

function readEncoding({ headers }: FastifyRequest): Encoding {
	const accepted = headers['accept-encoding']?.toString() ?? '';
	return takes.br.test(accepted) ? 'br' : takes.gzip.test(accepted) ? 'gzip' : 'identity';
}

function toForm(head: string[], encoding: Encoding, body: Buffer): Form {
	const own = ['content-length', String(body.length)];
	if (encoding !== 'identity') own.push('content-encoding', encoding);
	return { head: [...head, ...own], body };
}

/**
 * Answers with a page in an encoding that the client takes, or that it has it already. It goes past the
 * hooks of replies: all that they would add is in it.
 */
export function sendKeptPage(reply: FastifyReply, page: KeptPage): FastifyReply {
	const { request, raw } = reply;
	reply.hijack();
	request.log.debug({ reqId: request.id, req: request }, 'Answered from memory');
	if (request.headers['if-none-match']?.includes(page.etag)) {
		raw.writeHead(304, page.head).end();
		return reply;
	}
	const send = ({ head, body }: Form) => void raw.writeHead(200, head).end(body);
	const form = findForm(page, readEncoding(request));
	if (form instanceof Promise) form.then(send, (error: Error) => raw.destroy(error));
	else send(form);
	return reply;
}

function findForm({ head, forms }: KeptPage, encoding: Encoding): Form | Promise<Form> {
	const found = forms.get(encoding);
	if (found || encoding === 'identity') return found!;
	const { body } = forms.get('identity') as Form;
	const making = encodeWell[encoding](body).then((encoded) => {
		const form = toForm(head, encoding, encoded);
		forms.set(encoding, form);
		return form;
	});
	forms.set(encoding, making);
	return making;
}
