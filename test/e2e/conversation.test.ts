import pg from 'pg';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import type { Post } from '../../server/posts/schema.ts';
import {
	makeEvents,
	openReader,
	type Person,
	readWatch,
	setStage,
	type Stage,
	watchPage,
} from '../motionless.ts';
import { openBrowser, visit } from '../support/browser.ts';

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
	[stage, browser] = await Promise.all([setStage(), openBrowser()]);
});

/** A story of its own with a reply, a reply to that and another reply. */
async function tellStory() {
	const [author, other] = stage.writers as [Person, Person];
	const story = await author.send<Post>('POST', '/api/threads/ownership/posts', {
		kind: 'story',
		title: 'The truck at the gate',
		body: 'It was late *again*, so I rang the site.\n\nNobody had asked me to.',
	});
	const answer = (by: Person, to: Post, body: string) =>
		by.send<Post>('POST', `/api/posts/${to.id}/replies`, { body });
	const first = await answer(
		other,
		story,
		'Who rang the customer? It was *my* number on the note.',
	);
	const below = await answer(author, first, 'I did, from the car park.');
	const second = await answer(other, story, 'And the next day?');
	return { story, first, below, second, author, other, answer };
}

const addressOf = ({ id }: Post) => `/posts/${id}?sort=top`;

async function openStory(story: Post, handle: string, width = 1280) {
	const reader = await openReader(browser, { site: stage.site, handle, width });
	await reader.page.goto(addressOf(story), { waitUntil: 'networkidle' });
	const { close, complaints } = reader;
	return {
		...reader,
		async close() {
			await close();
			expect(complaints).toEqual([]);
		},
	};
}

const post = (page: Page, { id }: Post) => page.locator(`#post-${id}`);
const field = (page: Page, { id }: Post) => page.locator(`#reply-${id} textarea`);
const focusedId = (page: Page) => page.evaluate(() => document.activeElement?.id ?? '');
const caret = (page: Page) =>
	page.evaluate(() => (document.activeElement as HTMLTextAreaElement).selectionStart);

/** Selects words as a reader does, from the first to the second node’s end. */
const select = (page: Page, from: string, to = from) =>
	page.evaluate(
		([from, to]) => {
			const [start, end] = [from, to].map((selector) => document.querySelector(selector!)!);
			(document.activeElement as HTMLElement).blur();
			start!.scrollIntoView({ block: 'center', behavior: 'instant' });
			const range = document.createRange();
			range.setStartBefore(start!.firstChild!);
			range.setEndAfter(end!.lastChild!);
			document.getSelection()!.removeAllRanges();
			document.getSelection()!.addRange(range);
		},
		[from, to],
	);

test('selected words are quoted after what is typed in the reply, and kept', async () => {
	const { story, first, second } = await tellStory();
	const { page, close } = await openStory(story, 'quoting', 390);
	const button = page.getByRole('button', { name: 'Quote in a reply' });
	await post(page, first).getByRole('link', { name: 'Reply', exact: true }).first().click();
	await field(page, first).fill('A beginning.');
	await select(page, `#post-${first.id} .words p`);
	await button.click();
	const quoted = 'A beginning.\n\n> Who rang the customer? It was my number on the note.\n\n';
	await expect.poll(() => field(page, first).inputValue()).toBe(quoted);
	expect(await field(page, first).evaluate((box) => box === document.activeElement)).toBe(true);
	expect(await caret(page)).toBe(quoted.length);
	expect(await button.count()).toBe(0);

	await select(page, `#post-${second.id} .words p`);
	await button.waitFor();
	await page.locator('body').press('q');
	await expect.poll(() => field(page, second).inputValue()).toBe('> And the next day?\n\n');

	await select(page, `#post-${story.id} .words p`, `#post-${story.id} .words p:last-child`);
	await button.focus();
	await button.press('Enter');
	await expect
		.poll(() => field(page, story).inputValue())
		.toBe('> It was late again, so I rang the site.\n>\n> Nobody had asked me to.\n\n');

	await page.goto(`/posts/${story.id}?reply=${first.id}`, { waitUntil: 'networkidle' });
	expect(await field(page, first).inputValue()).toBe(quoted);
	await field(page, first).press('ControlOrMeta+End');
	await page.keyboard.type('Mine.');
	await page.locator(`#reply-${first.id}`).getByRole('button', { name: 'Reply' }).click();
	await page.locator('article blockquote', { hasText: 'Who rang the customer?' }).waitFor();
	await close();
});

test('nothing is offered to quote across posts, outside of posts, or to who cannot reply', async () => {
	const { story, first, second } = await tellStory();
	const { page, close } = await openStory(story, 'not_quoting');
	const button = page.getByRole('button', { name: 'Quote in a reply' });
	const isQuiet = async () => {
		await page.waitForTimeout(400);
		return (await button.count()) === 0;
	};
	await select(page, `#post-${first.id} .words p`);
	await button.waitFor();
	await select(page, `#post-${first.id} .words p`, `#post-${second.id} .words p`);
	expect(await isQuiet()).toBe(true);
	await select(page, `#post-${first.id} .words p`);
	await button.waitFor();
	await page.keyboard.press('Escape');
	expect(await isQuiet()).toBe(true);
	await select(page, 'h2#conversation');
	expect(await isQuiet()).toBe(true);
	await stage.host.send('PUT', `/api/posts/${first.id}/feature`, { note: 'A fair question.' });
	await page.reload({ waitUntil: 'networkidle' });
	await select(page, `#post-${first.id} .words p`);
	await button.waitFor();
	await select(page, `#post-${first.id} .note .words`);
	expect(await isQuiet()).toBe(true);
	await close();

	const reader = await visit(browser, stage.site.url);
	await reader.page.goto(`/posts/${story.id}`, { waitUntil: 'networkidle' });
	await select(reader.page, `#post-${first.id} .words p`);
	await reader.page.waitForTimeout(400);
	expect(await reader.page.getByRole('button', { name: 'Quote in a reply' }).count()).toBe(0);
	await reader.close();
});

test('who comes back goes from new reply to new reply, also where they are folded away', async () => {
	const { story, first, below, second, other, answer } = await tellStory();
	const { page, close } = await openStory(story, 'returning');
	const jump = page.getByRole('group', { name: 'New replies' });
	expect(await jump.count()).toBe(0);
	await page.goto('/threads', { waitUntil: 'networkidle' });
	const deep = await answer(other, below, 'Which car park?');
	const last = await answer(other, second, 'The next day it was on time.');
	await page.goto(addressOf(story), { waitUntil: 'networkidle' });
	await jump.getByText('2 new').waitFor();
	await page
		.getByRole('button', { name: /^Fold .* to/ })
		.first()
		.click();
	expect(await post(page, deep).isVisible()).toBe(false);

	await page.locator('body').press('n');
	await expect.poll(() => focusedId(page)).toBe(`post-${deep.id}`);
	await jump.getByText('1 of 2 new').waitFor();
	const { y, height } = (await post(page, deep).boundingBox())!;
	expect(y).toBeGreaterThan(0);
	expect(y + height).toBeLessThan(800);
	expect(await post(page, deep).getAttribute('aria-label')).toMatch(/, new$/);
	await page.keyboard.press('n');
	await expect.poll(() => focusedId(page)).toBe(`post-${last.id}`);
	await page.keyboard.press('p');
	await expect.poll(() => focusedId(page)).toBe(`post-${deep.id}`);
	await page.keyboard.press('p');
	await expect.poll(() => focusedId(page)).toBe(`post-${last.id}`);

	const live = await answer(other, first, 'And one while you read.');
	await post(page, first).getByRole('button', { name: '1 new reply' }).click();
	await jump.getByText('of 3 new').waitFor();
	expect(await focusedId(page)).toBe(`post-${live.id}`);
	await jump.getByRole('button', { name: 'Next new reply' }).click();
	await expect.poll(() => focusedId(page)).toBe(`post-${deep.id}`);

	await page.reload({ waitUntil: 'networkidle' });
	expect(await jump.count()).toBe(0);
	await close();
});

test('people are completed as one types, those of the page first', async () => {
	const { story } = await tellStory();
	const { page, close } = await openStory(story, 'mentioning');
	const box = field(page, story);
	const list = page.getByRole('listbox', { name: 'Suggestions' });
	const options = list.getByRole('option');
	await box.click();
	await page.keyboard.type('Thank you, @wri');
	await list.waitFor();
	await expect
		.poll(async () =>
			(await options.allInnerTexts()).map((text) => text.match(/@\S+/)![0]).slice(0, 3),
		)
		.toEqual(['@writer_0', '@writer_1', '@writer_2']);
	const active = () =>
		box.evaluate(
			(box) => document.getElementById(box.getAttribute('aria-activedescendant')!)!.textContent,
		);
	expect(await active()).toContain('@writer_0');
	await page.keyboard.press('ArrowDown');
	expect(await active()).toContain('@writer_1');
	await page.keyboard.press('ArrowUp');
	await page.keyboard.press('ArrowUp');
	expect(await active()).toContain('@writer_7');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	expect(await box.inputValue()).toBe('Thank you, @writer_0 ');
	expect(await list.count()).toBe(0);
	expect(await box.getAttribute('aria-activedescendant')).toBeNull();

	await page.keyboard.type('and @7');
	await page.waitForTimeout(300);
	expect(await list.count()).toBe(0);
	await page.keyboard.press('Backspace');
	await list.waitFor();
	await page.keyboard.type('wes');
	await options.first().waitFor();
	await page.keyboard.press('Escape');
	await expect.poll(() => list.count()).toBe(0);
	await page.keyboard.type('_');
	await page.waitForTimeout(300);
	expect(await list.count()).toBe(0);
	for (const _ of 'wes_') await page.keyboard.press('Backspace');
	await page.keyboard.press('Backspace');
	await page.keyboard.type('@writer_3');
	await options.filter({ hasText: '@writer_3' }).click();
	expect(await box.inputValue()).toBe('Thank you, @writer_0 and @writer_3 ');
	expect(await box.evaluate((box) => box === document.activeElement)).toBe(true);

	await page.locator(`#reply-${story.id}`).getByRole('button', { name: 'Reply' }).click();
	const sent = page.locator('article:not([aria-busy])', { hasText: 'Thank you,' });
	await sent.getByRole('link', { name: '@writer_3' }).waitFor();
	expect(await sent.getByRole('link', { name: '@writer_0' }).getAttribute('href')).toBe(
		'/members/writer_0',
	);
	await close();
});

test('emoji are completed by their names, in a definition as well, where nobody is mentioned', async () => {
	const { story } = await tellStory();
	const { page, close } = await openStory(story, 'celebrating', 390);
	const list = page.getByRole('listbox', { name: 'Suggestions' });
	await field(page, story).click();
	await page.keyboard.type('We won :tad');
	await list.getByRole('option', { name: 'tada' }).waitFor();
	await page.keyboard.press('Tab');
	expect(await field(page, story).inputValue()).toBe('We won 🎉');
	await page.keyboard.press('ControlOrMeta+z');
	expect(await field(page, story).inputValue()).toBe('We won :tad');

	await page.goto('/', { waitUntil: 'networkidle' });
	const box = page.getByLabel('Ownership means');
	await box.focus();
	await page.keyboard.type('what @wri');
	await page.waitForTimeout(300);
	expect(await list.count()).toBe(0);
	await page.keyboard.type(' holds :+1');
	await list.getByRole('option').first().click();
	expect(await box.inputValue()).toBe('what @wri holds 👍');
	const { width } = page.viewportSize()!;
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
	await close();
});

test('a pasted address shows what it says, and so does the reply', async () => {
	const { story } = await tellStory();
	const known = 'https://example.com/known';
	const client = new pg.Client({ connectionString: await stage.site.readDatabaseUrl() });
	await client.connect();
	await client.query(
		`insert into link_previews (url, title, description, site_name) values ($1, 'What we owe', 'The long answer', 'The Paper')`,
		[known],
	);
	await client.end();
	const { page, close } = await openStory(story, 'pasting');
	await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
	const paste = async (text: string) => {
		await page.evaluate((text) => navigator.clipboard.writeText(text), text);
		await field(page, story).press('ControlOrMeta+v');
	};
	const form = page.locator(`#reply-${story.id}`);
	await field(page, story).fill('Read this:\n\n');
	await field(page, story).press('ControlOrMeta+End');
	await paste(known);
	await form.getByText('What we owe').waitFor();
	await field(page, story).fill(`Read this:\n${known}`);
	await expect.poll(() => form.getByText('What we owe').count()).toBe(0);
	await field(page, story).fill(`Read this:\n\n${known}`);
	await form.getByText('What we owe').waitFor();
	await field(page, story).press('ControlOrMeta+End');
	await field(page, story).press('Backspace');
	await expect.poll(() => form.getByText('What we owe').count()).toBe(0);
	await field(page, story).fill('');
	await paste(`${stage.site.url}/threads`);
	await form.getByText('Shown as a plain link.').waitFor();
	await field(page, story).fill('');
	await paste('no address');
	await paste(known);
	await page.waitForTimeout(200);
	expect(await form.getByText('What we owe').count()).toBe(0);
	await field(page, story).fill(known);
	await form.getByRole('button', { name: 'Reply' }).click();
	const card = page.locator('article .preview');
	await card.getByText('The Paper · example.com').waitFor();
	expect(await card.getByRole('link', { name: 'What we owe' }).getAttribute('href')).toBe(known);
	await close();
});

test('keys go through a conversation and act on the post that has the focus', async () => {
	const { story, first, below } = await tellStory();
	const { page, requests, close } = await openStory(story, 'keyed');
	for (const { id } of [story, first, below]) {
		await page.keyboard.press('j');
		await expect.poll(() => focusedId(page)).toBe(`post-${id}`);
		expect(
			await post(page, { id } as Post).evaluate((post) => getComputedStyle(post).outlineStyle),
		).toBe('solid');
	}
	await page.keyboard.press('k');
	await expect.poll(() => focusedId(page)).toBe(`post-${first.id}`);

	for (const modified of ['Control+k', 'Alt+k', 'Meta+k']) await page.keyboard.press(modified);
	expect(await focusedId(page)).toBe(`post-${first.id}`);

	await page.keyboard.press('u');
	const vote = post(page, first).locator('> .acts .vote');
	await expect.poll(() => vote.getAttribute('aria-pressed')).toBe('true');
	await page.keyboard.press('u');
	await expect.poll(() => vote.getAttribute('aria-pressed')).toBe('false');
	await expect.poll(() => requests.at(-1)).toBe(`DELETE /api/posts/${first.id}/upvote`);

	await page.keyboard.press('r');
	const box = field(page, first);
	await expect.poll(() => box.evaluate((box) => box === document.activeElement)).toBe(true);
	await page.keyboard.type('jkurnp?/c');
	expect(await box.inputValue()).toBe('jkurnp?/c');
	expect(await page.getByRole('dialog').count()).toBe(0);
	const before = requests.length;
	await page.locator(`#reply-${first.id}`).getByRole('link', { name: 'Cancel' }).click();
	await box.waitFor({ state: 'detached' });
	await page.waitForTimeout(300);
	expect(requests.slice(before)).toEqual([]);
	expect(await focusedId(page)).toBe(`post-${first.id}`);

	await page.keyboard.press('c');
	await expect
		.poll(() => field(page, story).evaluate((box) => box === document.activeElement))
		.toBe(true);
	await close();
});

test('keys go through a thread’s answers, open one and begin a reply to it', async () => {
	const { page, close } = await openReader(browser, {
		site: stage.site,
		handle: 'list_keys',
		width: 1280,
	});
	await page.goto('/?tab=definitions', { waitUntil: 'networkidle' });
	const ids = await page
		.locator('#main li[id^="post-"]')
		.evaluateAll((all) => all.map(({ id }) => id));
	for (const id of ids.slice(0, 4)) {
		await page.keyboard.press('j');
		await expect.poll(() => focusedId(page)).toBe(id);
		const { y, height } = (await page.locator(`#${id}`).boundingBox())!;
		expect(y).toBeGreaterThan(0);
		expect(y + height).toBeLessThan(800);
	}
	await page.keyboard.press('r');
	await page.waitForURL(`**/posts/${ids[3]!.replace('post-', '')}#*`);
	await expect
		.poll(() => page.evaluate(() => document.activeElement?.closest('form')?.id))
		.toBe(ids[3]!.replace('post', 'reply'));
	await page.goBack();
	await page.locator(`#${ids[3]}`).waitFor();
	await page.locator(`#${ids[1]}`).focus();
	await page.keyboard.press('o');
	await page.waitForURL(`**/posts/${ids[1]!.replace('post-', '')}`);
	await close();
});

test('the list of keys opens, gives the focus back and can turn the keys off', async () => {
	const { story, first } = await tellStory();
	const { page, close } = await openStory(story, 'key_lister');
	const dialog = page.getByRole('dialog', { name: 'Keys' });
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await expect.poll(() => focusedId(page)).toBe(`post-${first.id}`);
	await page.keyboard.press('?');
	await dialog.waitFor();
	expect(await dialog.getByText('Next new reply').count()).toBe(1);
	expect(await dialog.getByText('Search').count()).toBe(0);
	await page.keyboard.press('j');
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
	await expect.poll(() => focusedId(page)).toBe(`post-${first.id}`);

	await page.keyboard.press('?');
	await dialog.getByLabel('Use these keys on this device').uncheck();
	await dialog.getByRole('button', { name: 'Close' }).click();
	await dialog.waitFor({ state: 'detached' });
	await page.keyboard.press('j');
	expect(await focusedId(page)).toBe(`post-${first.id}`);
	await page.reload({ waitUntil: 'networkidle' });
	for (const key of ['j', '?']) await page.keyboard.press(key);
	await page.waitForTimeout(300);
	expect(await focusedId(page)).toBe('');
	expect(await dialog.count()).toBe(0);

	const button = page.getByRole('button', { name: 'Keys', exact: true });
	await button.click();
	await dialog.getByLabel('Use these keys on this device').check();
	await page.keyboard.press('Escape');
	await dialog.waitFor({ state: 'detached' });
	await expect
		.poll(() => button.evaluate((element) => element === document.activeElement))
		.toBe(true);
	await page.locator('body').press('j');
	await expect.poll(() => focusedId(page)).toMatch(/^post-/);
	await close();

	const still = await visit(browser, stage.site.url, { javaScriptEnabled: false });
	await still.page.goto(`/posts/${story.id}`);
	expect(await still.page.getByRole('button', { name: 'Keys' }).count()).toBe(0);
	await still.close();
});

test('live events move neither an open list, nor what was gone to, nor take the focus', async () => {
	const { answer, posts } = stage;
	const { post: target } = posts.at(-6)!;
	const { page, close } = await openStory(answer, 'steady');
	await page.keyboard.press('j');
	await page.locator(`#post-${target.id}`).focus();
	await page.keyboard.press('k');
	await expect.poll(() => focusedId(page)).not.toBe(`post-${target.id}`);
	await page.keyboard.press('j');
	await expect.poll(() => focusedId(page)).toBe(`post-${target.id}`);
	await watchPage(page, `#post-${target.id} .words`);
	let events = makeEvents(stage, { spare: [target.id] });
	await page.waitForTimeout(3_000);
	expect(Object.keys((await events.stop()).counts).length).toBeGreaterThan(3);
	expect(await focusedId(page)).toBe(`post-${target.id}`);
	const gone = await readWatch(page);
	expect({
		shifts: gone.shifts.filter(({ recent }) => !recent),
		moved: Math.floor(gone.moved),
	}).toEqual({
		shifts: [],
		moved: 0,
	});

	await page.keyboard.press('r');
	const box = field(page, target);
	await box.pressSequentially('Thanks, @writ');
	const list = page.getByRole('listbox');
	await list.waitFor();
	await page.keyboard.press('ArrowDown');
	await watchPage(page, '[role=listbox]');
	events = makeEvents(stage, { spare: [target.id] });
	await page.waitForTimeout(3_000);
	await events.stop();
	const listed = await readWatch(page);
	expect({ moved: Math.floor(listed.moved), lost: listed.lost }).toEqual({ moved: 0, lost: 0 });
	await page.keyboard.press('Enter');
	expect(await box.inputValue()).toBe('Thanks, @writer_1 ');
	await close();
}, 60_000);
