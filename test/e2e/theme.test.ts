import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
}, 120_000);
test('light and dark follow the system until they are chosen, and the choice is kept', async () => {
	const visitor = await visit(browser, site.url);
	const { page } = visitor;
	const look = () =>
		page.evaluate(() => ({
			isDark:
				Number(getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/)) < 50,
			bar: [...document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')]
				.filter(({ media }) => matchMedia(media).matches)
				.map(({ content }) => content),
		}));
	const light = { isDark: false, bar: ['#fafbfd'] };
	const dark = { isDark: true, bar: ['#0c101a'] };
	await page.goto('/');
	await visitor.untilLive();
	expect(await look()).toEqual(light);
	await page.emulateMedia({ colorScheme: 'dark' });
	expect(await look()).toEqual(dark);

	const other = await page.context().newPage();
	await other.goto('/sign-in');
	await page.getByRole('radio', { name: 'Light' }).check();
	expect(await look()).toEqual(light);
	await other.locator('html[data-theme="light"]').waitFor();
	await other.close();

	await page.route('**/*.js', (route) => route.abort());
	await page.reload();
	expect(await look()).toEqual(light);
	visitor.excuse(/ERR_FAILED/);
	await page.unroute('**/*.js');
	await page.reload();
	await visitor.untilLive();
	expect(await page.getByRole('radio', { name: 'Light' }).isChecked()).toBe(true);
	await page.getByRole('radio', { name: 'System' }).check();
	expect(await look()).toEqual(dark);
	expect(visitor.complaints).toEqual([]);
	await visitor.close();
});

test('without scripts the page follows the system and offers no choice that needs them', async () => {
	const { page, complaints, close } = await visit(browser, site.url, { javaScriptEnabled: false });
	await page.emulateMedia({ colorScheme: 'dark' });
	await page.goto('/');
	expect(await page.getByRole('radio', { name: 'Dark' }).count()).toBe(0);
	const buttons = page.getByRole('contentinfo').getByRole('button');
	expect(await buttons.count()).toBe(0);
	expect(complaints).toEqual([]);
	await close();
});
