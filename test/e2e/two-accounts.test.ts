import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Post } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';
import { openBrowser, visit } from '../support/browser.ts';
import { openSmallForum, signIn, type SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
let browser: Browser;

beforeAll(async () => {
	[forum, browser] = await Promise.all([openSmallForum(), openBrowser()]);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await forum?.close();
});

test('a reply that one account has begun is not sent as another one’s, and waits for the first', async () => {
	const { url } = forum.site;
	const { page, untilLive, close } = await visit(browser, url);
	const context = page.context();
	await signIn(context, url, forum.people.member);
	const address = `/posts/${forum.posts.definition.id}`;
	await page.goto(address);
	await untilLive();
	const field = page.locator(`#reply-${forum.posts.definition.id} textarea`);
	await field.fill('Typed by the first of the two.');

	await signIn(context, url, forum.people.author);
	const other = await context.newPage();
	await other.goto('/');
	await page.getByRole('banner').getByText('Writer author').waitFor();
	await expect.poll(() => field.inputValue()).toBe('');
	await field.fill('Typed by the second.');
	await field.locator('xpath=ancestor::form').getByRole('button').last().click();
	await page.getByText('Typed by the second.').first().waitFor();

	await signIn(context, url, forum.people.member);
	await page.goto(address);
	await untilLive();
	await expect.poll(() => field.inputValue()).toBe('Typed by the first of the two.');
	const answer = await fetch(`${url}/api${address}/replies`);
	const { items } = (await answer.json()) as List<Post>;
	const bodies = items.map(({ author, body }) => `${author.handle}: ${body}`);
	expect(bodies).toContain('author: Typed by the second.');
	expect(bodies.join()).not.toContain('Typed by the first');
	await close();
});

test('in a very small window what leads to new replies does not lie over the field', async () => {
	const { url } = forum.site;
	const { page, untilLive, close } = await visit(browser, url, { width: 320, height: 256 });
	await signIn(page.context(), url, forum.people.member);
	await page.goto(`/posts/${forum.posts.definition.id}`);
	await untilLive();
	await page.goto('/');
	await forum.people.author.send('POST', `/api/posts/${forum.posts.definition.id}/replies`, {
		body: 'One more, while you read.',
	});
	const field = page.locator(`#reply-${forum.posts.definition.id} textarea`);
	await page.goto(`/posts/${forum.posts.definition.id}`);
	await untilLive();
	const jump = page.getByRole('group', { name: 'New replies' });
	await jump.waitFor();
	await field.focus();
	await field.fill('Several words\n\nin several\n\nlines, so that\n\nthe field is high.');
	const [one, two] = [(await field.boundingBox())!, (await jump.boundingBox())!];
	const isApart = two.y >= one.y + one.height || two.y + two.height <= one.y;
	expect(isApart, JSON.stringify([one, two])).toBe(true);
	await close();
});
