import type { FastifyRequest } from 'fastify';
import type { Me } from './accounts/schema.ts';
import type { App } from './app.ts';
import { readOrigin } from './origins.ts';

declare module 'fastify' {
	interface FastifyRequest {
		pageRequest: PageRequest;
	}
}

/** Names all that a kept page was made for. Only a {@link PageRequest} has one. */
export type PageKey = string & { readonly [isPageKey]: true };
declare const isPageKey: unique symbol;

export type Encoding = 'identity' | 'br' | 'gzip';
type PartialReload = { component: string; only?: string[]; except?: string[] };

type Parts = {
	/** whether nothing but a page is asked for; only such a request finds another build of the client wrong */
	isRead: boolean;
	/** a whole document, or the page object for a visit of the Inertia client */
	kind: 'document' | 'visit';
	/** the build of the client that the visit is for */
	version: string | undefined;
	/** what a partial reload asks of a page */
	partial: PartialReload | null;
	/** what the answer is compressed with */
	encoding: Encoding;
	/** of the session's cookie; null without one */
	token: string | null;
	/** the account that the request is for; undefined where it does not say */
	account: string | undefined;
	/** who is signed in; null for a reader */
	member: Me | null;
	/** whether the answer gives its recipient a cookie */
	setsCookie: boolean;
	/** the address of the page, as its client is to show it */
	url: string;
	/** where the page is, under the origin that it calls its own; null where the answer is nobody else's */
	place: { origin: string; url: string } | null;
};

/** Names the account that a request is for: one that waited must not go out under the next to sign in. */
const accountHeader = 'weigh-in-account';

/** Longest addresses whose pages are kept, and what may stand in them: other parameters change nothing or are one's own. */
const longestAddress = 300;
const parameters = /^(tab|sort|period|practice|cursor|reply|branch)$/;

/**
 * What a request asks of a page, and for whom: the one reading of its method, headers and cookies, which sessions,
 * pages and their caches share. It never changes: who signs in, or gets a cookie, has another one, with another key.
 */
export class PageRequest {
	readonly #parts: Readonly<Parts>;
	#key: PageKey | null | undefined;

	private constructor(parts: Parts) {
		this.#parts = parts;
	}

	static read(request: FastifyRequest): PageRequest {
		const { method, headers, server } = request;
		const isRead = method === 'GET' || method === 'HEAD';
		const isVisit = headers['x-inertia'] === 'true';
		const partial = isVisit ? readPartial(headers) : null;
		const isOwn = partial !== null || headers['x-failed-form'] !== undefined;
		const url = readAddress(request);
		return new PageRequest({
			isRead,
			kind: isVisit ? 'visit' : 'document',
			version: isVisit ? headers['x-inertia-version']?.toString() : undefined,
			partial,
			encoding: readEncoding(headers['accept-encoding']?.toString()),
			token: headers.cookie ? readToken(request, server as App) : null,
			account: headers[accountHeader]?.toString(),
			member: null,
			setsCookie: false,
			url,
			place:
				isRead && !isOwn && isPlain(url)
					? { origin: readOrigin(request, server.config.origin), url }
					: null,
		});
	}

	get url(): string {
		return this.#parts.url;
	}
	get kind(): Parts['kind'] {
		return this.#parts.kind;
	}
	get encoding(): Encoding {
		return this.#parts.encoding;
	}
	get token(): string | null {
		return this.#parts.token;
	}
	get account(): string | undefined {
		return this.#parts.account;
	}
	get member(): Me | null {
		return this.#parts.member;
	}
	get setsCookie(): boolean {
		return this.#parts.setsCookie;
	}
	/** Whether the answer is one person's: no cache at all may have it. */
	get isPersonal(): boolean {
		return this.token !== null || this.member !== null || this.setsCookie;
	}

	/** Whether the client that visits is of another build than `version`, and has to load the document. */
	isOutdated(version: string): boolean {
		return this.kind === 'visit' && this.#parts.isRead && this.#parts.version !== version;
	}

	/** What of a page's props is asked for. */
	pickProps(name: string, props: object): object {
		const { partial } = this.#parts;
		if (partial?.component !== name) return props;
		const { only, except } = partial;
		return Object.fromEntries(
			Object.entries(props).filter(
				([key]) => (!only || only.includes(key) || key === 'meta') && !except?.includes(key),
			),
		);
	}

	/** The same, asked for by a member. */
	by(member: Me): PageRequest {
		return new PageRequest({ ...this.#parts, member });
	}

	/** The same, with a cookie in the answer. */
	withCookie(): PageRequest {
		return new PageRequest({ ...this.#parts, setsCookie: true });
	}

	/** What a page that was made for this may be kept under; null where no other request may get it. */
	get key(): PageKey | null {
		return (this.#key ??= this.#makeKey());
	}

	#makeKey(): PageKey | null {
		const { place, setsCookie, kind, version, token, account, member, encoding } = this.#parts;
		// who has a cookie of a session, or names an account, is no reader before that is looked up
		const isReader = token === null && account === undefined;
		if (!place || setsCookie || !(member || isReader)) return null;
		const own = member && [encoding, member];
		return JSON.stringify([kind, version, place.origin, place.url, own]) as PageKey;
	}
}

/** To be registered before all that answers requests. */
export function registerPageRequests(app: App): void {
	app.decorateRequest('pageRequest');
	app.addHook('onRequest', (request, _reply, done) => {
		request.pageRequest = PageRequest.read(request);
		done();
	});
}

type Headers = FastifyRequest['headers'];

function readPartial(headers: Headers): PartialReload | null {
	const component = headers['x-inertia-partial-component']?.toString();
	if (component === undefined) return null;
	const list = (header: string) => headers[header]?.toString().split(',');
	const only = list('x-inertia-partial-data');
	const except = list('x-inertia-partial-except');
	return { component, only, except };
}

const readToken = ({ headers }: FastifyRequest, app: App) =>
	app.parseCookie(headers.cookie!)[app.sessions.cookieName] || null;

/**
 * The address of a request. Of a page that is kept, without the parameters that it does not know: those that mailed
 * links are followed by are no other pages.
 */
function readAddress({ url, query, routeOptions }: FastifyRequest): string {
	const { isKept } = routeOptions.config;
	if (!isKept || !url.includes('?')) return url;
	const { querystring } = (routeOptions.schema ?? {}) as { querystring?: { properties: object } };
	const sent = Object.entries(query as Record<string, string | string[]>);
	const known = sent.filter(([name]) => Object.hasOwn(querystring?.properties ?? {}, name));
	if (known.length === sent.length) return url;
	const pairs = known.flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
	return [url.slice(0, url.indexOf('?')), `${new URLSearchParams(pairs)}`]
		.filter(Boolean)
		.join('?');
}

function isPlain(url: string): boolean {
	if (url.length > longestAddress) return false;
	const search = url.indexOf('?');
	const names = search === -1 ? [] : [...new URLSearchParams(url.slice(search)).keys()];
	return names.every((name) => parameters.test(name));
}

/** Named, and not with a weight of nothing. */
const takes = {
	br: /\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/,
	gzip: /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/,
};

function readEncoding(accepted: string | undefined): Encoding {
	if (!accepted) return 'identity';
	return takes.br.test(accepted) ? 'br' : takes.gzip.test(accepted) ? 'gzip' : 'identity';
}
