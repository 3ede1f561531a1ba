import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, visit } from '../support/browser.ts';
import { type Middlebox, openMiddlebox } from '../support/middlebox.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let box: Middlebox;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
	box = await openMiddlebox(site.url);
}, 120_000);

/** Somebody comes and answers. */
async function define(handle: string): Promise<void> {
	const member = new Participant(site.url, handle);
	await member.signUp();
	const words = { kind: 'definition', body: `What ${handle} takes it to be.` };
	expect(await member.send('POST', '/api/threads/ownership/posts', words)).toMatchObject({
		status: 201,
	});
}

test('where a proxy refuses sockets two tabs follow over HTTP and say so; when it lets them through, nothing is doubled or lost', async () => {
	box.takesSockets = false;
	box.interfere = (path) => (/^\/assets\/live-polling[^?]*$/.test(path) ? 'cut' : undefined);
	const tabs = await Promise.all([0, 1].map(() => visit(browser, box.url)));
	const said = 'Updates arrive every few seconds.';
	const bars = tabs.map(({ page }) =>
		page.locator('.label > span:not(.room)', { hasText: 'new definition' }).first(),
	);
	/** Longer than until HTTP is asked again. */
	const wait = () => Promise.all(tabs.map(({ page }) => page.clock.fastForward(7_000)));
	const showsInBoth = async (text: string) => {
		for (const bar of bars)
			await expect.poll(() => bar.textContent(), { timeout: 60_000 }).toBe(text);
	};
	for (const { page } of tabs) await page.clock.install();
	for (const { page } of tabs) await page.goto('/');
	for (const { page } of tabs) await page.getByText(said).first().waitFor();
	expect(box.requests.filter((path) => path === '/api/live').length).toBeGreaterThanOrEqual(6);

	await define('blocked_a');
	await wait();
	await showsInBoth('1 new definition');
	await define('blocked_b');
	await define('blocked_c');
	await wait();
	await showsInBoth('3 new definitions');
	for (const { page } of tabs) expect(await page.getByText(said).count()).toBeGreaterThan(0);

	box.takesSockets = true;
	await define('blocked_d');
	for (const { page } of tabs) await page.evaluate(() => window.dispatchEvent(new Event('online')));
	for (const { untilLive } of tabs) await untilLive();
	for (const { page } of tabs) await page.getByText(said).first().waitFor({ state: 'detached' });
	await define('blocked_e');
	await showsInBoth('5 new definitions');
	const asked = tabs.map(({ requests }) => requests.length);
	await bars[0]!.click();
	for (const end of ['a', 'b', 'c', 'd', 'e']) {
		const words = tabs[0]!.page.getByText(`What blocked_${end} takes it to be.`);
		await words.first().waitFor();
		expect(await words.count()).toBe(1);
	}
	await wait();
	await tabs[1]!.page.evaluate(async () => void (await (await fetch('/health/live')).text()));
	expect(tabs[1]!.requests.slice(asked[1])).toEqual([]);
	for (const { excuse, complaints, close } of tabs) {
		excuse(/WebSocket connection to|403|ERR_(INCOMPLETE|CONTENT_LENGTH)/);
		expect(complaints).toEqual([]);
		await close();
	}
}, 240_000);
