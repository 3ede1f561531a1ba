import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { Agent, type Dispatcher, request } from 'undici';
import { isPublic, normalizeAddress, readTarget, type Target } from './addresses.ts';
import { HeadReader, type PageHead } from './head.ts';

export type FetchOptions = {
	/** whether to connect there; the public web alone, unless given */
	allow?: (target: Target) => boolean;
	/** the addresses of a host name; those that the DNS knows, unless given */
	resolve?: (hostname: string) => Promise<string[]>;
	/** the longest that all of it may take, in ms */
	patience?: number;
};
type Policy = Required<Omit<FetchOptions, 'patience'>>;

const maxRedirects = 3;
/** Bytes of an answer's headers. */
const maxHeaderBytes = 16_384;
/** Most addresses of one name that are tried. */
const maxTried = 4;

const headers = {
	'user-agent': 'Weigh-In link previews',
	accept: 'text/html',
	'accept-encoding': 'identity',
};

class Refused extends Error {}

/**
 * Reads what a page of the public web says of itself. Every address is checked where the connection is
 * made, after the name was resolved, for each redirect anew.
 *
 * @returns null if there is no such page, it is no HTML, or it has no title
 */
export async function fetchHead(
	address: string,
	{ allow = isPublic, resolve = askDns, patience = 5_000 }: FetchOptions = {},
): Promise<PageHead | null> {
	const signal = AbortSignal.timeout(patience);
	try {
		let next: string | null = address;
		for (let hop = 0; next !== null && hop <= maxRedirects; hop++) {
			const url = new URL(next);
			const read = await open(url, { allow, resolve, signal });
			if ('head' in read) return read.head;
			next = normalizeAddress(URL.parse(read.location, url)?.href ?? '');
		}
		return null;
	} catch {
		// Whatever a foreign server does wrong, there is nothing to show.
		return null;
	}
}

type Opened = { head: PageHead | null } | { location: string };

async function open(
	url: URL,
	{ allow, resolve, signal }: Policy & { signal: AbortSignal },
): Promise<Opened> {
	const { port, address } = readTarget(url);
	// A host that is an address is not looked up.
	if (address !== undefined && !allow({ address, port })) throw new Refused();
	const agent = new Agent({
		connect: {
			lookup: lookUp((found) => allow({ address: found, port }), resolve),
			autoSelectFamily: true,
			timeout: 0,
		},
		allowH2: false,
		maxHeaderSize: maxHeaderBytes,
		headersTimeout: 0,
		bodyTimeout: 0,
	});
	try {
		const response = await request(url, { dispatcher: agent, headers, signal });
		const { statusCode } = response;
		const { location } = response.headers;
		if (statusCode >= 300 && statusCode < 400 && typeof location === 'string') return { location };
		return { head: isReadable(response) ? await readBody(response) : null };
	} finally {
		await agent.destroy();
	}
}

/** Resolves a name where a connection is made, to all its addresses, unless one of them is not allowed. */
function lookUp(allow: (address: string) => boolean, resolve: Policy['resolve']): LookupFunction {
	return callbackify(async (hostname: string, _options: object) => {
		const found = await resolve(hostname);
		if (found.length === 0 || !found.every(allow)) throw new Refused();
		return found.slice(0, maxTried).map((address) => ({ address, family: isIP(address) }));
	});
}

/** Not by the system's resolver, whose few threads passwords need too, and which knows the names of this machine. */
async function askDns(hostname: string): Promise<string[]> {
	const resolver = new Resolver({ timeout: 2_000, tries: 2 });
	const answers = await Promise.allSettled([
		resolver.resolve4(hostname),
		resolver.resolve6(hostname),
	]);
	return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}

function isReadable({ statusCode, headers }: Dispatcher.ResponseData): boolean {
	const encoding = headers['content-encoding'] ?? 'identity';
	return statusCode === 200 && encoding === 'identity' && /^text\/html\b/i.test(readType(headers));
}

const readType = (headers: Dispatcher.ResponseData['headers']) =>
	[headers['content-type']].flat()[0] ?? '';

/** Reads until the page's head is over, but no more than the reader wants. */
async function readBody({ body, headers }: Dispatcher.ResponseData): Promise<PageHead | null> {
	const reader = new HeadReader(readType(headers));
	for await (const chunk of body as AsyncIterable<Buffer>) if (reader.write(chunk)) break;
	return reader.read();
}
