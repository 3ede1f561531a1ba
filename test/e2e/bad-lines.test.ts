import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, signIn, visit, type Visitor } from '../support/browser.ts';
import { type Middlebox, openMiddlebox } from '../support/middlebox.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let box: Middlebox;
let host: Participant;
let answer: number;
const visitors: Visitor[] = [];

const words = 'Being there when it breaks.';
const patience = { timeout: 20_000 };

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	box = await openMiddlebox(site.url);
	host = new Participant(site.url, 'the_host');
	await host.signUp();
	const definition = { kind: 'definition', body: words };
	const created = await host.send('POST', '/api/threads/ownership/posts', definition);
	answer = (created.body as { id: number }).id;
}, 120_000);
beforeEach(() => {
	box.interfere = () => undefined;
	box.requests.length = 0;
});
afterEach(async () => {
	const closing = visitors.splice(0);
	for (const visitor of closing)
		visitor.excuse(
			/ERR_(INCOMPLETE|CONTENT_LENGTH|CONNECTION|INTERNET|FAILED)|status of 502|MIME type/,
		);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

async function open(circumstances?: Parameters<typeof visit>[2]): Promise<Visitor> {
	const visitor = await visit(browser, box.url, circumstances);
	visitors.push(visitor);
	return visitor;
}

const field = (page: Page) => page.getByLabel('Ownership means');

test('a draft whose script is cut is kept on the device, which says so, and asks for it again', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	box.interfere = (path) => (path.startsWith('/assets/draft') ? 'cut' : undefined);
	await field(page).pressSequentially('I answer for it');
	await page.getByText('your draft is kept on this device only').waitFor();
	await page.reload();
	await expect.poll(() => field(page).inputValue(), patience).toBe('I answer for it');

	await page.getByText('your draft is kept on this device only').waitFor();
	box.interfere = () => undefined;
	await field(page).press('End');
	await field(page).pressSequentially('.');
	await page.getByText('your draft is kept on this device only').waitFor({ state: 'detached' });
	await page.reload();
	await expect.poll(() => field(page).inputValue(), patience).toBe('I answer for it.');
});

test('a draft that was kept when its script did not come is not lost under another', async () => {
	const visitor = await open();
	const { page } = visitor;
	const alone = page.getByText('your draft is kept on this device only');
	box.interfere = (path) => (path.startsWith('/assets/draft') ? 'cut' : undefined);
	await page.goto('/');
	await visitor.untilLive();
	await field(page).fill('The first words');
	await alone.waitFor();
	await page.goto('/?draft=Other+words');
	await alone.waitFor();
	expect(await field(page).inputValue()).toBe('Other words');
	await field(page).fill('Other words here');
	box.interfere = () => undefined;
	await page.goto('/');
	await expect.poll(() => field(page).inputValue(), patience).toBe('Other words here');
	await page.getByRole('button', { name: 'Show that one' }).click();
	expect(await field(page).inputValue()).toBe('The first words');
});

test('keys and suggestions whose script is cut are said to be missing or left out, and come later', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	const missing = page.getByText('The list of keys did not arrive.');
	const suggestions = page.getByRole('listbox', { name: 'Suggestions' });
	box.interfere = (path) =>
		/^\/assets\/(dialog-(?!overlay)|list-)/.test(path) ? 'cut' : undefined;
	await page.getByRole('button', { name: 'Keys', exact: true }).click();
	await missing.waitFor();
	await field(page).pressSequentially('With a :smil');
	const askedAgain = () => box.requests.some((path) => /^\/assets\/list.*\?/.test(path));
	await expect.poll(askedAgain, patience).toBe(true);
	expect(await suggestions.count()).toBe(0);

	box.interfere = () => undefined;
	await field(page).press('e');
	await suggestions.waitFor();
	await page.getByRole('heading', { level: 1 }).click();
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keys' }).waitFor();
	expect(await missing.count()).toBe(0);
});

test('what stands before the site and fails is said in a notice, with a way to try again', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	box.interfere = (path) =>
		path === '/threads'
			? { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }
			: undefined;
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('alert').getByText('The page did not arrive (502).').waitFor();
	expect(await page.locator('dialog, iframe').count()).toBe(0);
	expect(page.url()).toBe(`${box.url}/`);
	box.interfere = () => undefined;
	await page.getByRole('button', { name: 'Try again' }).click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	expect(await page.getByRole('alert').count()).toBe(0);
});

test('the page of a portal opens as a document', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	box.interfere = (path) =>
		path === '/threads'
			? { status: 200, type: 'text/html', body: '<h1>Welcome on the train</h1>' }
			: undefined;
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Welcome on the train' }).waitFor();
	expect(page.url()).toBe(`${box.url}/threads`);
	expect(await page.locator('dialog, iframe, main').count()).toBe(0);
});

const assets = (page: Page) =>
	page.evaluate(async () => {
		const cache = await caches.open('assets');
		const found = await Promise.all(
			(await cache.keys()).map(async (key) => {
				const type = (await cache.match(key))!.headers.get('content-type')!;
				return `${new URL(key.url).pathname.split('.').at(-1)} ${type.split(/[;/]/)[1]}`;
			}),
		);
		return [...new Set(found)].toSorted();
	});
const builds = (page: Page) =>
	page.evaluate(async () => (await (await caches.open('builds')).keys()).length);
const goodTypes = ['css css', 'js javascript', 'woff2 woff2'];

test('what a filter says in place of scripts is not kept, and what was kept of it goes', async () => {
	const visitor = await open({ worker: true });
	const { page } = visitor;
	const filter = { status: 200, type: 'text/html', body: '<h1>Blocked</h1>' };
	box.interfere = (path) => (path.startsWith('/assets/ErrorPage') ? filter : undefined);
	await page.goto('/');
	await visitor.untilLive();
	await expect
		.poll(
			() => box.requests.filter((path) => path.startsWith('/assets/ErrorPage')).length,
			patience,
		)
		.toBeGreaterThan(1);
	await page.waitForTimeout(300);
	expect((await assets(page)).filter((kept) => !goodTypes.includes(kept))).toEqual([]);
	expect(await builds(page)).toBe(0);

	box.interfere = () => undefined;
	await page.reload();
	await expect.poll(() => builds(page), patience).toBe(1);
	expect(await assets(page)).toEqual(goodTypes);

	// As an earlier worker may have left it.
	const spoilt = await page.evaluate(async () => {
		const cache = await caches.open('assets');
		const scripts = (await cache.keys()).filter(({ url }) => url.endsWith('.js'));
		for (const script of scripts)
			await cache.put(
				script,
				new Response('<h1>Blocked</h1>', { headers: { 'content-type': 'text/html' } }),
			);
		return scripts.length;
	});
	expect(spoilt).toBeGreaterThan(1);
	await page.reload();
	await expect.poll(() => assets(page), patience).toEqual(goodTypes);
	await visitor.untilLive();
	await page.context().setOffline(true);
	await page.reload();
	await page.getByText('Kept on this device').waitFor();
	await page.getByRole('heading', { level: 1 }).waitFor();
	await page.context().setOffline(false);
});

test('a page that is kept without its own script says so in place of being blank', async () => {
	const visitor = await open({ worker: true });
	const { page } = visitor;
	await page.goto(`/posts/${answer}`);
	await visitor.untilLive();
	await expect.poll(() => builds(page), patience).toBe(1);
	await page.reload();
	await visitor.untilLive();
	await page.evaluate(async () => {
		const cache = await caches.open('assets');
		for (const key of await cache.keys()) if (key.url.includes('PostPage')) await cache.delete(key);
	});
	const session = await page.context().newCDPSession(page);
	await session.send('Network.clearBrowserCache');
	await page.context().setOffline(true);
	await page.reload();
	await page.getByRole('heading', { level: 1, name: 'Not whole on this device' }).waitFor();
	await page.context().setOffline(false);
	await page.getByRole('article').getByText(words).first().waitFor();
});

/** Every store refuses, as where a browser blocks all cookies. */
function refuse() {
	const forbidden = () => {
		throw new DOMException('The operation is insecure.', 'SecurityError');
	};
	for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
		Object.defineProperty(window, name, { get: forbidden });
	Object.defineProperty(navigator, 'serviceWorker', { get: forbidden });
	Object.defineProperty(navigator, 'cookieEnabled', { get: () => false });
	Object.defineProperty(navigator, 'locks', { get: () => ({ request: async () => forbidden() }) });
	window.BroadcastChannel = forbidden as unknown as typeof BroadcastChannel;
}

/** No name can have more than it has. */
function fill() {
	Storage.prototype.setItem = () => {
		throw new DOMException('The quota has been exceeded.', 'QuotaExceededError');
	};
}

test('where every store is forbidden pages are live, and what cannot be kept is said', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.addInitScript(refuse);
	await page.goto('/');
	await visitor.untilLive();
	await field(page).fill('Nobody keeps this');
	await page.getByText('This browser keeps nothing for this site').waitFor();
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	await page.getByRole('link', { name: 'The question' }).first().click();
	await expect.poll(() => field(page).inputValue(), patience).toBe('Nobody keeps this');
	await page.getByText('Dark', { exact: true }).click();
	await page.getByText('Until this page is closed').waitFor();
	expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
	await page.getByRole('link', { name: 'Sign in' }).first().click();
	await page.getByRole('alert').getByText('takes no cookies').waitFor();
});

test('where the device is full a member’s page is read once, shows, and keeps its settings for itself', async () => {
	const member = new Participant(site.url, 'full_device');
	await member.signUp();
	const visitor = await open();
	const { page, requests } = visitor;
	await signIn(page.context(), box.url, member);
	await page.addInitScript(fill);
	await page.goto('/');
	await visitor.untilLive();
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	await page.getByRole('link', { name: 'The question' }).first().click();
	await field(page).waitFor();
	await page.waitForTimeout(500);
	expect(requests.filter((request) => /^GET \/(threads)?$/.test(request))).toEqual([
		'GET /',
		'GET /threads',
		'GET /',
	]);
	await page.getByText('Dark', { exact: true }).click();
	await page.evaluate(() => window.dispatchEvent(new StorageEvent('storage', { key: 'other' })));
	expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
});

test('Back from another document finds a long conversation as it was left', async () => {
	for (let i = 0; i < 100; i++)
		await host.send('POST', `/api/posts/${answer}/replies`, { body: `Reply number ${i}.` });
	const visitor = await open();
	const { page } = visitor;
	await page.goto(`/posts/${answer}`);
	await visitor.untilLive();
	const more = page.getByRole('link', { name: 'More replies' });
	for (let i = 0; i < 3 && (await more.count()) > 0; i++) {
		const before = await page.getByRole('article').count();
		await more.click();
		await expect.poll(() => page.getByRole('article').count(), patience).toBeGreaterThan(before);
	}
	const count = await page.getByRole('article').count();
	const reply = page.getByRole('article').nth(count - 10);
	await reply.scrollIntoViewIfNeeded();
	const id = await reply.getAttribute('id');
	const readTop = () => page.locator(`#${id}`).evaluate((post) => post.getBoundingClientRect().top);
	const top = await readTop();
	// A plain document, which the browser does not keep alive behind the next one.
	await page.evaluate(() => window.addEventListener('unload', () => {}));
	await page.locator(`#${id} time`).first().click();
	await page.waitForURL(
		(url) => url.search + url.hash !== '' || !url.pathname.endsWith(`/${answer}`),
	);
	await page.goBack();
	await expect.poll(() => page.getByRole('article').count(), patience).toBe(count);
	await expect.poll(async () => Math.abs((await readTop()) - top), patience).toBeLessThan(3);
	visitor.excuse(/unload/);
});
