import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { Browser, Page, Request } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { createDialect } from '../../server/posts/dialect.ts';
import { openBrowser, visit } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

/**
 * Most that a first visit may take from the line, headers included, in bytes: `everything` with the site’s worker and
 * what it fetches afterwards to show the page without a connection, `scripts` those of the page itself; `editor` those
 * that the editor of stories takes more.
 */
const limits = { everything: 180_000, scripts: 60_000, editor: 135_000 };

/** What must be left of that, as browsers differ in what they ask for and how they count. */
const spare = 3_000;

type Received = { path: string; type: string; bytes: number; text: string };

let site: Site;
let browser: Browser;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
}, 120_000);
/** Weighs the site’s worker and what it takes from the line to keep the page; to be asked for when it has done so. */
function weighWorker(page: Page): () => Promise<Received[]> {
	const received: Promise<Received>[] = [];
	page.context().on('requestfinished', (request) => {
		if (request.serviceWorker()) received.push(weigh(request));
	});
	return async () => {
		const keys = () =>
			page.evaluate(async () => (await (await caches.open('builds')).keys()).length);
		await expect.poll(keys, { timeout: 20_000 }).toBe(1);
		return Promise.all(received);
	};
}

/** The browser does not tell the size of the worker’s script itself; the server does. */
async function weigh(request: Request): Promise<Received> {
	const { pathname } = new URL(request.url());
	const { responseBodySize, responseHeadersSize } = await request.sizes();
	let bytes = responseHeadersSize + responseBodySize;
	if (pathname === '/service-worker.js') {
		const { headers } = await fetch(request.url(), { headers: { 'accept-encoding': 'br' } });
		bytes += Number(headers.get('content-length'));
	}
	return { path: pathname, type: 'worker', bytes, text: '' };
}

/** Opens `path` with nothing in the cache and returns what came over the line until it was quiet. */
async function receive(page: Page, path: string): Promise<Received[]> {
	const session = await page.context().newCDPSession(page);
	const received = new Map<string, Received>();
	session.on('Network.responseReceived', ({ requestId, type, response }) => {
		const { pathname } = new URL(response.url);
		received.set(requestId, { path: pathname, type, bytes: 0, text: '' });
	});
	session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		const file = received.get(requestId);
		if (file) file.bytes = encodedDataLength;
	});
	await session.send('Network.enable');
	await session.send('Network.setCacheDisabled', { cacheDisabled: true });
	await page.goto(path, { waitUntil: 'networkidle' });
	for (const [requestId, file] of received)
		if (file.type === 'Script')
			file.text = (await session.send('Network.getResponseBody', { requestId })).body;
	return [...received.values()];
}

const sum = (files: Received[]) => files.reduce((all, { bytes }) => all + bytes, 0);
const list = (files: Received[]) =>
	files.map(({ path, type, bytes }) => `${bytes} ${type} ${path}`).join('\n');

test.for([390, 1280])('the first visit to the question is light at %i px', async (width) => {
	const visitor = await visit(browser, site.url, { width, worker: true });
	const readWorker = weighWorker(visitor.page);
	const received = await receive(visitor.page, '/');
	const scripts = received.filter(({ type }) => type === 'Script');
	expect(scripts.length, list(received)).toBeGreaterThan(0);
	expect(received.every(({ bytes }) => bytes > 0)).toBe(true);
	expect(sum(scripts), list(scripts)).toBeLessThanOrEqual(limits.scripts);
	const byWorker = await readWorker();
	expect(byWorker.map(({ path }) => path)).toContain('/service-worker.js');
	const everything = [...received, ...byWorker];
	expect(sum(everything), list(everything)).toBeLessThanOrEqual(limits.everything - spare);
	for (const { path, text } of scripts) {
		expect(text).not.toBe('');
		expect(/tiptap|prosemirror/i.test(text), `${path} holds the editor`).toBe(false);
	}
	await visitor.untilLive();
	expect(visitor.complaints).toEqual([]);
	await visitor.close();
});

/** A name of every character that has one, and names like them. */
async function listReferences(): Promise<string[]> {
	const table = new URL(
		'../../node_modules/entities/dist/generated/encode-html.js',
		import.meta.url,
	);
	const names = (await readFile(table, 'utf8')).match(/[a-z][a-z0-9]*(?=;)/gi)!;
	return names.flatMap((name) => [`&${name};`, `&${name}x;`, `&${name.slice(0, -1)};`]);
}

test('the editor is light, and reads named characters as the site does', async () => {
	const visitor = await visit(browser, site.url);
	const { page } = visitor;
	const account = { handle: 'light', name: 'light', email: 'light@example.com' };
	const data = { ...account, password: 'a row of five tiles' };
	expect((await page.request.post('/api/accounts', { data })).status()).toBe(201);
	const received = await receive(page, '/threads/ownership/stories/new');
	const more = received.filter(({ path }) => /\/(StoryEditor|prosemirror)-[^/]+\.js$/.test(path));
	expect(more).toHaveLength(2);
	expect(sum(more), list(more)).toBeLessThanOrEqual(limits.editor);

	const references = await listReferences();
	expect(references.length).toBeGreaterThan(4000);
	const source = await readFile(
		new URL('../../client/editor/entities.ts', import.meta.url),
		'utf8',
	);
	const script = stripTypeScriptTypes(source).replace('export ', '');
	const decoded = await page.evaluate(
		`(() => { ${script}; return ${JSON.stringify(references)}.map(decodeHTMLStrict); })()`,
	);
	const { unescapeAll } = createDialect().utils;
	expect(decoded).toEqual(references.map((reference) => unescapeAll(reference)));
	await visitor.close();
	expect(visitor.complaints).toEqual([]);
});
