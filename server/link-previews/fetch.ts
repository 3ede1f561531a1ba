import { lookup as resolve } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import { isPublic, normalizeAddress, readTarget, type Target } from './addresses.ts';
import { type PageHead, readHead } from './head.ts';

export type FetchOptions = {
	/** whether to connect there; the public web alone, unless given */
	allow?: (target: Target) => boolean;
	/** the longest that all of it may take, in ms */
	patience?: number;
};

const mostRedirects = 3;
/** Most bytes that are read of a page. */
const mostBytes = 512 * 1024;

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
	{ allow = isPublic, patience = 5_000 }: FetchOptions = {},
): Promise<PageHead | null> {
	const signal = AbortSignal.timeout(patience);
	try {
		let next: string | null = address;
		for (let hop = 0; next !== null && hop <= mostRedirects; hop++) {
			const url = new URL(next);
			const read = await open(url, { allow, signal });
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
	{ allow, signal }: { allow: (target: Target) => boolean; signal: AbortSignal },
): Promise<Opened> {
	const { port, address } = readTarget(url);
	// A host that is an address is not looked up.
	if (address !== undefined && !allow({ address, port })) throw new Refused();
	const agent = new Agent({
		connect: { lookup: lookUpAllowed((found) => allow({ address: found, port })), timeout: 0 },
		allowH2: false,
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

/** Resolves a name, unless one of its addresses is not allowed. */
function lookUpAllowed(allow: (address: string) => boolean): LookupFunction {
	return (hostname, options, done) =>
		resolve(hostname, { ...options, all: true }, (error, found) => {
			if (error) return done(error, []);
			if (!found.every(({ address }) => allow(address))) return done(new Refused(), []);
			if (options.all) done(null, found);
			else done(null, found[0]!.address, found[0]!.family);
		});
}

function isReadable({ statusCode, headers }: Dispatcher.ResponseData): boolean {
	const encoding = headers['content-encoding'] ?? 'identity';
	return statusCode === 200 && encoding === 'identity' && /^text\/html\b/i.test(readType(headers));
}

const readType = (headers: Dispatcher.ResponseData['headers']) =>
	[headers['content-type']].flat()[0] ?? '';

/** Reads until the page's head is over, but no more than the limit. */
async function readBody({ body, headers }: Dispatcher.ResponseData): Promise<PageHead | null> {
	const chunks: Buffer[] = [];
	let size = 0;
	let tail = '';
	for await (const chunk of body as AsyncIterable<Buffer>) {
		chunks.push(chunk.subarray(0, mostBytes - size));
		size += chunk.length;
		const text = tail + chunk.toString('latin1');
		if (size >= mostBytes || /<\/head|<body/i.test(text)) break;
		tail = text.slice(-6);
	}
	return readHead(Buffer.concat(chunks), readType(headers));
}
