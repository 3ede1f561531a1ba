import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { ensureBuild } from '../../server/build.ts';
import { createTestApp } from '../support/app.ts';
import { audit } from '../support/axe.ts';
import { openBrowser, visit } from '../support/browser.ts';
import { closeSite } from '../support/scenes.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }, ['--dev']), openBrowser()]);
	// Vite reads all sources for the first page that it renders.
	await fetch(`${site.url}/styleguide`);
}, 120_000);
test.each([1280, 390])(
	'in development it shows every token and part, and axe finds nothing at %i pixels',
	async (width) => {
		const { page, close } = await visit(browser, site.url, { width });
		// The first visit has Vite bundle what it finds, and then load the page again.
		const measured = page.locator('td', { hasText: /^\d+\.\d of 4\.5$/ }).last();
		await page.goto('/styleguide', { waitUntil: 'networkidle' });
		await measured.waitFor();
		await page.reload({ waitUntil: 'networkidle' });
		await measured.waitFor();
		const styles = await readFile(join(import.meta.dirname, '../../client/app.css'), 'utf8');
		const text = await page.getByRole('main').innerText();
		for (const [, name] of styles.matchAll(/^\t\t--([\w-]+): /gm)) expect(text).toContain(name);
		const ratios = page.locator('td', { hasText: /^\d+\.\d of (3|4\.5)$/ });
		expect(await ratios.count()).toBe(32);
		expect(await page.locator('td.fails').allInnerTexts()).toEqual([]);
		expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
		const found = await audit(page);
		await page.emulateMedia({ colorScheme: 'dark' });
		found.push(...(await audit(page, { rule: 'color-contrast' })));
		await page.emulateMedia({ colorScheme: 'light' });
		await page.getByRole('button', { name: 'Leave words behind' }).click();
		const dialog = page.getByRole('alertdialog', { name: 'Sign out anyway?' });
		await dialog.getByText('2 replies have not been sent').waitFor();
		found.push(...(await audit(page)));
		await dialog.getByRole('button', { name: 'Stay signed in' }).click();
		await dialog.waitFor({ state: 'detached' });
		expect(found).toEqual([]);
		await close();
	},
	60_000,
);

test('elsewhere there is none, and none of it is in the build', async () => {
	const built = await createTestApp();
	expect((await built.reader.visit('/styleguide')).statusCode).toBe(404);
	await closeSite(built);
	const folder = await ensureBuild();
	for await (const file of glob('**/*.{js,css,json}', { cwd: folder }))
		expect(await readFile(join(folder, file), 'utf8'), file).not.toMatch(/style ?guide/i);
});
