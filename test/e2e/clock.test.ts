import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser.ts';
import { openSmallForum, type SmallForum } from '../support/small-forum.ts';

const hourMs = 3_600_000;
const patience = { timeout: 15_000 };

let forum: SmallForum;
let browser: Browser;

beforeAll(async () => {
	[forum, browser] = await Promise.all([openSmallForum(), openBrowser()]);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await forum?.close();
});

/** Sets the clock of a device apart from what it is, for all documents that it opens from here on. */
const setClock = (page: Page, aheadMs: number) =>
	page.addInitScript((aheadMs) => {
		const RealDate = Date;
		globalThis.Date = class extends RealDate {
			constructor(...at: [number]) {
				if (at.length > 0) super(...at);
				else super(RealDate.now() + aheadMs);
			}
			static override now = () => RealDate.now() + aheadMs;
		} as DateConstructor;
	}, aheadMs);

async function expectFresh(page: Page): Promise<void> {
	const read = () => page.locator('main time').first().innerText();
	await expect.poll(read, patience).toMatch(/^(just now|\d+ minutes? ago)$/);
}

test('a page that asks the site for nothing goes by the site’s clock, not by a device’s that is a day ahead', async () => {
	const visitor = await visit(browser, forum.site.url, { worker: true });
	const { page, requests } = visitor;
	await setClock(page, 26 * hourMs);
	const { definition } = forum.posts;
	// a page that is made for this request, and one that the site answers from memory, to a worker as well
	for (const path of [
		'/members/author',
		...Array.from({ length: 2 }, () => `/posts/${definition.id}/revisions`),
	]) {
		await page.goto(path);
		await expectFresh(page);
	}
	const isControlled = () => page.evaluate(() => navigator.serviceWorker.controller !== null);
	await expect.poll(isControlled, patience).toBe(true);
	await page.reload();
	await expectFresh(page);
	expect(requests.filter((request) => /\/(api|health)\//.test(request))).toEqual([]);
	expect(visitor.complaints).toEqual([]);
	await visitor.close();
});

test('what a device has kept does not tell the time', async () => {
	const visitor = await visit(browser, forum.site.url, { worker: true });
	const { page } = visitor;
	await page.goto('/members/author');
	const readKept = () =>
		page.evaluate(async () => {
			const responses = await (await caches.open('builds')).matchAll();
			return responses.map(({ headers }) => headers.has('server-timing'));
		});
	await expect.poll(readKept, patience).toEqual([false]);
	const shell = await fetch(`${forum.site.url}/offline`);
	expect(shell.headers.get('server-timing')).toMatch(/^sent;dur=\d+$/);
	await visitor.close();
});
