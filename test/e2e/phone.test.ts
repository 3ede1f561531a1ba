import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openReader, setStage, type Stage } from '../motionless.ts';
import { openBrowser } from '../support/browser.ts';

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
	[stage, browser] = await Promise.all([setStage(), openBrowser()]);
});
test('the ways through the site are at the bottom edge, and nothing that has the focus is under them', async () => {
	const { page, close } = await openReader(browser, {
		site: stage.site,
		handle: 'thumb',
		width: 390,
	});
	await page.goto('/', { waitUntil: 'networkidle' });
	const ways = page.getByRole('navigation', { name: 'Site', exact: true });
	const box = (await ways.boundingBox())!;
	expect(box.y + box.height).toBe(844);
	for (const link of await ways.getByRole('link').all())
		expect((await link.boundingBox())!.height).toBeGreaterThanOrEqual(44);
	for (let presses = 0; presses < 30; presses++) {
		await page.keyboard.press('Tab');
		const bottom = await page.evaluate(() => {
			const focused = document.activeElement!;
			if (focused.closest('header')) return 0;
			return focused.getBoundingClientRect().top;
		});
		expect(bottom).toBeLessThan(box.y);
	}
	await close();
});

test('a reply is written in a sheet that leaves in sight what it answers and can be put aside', async () => {
	const { site, answer, posts } = stage;
	const { post } = posts.at(-1)!;
	const { page, close } = await openReader(browser, { site, handle: 'sheet', width: 390 });
	await page.goto(`/posts/${answer.id}`, { waitUntil: 'networkidle' });
	await page.locator(`#post-${post.id} > .acts .act`, { hasText: 'Reply' }).click();
	const box = page.locator(`#reply-${post.id} textarea`);
	await box.fill('On the way.');
	const sheet = page.locator(`#reply-${post.id} [data-sheet]`);
	const edge = (await sheet.boundingBox())!;
	expect(edge.y + edge.height).toBe(844);
	const words = (await page.locator(`#post-${post.id} .words`).boundingBox())!;
	expect(words.y).toBeGreaterThan(0);
	expect(words.y + words.height).toBeLessThanOrEqual(edge.y);

	await page.getByRole('button', { name: 'Put aside' }).click();
	expect(await box.isVisible()).toBe(false);
	expect((await sheet.boundingBox())!.height).toBeLessThan(60);
	await page.getByRole('button', { name: /Write on/ }).click();
	expect(await box.inputValue()).toBe('On the way.');
	await expect.poll(() => box.evaluate((element) => element === document.activeElement)).toBe(true);

	await page.getByRole('link', { name: 'Cancel' }).click();
	expect(await sheet.count()).toBe(0);
	await page.reload({ waitUntil: 'networkidle' });
	await page.locator(`#post-${post.id} > .acts .act`, { hasText: 'Reply' }).click();
	expect(await box.inputValue()).toBe('On the way.');
	await sheet.getByRole('button', { name: 'Reply', exact: true }).click();
	await page.locator('article:not([aria-busy]) .words', { hasText: 'On the way.' }).waitFor();
	await close();
});
