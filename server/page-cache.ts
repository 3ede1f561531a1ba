import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, brotliCompressSync, constants, gzip, gzipSync } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { type Caches, type Claim, CursorCache } from './cursor-cache.ts';
import type { Live } from './live/hub.ts';
import type { Encoding, PageKey, PageRequest } from './page-request.ts';

/** Most bytes of pages that are kept of readers and of members each, compressed forms included. */
const mostBytes = 67_108_864;
/** What a shared cache may keep, in seconds. An older page is caught up by its live cursor as soon as it is open. */
const sharing = 'public, max-age=0, s-maxage=1, stale-while-revalidate=30';

/** What the same address may be answered by. */
const varies = 'Accept-Encoding, Cookie, X-Inertia';

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
	/** what it was made for */
	key: PageKey;
	/** none of a page that only one person has: their browser may not keep it either */
	etag: string | null;
	head: string[];
	size: number;
	forms: Map<Encoding, Form | Promise<Form>>;
};

/** Of readers without a session, and of members. */
export type PageCache = CursorCache<KeptPage, PageKey>;
export type PageClaim = Claim<KeptPage, PageKey>;

export function createPageCache(live: Live, caches: Caches | undefined): PageCache {
	return new CursorCache({ live, most: mostBytes, sizeOf: ({ size }) => size, caches });
}

/** Says of a page's reply who may keep it. */
export function setCaching(reply: FastifyReply, { isPersonal, kind }: PageRequest): void {
	reply.header('vary', varies);
	const others = kind === 'visit' ? 'private, no-cache' : 'no-cache';
	reply.header('cache-control', isPersonal ? 'private, no-store' : others);
}

/**
 * The page that was rendered for a request, with the headers of its reply: a member's in the one form that was asked
 * for. Null where no other request may get it.
 */
export function toKeptPage(
	reply: FastifyReply,
	{ key, kind, encoding: asked, isPersonal }: PageRequest,
	text: string,
): KeptPage | null {
	if (!key || reply.hasHeader('set-cookie')) return null;
	const body = Buffer.from(text);
	const etag = isPersonal ? null : `W/"${hashBody(body)}"`;
	if (etag) reply.header('etag', etag);
	if (!isPersonal && kind === 'document') reply.header('cache-control', sharing);
	const head = Object.entries(reply.getHeaders()).flatMap(([name, value]) => [name, String(value)]);
	const encoding = isPersonal ? asked : 'identity';
	const form = toForm(head, encoding, encodeNow[encoding](body));
	const size = 2_000 + Math.ceil(form.body.length * (isPersonal ? 1 : 1.5));
	return { key, etag, head, size, forms: new Map([[encoding, form]]) };
}

/** When a document is sent, in ms since 1970: scripts can read none of its headers but this (W3C Server Timing). */
export const timeSending = () => ['server-timing', `sent;dur=${Date.now()}`] as const;

const hashBody = (body: Buffer) =>
	createHash('sha256').update(body).digest('base64url').slice(0, 22);

/** Compresses a page that is not kept, and says so. */
export function encodePage(reply: FastifyReply, text: string): Buffer | string {
	const { encoding } = reply.request.pageRequest;
	if (encoding === 'identity') return text;
	reply.header('content-encoding', encoding);
	return encodeNow[encoding](Buffer.from(text));
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
	if (page.etag && request.headers['if-none-match']?.includes(page.etag)) {
		raw.writeHead(304, [...page.head, ...timeSending()]).end();
		return reply;
	}
	const send = ({ head, body }: Form) =>
		void raw.writeHead(200, [...head, ...timeSending()]).end(body);
	const form = findForm(page, request.pageRequest.encoding);
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
