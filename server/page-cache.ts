import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Live } from './live/hub.ts';

/** Most bytes of pages that are kept, compressed forms included. */
const mostBytes = 67_108_864;
/** Longest that a page is kept, in ms: how many read it now, and what “this week” is, make no event. */
const longest = 30_000;
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

type Page = {
	/** what the page shows is true at `cursor` of `topic` */
	topic: string;
	cursor: number;
	headers: ReturnType<FastifyReply['getHeaders']>;
	etag: string;
	bodies: { identity: Buffer } & { [encoding in keyof typeof encode]?: Promise<Buffer> };
};

/** A rendering under way; `done` gives null for a page that cannot be kept. */
type Rendering = { number: number; done: Promise<Page | null>; end(page: Page | null): void };

/**
 * Rendered pages of readers without a session, each kept until the next event of its thread. A page that is
 * asked for many times at once is rendered once and compressed once; nobody gets one that was begun before
 * they asked, unless it is still true.
 */
export class PageCache {
	readonly #live: Pick<Live, 'keep' | 'readCursor'>;
	readonly #pages = new LRUCache<string, Page>({
		maxSize: mostBytes,
		sizeCalculation: ({ bodies }, key) => Math.ceil(bodies.identity.length * 1.5) + key.length,
		ttl: longest,
	});
	readonly #renderings = new Map<string, Rendering>();
	#begun = 0;

	constructor({ live }: { live: Pick<Live, 'keep' | 'readCursor'> }) {
		this.#live = live;
	}

	/** The page as it is now, perhaps after its rendering under way; null for who has to render it. */
	find(key: string, reply: FastifyReply): Page | Promise<Page | null> | null {
		const page = this.#pages.get(key);
		if (page && this.#isTrue(page)) return page;
		const rendering = this.#renderings.get(key);
		if (rendering) return this.#await(key, reply, rendering);
		this.#begin(key, reply);
		return null;
	}

	/** Keeps a page that was rendered, with the headers of its reply. */
	async keep(
		reply: FastifyReply,
		{ key, topic, cursor, body }: { key: string; topic: string; cursor: number; body: string },
	): Promise<Page> {
		const identity = Buffer.from(body);
		const hash = createHash('sha256').update(identity).digest('base64url').slice(0, 22);
		const etag = `W/"${hash}"`;
		reply.headers({ 'cache-control': sharing, vary: 'Accept-Encoding, Cookie, X-Inertia', etag });
		const page = { topic, cursor, headers: reply.getHeaders(), etag, bodies: { identity } };
		await this.#live.keep(topic);
		this.#pages.set(key, page);
		this.#renderings.get(key)?.end(page);
		return page;
	}

	/** Forgets all pages: something has changed that makes no event. */
	clear(): void {
		this.#pages.clear();
	}

	#begin(key: string, reply: FastifyReply): void {
		if (reply.raw.closed) return;
		const { promise: done, resolve } = Promise.withResolvers<Page | null>();
		const rendering = {
			number: ++this.#begun,
			done,
			end: (page: Page | null) => {
				if (this.#renderings.get(key) === rendering) this.#renderings.delete(key);
				resolve(page);
			},
		};
		this.#renderings.set(key, rendering);
		reply.raw.once('close', () => rendering.end(null));
	}

	async #await(key: string, reply: FastifyReply, rendering: Rendering): Promise<Page | null> {
		const before = this.#begun;
		for (
			let current: Rendering | undefined = rendering;
			current;
			current = this.#renderings.get(key)
		) {
			const page = await current.done;
			if (!page || current.number > before || this.#isTrue(page)) return page;
		}
		this.#begin(key, reply);
		return null;
	}

	#isTrue({ topic, cursor }: Page): boolean {
		return this.#live.readCursor(topic) === cursor;
	}
}

/** Answers with a page in an encoding that the client takes, or that it has it already. */
export async function sendPage(reply: FastifyReply, page: Page): Promise<FastifyReply> {
	const { headers } = reply.request;
	reply.headers(page.headers);
	if (headers['if-none-match']?.includes(page.etag)) return reply.code(304).send();
	const accepted = headers['accept-encoding']?.toString() ?? '';
	const encoding = accepted.includes('br') ? 'br' : accepted.includes('gzip') ? 'gzip' : null;
	if (!encoding) return reply.send(page.bodies.identity);
	const encoded = (page.bodies[encoding] ??= encode[encoding](page.bodies.identity));
	return reply.header('content-encoding', encoding).send(await encoded);
}

/** What a page is kept under; null for a request whose answer is its own. */
export function readPageKey(request: FastifyRequest, sessionCookie: string): string | null {
	const { url, headers, method } = request;
	if (method !== 'GET' || url.length > longestAddress) return null;
	if (headers.cookie?.includes(`${sessionCookie}=`)) return null;
	if (headers['x-inertia-partial-component'] !== undefined || headers['x-failed-form']) return null;
	const search = url.indexOf('?');
	if (
		search !== -1 &&
		![...new URLSearchParams(url.slice(search)).keys()].every((name) => parameters.test(name))
	)
		return null;
	const visit = headers['x-inertia'] === 'true' ? headers['x-inertia-version'] : '';
	return [request.protocol, request.host, url, visit].join(' ');
}
