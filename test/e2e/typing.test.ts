import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openReader, readWatch, setStage, type Stage, watchPage } from '../motionless.ts';
import { openBrowser } from '../support/browser.ts';

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
	[stage, browser] = await Promise.all([setStage(), openBrowser()]);
});

async function openTwo(prefix: string) {
	const { site, answer, posts } = stage;
	const { post } = posts.at(-3)!;
	const [writer, reader] = await Promise.all(
		['a', 'b'].map((end) => openReader(browser, { site, handle: `${prefix}_${end}`, width: 1280 })),
	);
	for (const { page } of [writer!, reader!]) {
		await page.goto(`/posts/${answer.id}`, { waitUntil: 'networkidle' });
		await page
			.locator(`#post-${post.id} .words`)
			.evaluate((words) => words.scrollIntoView({ block: 'center', behavior: 'instant' }));
	}
	return { writer: writer!, reader: reader!, post };
}

test('who writes a reply shows to others and goes after the last key', async () => {
	const { writer, reader, post } = await openTwo('typing');
	const line = reader.page.locator(`#post-${post.id} > .writers`);
	await watchPage(reader.page, `#post-${post.id} .words`);
	await writer.page.locator(`#post-${post.id} > .acts .act`, { hasText: 'Reply' }).click();
	const box = writer.page.locator(`#reply-${post.id} textarea`);
	await box.press('S');
	await line.waitFor();
	expect(await line.textContent()).toBe('@typing_a is writing …');
	expect(await writer.page.locator('.writers').count()).toBe(0);

	await line.waitFor({ state: 'detached' });

	await box.press('o');
	await line.waitFor();
	await box.fill('So be it.');
	await writer.page.locator(`#reply-${post.id} button`, { hasText: 'Reply' }).click();
	await line.waitFor({ state: 'detached' });
	await writer.page.locator('article', { hasText: 'So be it.' }).last().waitFor();
	const { shifts, moved } = await readWatch(reader.page);
	expect({ shifts, moved }).toEqual({ shifts: [], moved: 0 });
	await writer.close();
	await reader.close();
});

test('a reply that cannot be sent is taken back and its words stay', async () => {
	const { writer, reader, post } = await openTwo('failing');
	const { page } = writer;
	await page.locator(`#post-${post.id} > .acts .act`, { hasText: 'Reply' }).click();
	const box = page.locator(`#reply-${post.id} textarea`);
	await box.fill('Not lost.');
	let answer: (isThere: boolean) => void = () => {};
	const wait = new Promise<boolean>((resolve) => (answer = resolve));
	await page.route('**/api/posts/*/replies', async (route) =>
		(await wait) ? route.continue() : route.fulfill({ status: 503 }),
	);
	await page.locator(`#reply-${post.id} button`, { hasText: 'Reply' }).click();
	await page.locator('article[aria-busy]', { hasText: 'Not lost.' }).waitFor();
	answer(false);
	await page.locator('article[aria-busy]').waitFor({ state: 'detached' });
	expect(await box.inputValue()).toBe('Not lost.');
	expect(await page.locator(`#reply-${post.id} [role=alert]`).textContent()).toMatch(
		/catching its breath/,
	);
	expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);

	await page.unroute('**/api/posts/*/replies');
	await page.locator(`#reply-${post.id} button`, { hasText: 'Reply' }).click();
	await page.locator(`article:not([aria-busy])`, { hasText: 'Not lost.' }).last().waitFor();
	expect(await page.locator('article .words', { hasText: 'Not lost.' }).count()).toBe(1);
	await writer.close();
	await reader.close();
});

test('a session that is ended elsewhere shows in an open page, and what was typed there stays', async () => {
	const { writer, reader, post } = await openTwo('leaving');
	const { page } = writer;
	await page.locator(`#post-${post.id} > .acts .act`, { hasText: 'Reply' }).click();
	const box = page.locator(`#reply-${post.id} textarea`);
	await box.fill('Still mine.');
	await writer.person.send('DELETE', '/api/session');
	await page.getByRole('banner').getByRole('link', { name: 'Join' }).waitFor();
	expect(await box.inputValue()).toBe('Still mine.');
	expect(await page.locator(`#reply-${post.id}`).textContent()).toMatch(/You are signed out/);
	await writer.close();
	await reader.close();
});

test('a vote in one tab shows as given in another', async () => {
	const { writer, reader, post } = await openTwo('voting');
	const other = await writer.page.context().newPage();
	await other.goto(`/posts/${stage.answer.id}`, { waitUntil: 'networkidle' });
	const vote = `#post-${post.id} > .acts .vote`;
	await writer.page.locator(vote).click();
	await other.locator(`${vote}[aria-pressed=true]`).waitFor();
	expect(await other.locator(`${vote} .score`).textContent()).toBe(
		await writer.page.locator(`${vote} .score`).textContent(),
	);
	await writer.close();
	await reader.close();
});

test('a member is not counted among the readers who does not wish to be', async () => {
	const { site } = stage;
	const reader = await openReader(browser, { site, handle: 'hiding', width: 1280 });
	await reader.page.goto('/', { waitUntil: 'networkidle' });
	await reader.page.getByRole('button', { name: 'Do not count me' }).click();
	await reader.page.getByRole('button', { name: 'Count me', exact: true }).waitFor();
	expect(await reader.person.send('GET', '/api/me')).toMatchObject({ hidden: true });
	await reader.page.getByRole('button', { name: 'Count me', exact: true }).click();
	await reader.page.getByRole('button', { name: 'Do not count me' }).waitFor();
	await reader.close();
});
