/// <reference lib="webworker" />
import type { Page } from '@inertiajs/core';
import type { Meta, SharedProps } from '../../server/schema.ts';

declare const self: ServiceWorkerGlobalScope;

/*
 * Keeps the pages that were visited on this device, each as the data it is made of, for when the line is away. They
 * belong to one account: those of another are dropped. A page is shown by the build that it was made for.
 */

type KeptPage = Page<SharedProps & { meta: Meta }>;

const max = { pages: 60, assets: 150, builds: 2, listed: 12 };
/** How long a page that is kept here may take to come from the site, in ms. */
const timeoutMs = 8_000;
const notKept = new Set(['ErrorPage', 'PasswordPage', 'SignInPage', 'SignUpPage']);
const pageScript = /<script data-page="app" type="application\/json">(.*?)<\/script>/s;
const pagesPrefix = 'pages ';

/** how often somebody signed in or out since this worker runs */
let sessions = 0;
let keeping: Promise<void> = Promise.resolve();
/** the windows whose documents came from here */
const answered = new Set<string>();

self.addEventListener('install', () => void self.skipWaiting());

self.addEventListener('activate', (event) => event.waitUntil(takeOver()));

self.addEventListener('message', (event) =>
	// A full disk keeps nothing, and nothing depends on it.
	event.waitUntil(keepOpened(String(event.data)).catch(() => {})),
);

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (origin !== location.origin) return;
	if (request.method !== 'GET') {
		if (/^\/api\/(session$|accounts$|password-resets\/)/.test(pathname))
			event.respondWith(changeSession(request));
	} else if (pathname.startsWith('/assets/')) {
		// A page that is not from here has preloaded scripts of its own, and would not take them from here.
		if (navigator.onLine && !answered.has(event.clientId))
			event.waitUntil(keepAssets([pathname]).catch(() => {}));
		else event.respondWith(answerAsset(request));
	} else if (isPage(request, pathname)) event.respondWith(answerPage(event));
});

function isPage({ mode, headers }: Request, pathname: string): boolean {
	if (pathname.startsWith('/api/')) return false;
	const isVisit = headers.has('x-inertia') && !headers.has('x-inertia-partial-component');
	return mode === 'navigate' || isVisit;
}

async function takeOver(): Promise<void> {
	await self.registration.navigationPreload?.enable();
	await self.clients.claim();
}

/** Keeps a document that was opened before there was a worker to see it. */
async function keepOpened(html: string): Promise<void> {
	const page = readPage(html, false);
	if (!page || sessions > 0 || notKept.has(page.component)) return;
	await keepPage(page, sessions);
	await keepAssets(assetsOf(html));
}

/** Whoever signs in or out, whatever the answer: what was kept for the one before goes. */
async function changeSession(request: Request): Promise<Response> {
	try {
		return await fetch(request);
	} finally {
		sessions += 1;
		await dropPages();
	}
}

async function answerAsset(request: Request): Promise<Response> {
	return (await findAsset(request.url).catch(() => null)) ?? fetch(request);
}

async function answerPage(event: FetchEvent): Promise<Response> {
	const network = fetchPage(event);
	event.waitUntil(network.catch(() => {}));
	try {
		const late = pause(timeoutMs).then(() => answerKept(event.request));
		const kept = await Promise.race([network.then(() => null), late]);
		if (kept) answered.add(event.resultingClientId);
		return kept ?? (await network);
	} catch (error) {
		answered.add(event.resultingClientId);
		const kept = await answerKept(event.request);
		if (kept) return kept;
		if (event.request.mode !== 'navigate') throw error;
		return answerMissing(event.request.url, error);
	}
}

async function fetchPage(event: FetchEvent): Promise<Response> {
	const began = sessions;
	const preloaded = (await event.preloadResponse) as Response | undefined;
	const response = preloaded ?? (await fetch(event.request));
	if (response.ok) event.waitUntil(keepLater(response.clone(), began));
	return response;
}

/** One after the other; `began` is what `sessions` was before the page was asked for. */
function keepLater(response: Response, began: number): Promise<void> {
	keeping = keeping
		.then(async () => {
			const page = readPage(await response.text(), response.headers.has('x-inertia'));
			if (page && !notKept.has(page.component)) await keepPage(page, began);
		})
		// A full disk keeps nothing, and nothing depends on it.
		.catch(() => {});
	return keeping;
}

function readPage(text: string, isVisit: boolean): KeptPage | null {
	const json = isVisit ? text : pageScript.exec(text)?.[1];
	return json ? (JSON.parse(json) as KeptPage) : null;
}

async function keepPage(page: KeptPage, began: number): Promise<void> {
	if (began !== sessions) return;
	const name = pagesPrefix + (page.props.me?.id ?? '');
	await dropPages(name);
	const pages = await caches.open(name);
	const own = { form: null, formKey: null, keptAt: new Date().toISOString() };
	const kept = { ...page, props: { ...page.props, ...own } };
	await pages.delete(page.url);
	await pages.put(page.url, Response.json(kept));
	await trim(pages, max.pages);
	if (began !== sessions) await caches.delete(name);
	await keepBuild(String(page.version));
}

/** Keeps what shows the pages of a build: its page for missing pages, with all that it loads. */
async function keepBuild(version: string): Promise<void> {
	const builds = await caches.open('builds');
	const key = `/offline?${version}`;
	const kept = await builds.match(key);
	if (kept && (await isWhole(kept))) return;
	const response = await fetch('/offline', { credentials: 'omit' });
	const text = await response.text();
	if (readPage(text, false)?.version !== version) return;
	await keepAssets(assetsOf(text));
	const headers = new Headers(response.headers);
	headers.delete('content-encoding');
	headers.delete('content-length');
	headers.delete('server-timing');
	const shell = text.replaceAll(/<link rel="modulepreload"[^>]*>/g, '');
	await builds.put(key, new Response(shell, { headers }));
	await trim(builds, max.builds);
}

const types: Record<string, RegExp> = { js: /javascript/, css: /^text\/css/, woff2: /^font\// };

/** Whether it is the asset, and not what something between here and the site says in its place. */
function isAsset(path: string, { ok, redirected, headers }: Response): boolean {
	const type = types[path.split('.').at(-1)!];
	return ok && !redirected && (!type || type.test(headers.get('content-type') ?? ''));
}

/** The asset as it is kept, whatever is asked with its address; what is none goes. */
async function findAsset(url: string): Promise<Response | null> {
	const { pathname } = new URL(url, location.origin);
	const assets = await caches.open('assets');
	const kept = await assets.match(pathname, { ignoreVary: true });
	if (!kept || isAsset(pathname, kept)) return kept ?? null;
	await assets.delete(pathname, { ignoreVary: true });
	return null;
}

const assetsOf = (html: string) => html.match(/(?<=(href|src)=")\/assets\/[^"]+/g) ?? [];

/** Most come out of the browser's own cache, as pages have loaded them, unless that has something else there. */
async function keepAssets(paths: string[]): Promise<void> {
	const assets = await caches.open('assets');
	for (const path of new Set(paths)) {
		if (await findAsset(path)) continue;
		let response = await fetch(path);
		if (!isAsset(path, response)) response = await fetch(path, { cache: 'reload' });
		if (!isAsset(path, response)) throw new TypeError(`${path} is not what it should be.`);
		await assets.put(path, response);
	}
	await trim(assets, max.assets);
}

const listCaches = async () => (await caches.keys()).filter((name) => name.startsWith(pagesPrefix));

async function dropPages(except?: string): Promise<void> {
	const others = (await listCaches()).filter((name) => name !== except);
	await Promise.all(others.map((name) => caches.delete(name)));
}

/** The oldest go first. */
async function trim(cache: Cache, max: number): Promise<void> {
	const keys = await cache.keys();
	await Promise.all(keys.slice(0, -max).map((key) => cache.delete(key)));
}

async function findKept(url: string): Promise<KeptPage | null> {
	const { pathname, search } = new URL(url);
	const [name] = await listCaches();
	const response = name && (await caches.match(pathname + search, { cacheName: name }));
	return response ? ((await response.json()) as KeptPage) : null;
}

/** The front page is called as the site is. */
const nameOf = ({ title }: Meta) =>
	title.replace(/ · Weigh-In$/, '').replace(/^Weigh-In$/, 'The question');

/** The pages that were visited last, the latest first. */
async function listKept(): Promise<KeptPage[]> {
	const [name] = await listCaches();
	const responses = name ? await (await caches.open(name)).matchAll() : [];
	const latest = responses.slice(-max.listed).toReversed();
	return Promise.all(latest.map((response) => response.json() as Promise<KeptPage>));
}

/** A page as it was kept, in the form that was asked for; null where it was not, or the store fails. */
const answerKept = (request: Request) => readKept(request).catch(() => null);

async function readKept({ url, headers }: Request): Promise<Response | null> {
	const page = await findKept(url);
	if (!page) return null;
	const version = headers.get('x-inertia-version');
	if (!headers.has('x-inertia')) return fillBuild(page);
	if (version !== page.version)
		return new Response(null, { status: 409, headers: { 'x-inertia-location': url } });
	return Response.json(page, { headers: { 'x-inertia': 'true', vary: 'X-Inertia' } });
}

/** The page in place of one that is not kept; it names those that are. */
async function answerMissing(url: string, error: unknown): Promise<Response> {
	const latest = (await (await caches.open('builds')).matchAll()).at(-1);
	const shell = latest && readPage(await latest.text(), false);
	if (!shell) throw error;
	const { pathname, search } = new URL(url);
	const pages = await listKept();
	const kept = pages.map(({ url, props }) => ({ url, title: nameOf(props.meta) }));
	const props = { ...shell.props, me: pages[0]?.props.me ?? null, kept };
	const answer = await fillBuild({ ...shell, url: pathname + search, props });
	if (!answer) throw error;
	return answer;
}

/** Whether all that a build's document loads is kept. */
async function isWhole(build: Response): Promise<boolean> {
	const assets = await Promise.all(assetsOf(await build.clone().text()).map(findAsset));
	return assets.every(Boolean);
}

/** The document of a page, whose words its scripts put into it; null where its build is gone, or not whole. */
async function fillBuild(page: KeptPage): Promise<Response | null> {
	const builds = await caches.open('builds');
	const build = await builds.match(`/offline?${page.version}`);
	if (!build || !(await isWhole(build))) return null;
	const [head] = (await build.text()).split(pageScript, 1);
	const json = JSON.stringify(page).replaceAll('<', String.raw`\u003c`);
	const body = `<script data-page="app" type="application/json">${json}</script><div id="app"></div>`;
	return new Response(`${head}${body}</body></html>`, { headers: build.headers });
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
