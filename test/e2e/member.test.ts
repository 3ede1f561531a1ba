import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';
import { openSetUp } from '../support/set-up.ts';

let site: Site;
let browser: Browser;
const visitors: Visitor[] = [];
const password = 'a row of five tiles';

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	const host = await open();
	const setUp = await openSetUp(await site.readDatabaseUrl());
	await join(host, 'host', 'Olu Host', `&setUp=${setUp}`);
	await closeAll();
}, 120_000);
afterEach(closeAll);

async function closeAll() {
	const closing = visitors.splice(0);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
}

async function open(width?: number): Promise<Visitor> {
	const visitor = await visit(browser, site.url, { width });
	visitors.push(visitor);
	return visitor;
}

async function join({ page, untilLive }: Visitor, handle: string, name: string, more = '') {
	await page.goto(`/sign-up?from=/${more}`);
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Handle').fill(handle);
	await page.getByLabel('E-mail').fill(`${handle}@example.com`);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Join' }).click();
	await page.getByRole('banner').getByRole('link', { name }).waitFor();
	await untilLive();
}

async function signIn({ page, untilLive }: Visitor, handle: string) {
	await page.goto('/sign-in');
	await page.getByLabel('E-mail').fill(`${handle}@example.com`);
	await page.getByLabel('Password').fill(password);
	await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('button', { name: 'Sign out' }).waitFor();
	await untilLive();
}

const define = async (page: Page, words: string) => {
	await page.getByLabel('Ownership means').fill(words);
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	await page.getByRole('region', { name: 'Your definition' }).getByText(words).waitFor();
};
const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true });
const item = (page: Page, words: string) =>
	region(page, 'Definitions').getByRole('listitem').filter({ hasText: words });
const article = (page: Page, words: string) =>
	page.getByRole('article').filter({ hasText: words }).first();

/** A reply that the server has, not one that is on its way. */
const confirmed = (page: Page, name: string) =>
	page.getByRole('article', { name }).and(page.locator(':not([aria-busy])'));

/** The definition or story that a page is about. */
const answer = (page: Page) => page.getByRole('article').first();

test('what a member does appears to others at once, in place, without a request of theirs', async () => {
	const [member, watcher] = [await open(), await open()];
	await join(member, 'member_one', 'Mara One');
	await watcher.page.goto('/');
	await watcher.untilLive();
	await watcher.page.getByLabel('Ownership means').fill('A draft that stays');
	await watcher.page.getByLabel('Ownership means').focus();
	const before = watcher.requests.length;

	await define(member.page, 'Saying it before I am asked.');
	const bar = watcher.page.getByRole('button', { name: '1 new definition' });
	await bar.waitFor();
	expect(await item(watcher.page, 'Saying it before').count()).toBe(0);
	expect(await watcher.page.getByText('1 definition', { exact: false }).count()).toBeGreaterThan(0);
	expect(await watcher.page.getByLabel('Ownership means').inputValue()).toBe('A draft that stays');
	expect(await watcher.page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
	await bar.click();
	await item(watcher.page, 'Saying it before').waitFor();
	expect(await bar.count()).toBe(0);
	expect(await watcher.page.evaluate(() => document.activeElement?.textContent)).toContain(
		'Saying it before',
	);

	const other = await open();
	await join(other, 'member_two', 'Nilo Two');
	await item(other.page, 'Saying it before').getByRole('button', { name: 'Upvote, 0' }).click();
	await item(other.page, 'Saying it before')
		.getByRole('button', { name: 'Upvote, 1', pressed: true })
		.waitFor();
	await item(watcher.page, 'Saying it before').getByRole('button', { name: 'Upvote, 1' }).waitFor();

	await item(other.page, 'Saying it before')
		.getByRole('link', { name: 'Saying it before I am asked.' })
		.click();
	await other.page.getByLabel('Your reply').fill('Before **anyone** asks.');
	await other.page.getByRole('button', { name: 'Reply', exact: true }).click();
	await other.page.getByRole('article', { name: 'Reply by Nilo Two' }).waitFor();
	await item(watcher.page, 'Saying it before').getByText('1 reply').waitFor();
	expect(watcher.requests.slice(before)).toEqual([]);
});

test('a conversation grows under its reader without moving', async () => {
	const [asker, answerer] = [await open(), await open()];
	await join(asker, 'asker_one', 'Ada Asker');
	await join(answerer, 'answerer_one', 'Ben Answerer');
	await define(asker.page, 'Writing the bad news first.');
	await region(asker.page, 'Definitions')
		.getByRole('link', { name: 'Writing the bad news first.' })
		.click();
	await asker.page.getByLabel('Your reply').waitFor();
	const address = new URL(asker.page.url()).pathname;
	await answerer.page.goto(address);
	await answerer.untilLive();
	await asker.page.getByLabel('Your reply').fill('Half a thought');
	const before = asker.requests.length;

	await answerer.page.getByLabel('Your reply').fill('Which news, and to whom?');
	await answerer.page.getByRole('button', { name: 'Reply', exact: true }).click();
	const bar = asker.page.getByRole('button', { name: '1 new reply' });
	await bar.waitFor();
	expect(await asker.page.getByText('Which news, and to whom?').count()).toBe(0);
	await bar.click();
	const reply = article(asker.page, 'Which news, and to whom?');
	await reply.waitFor();
	expect(await asker.page.getByLabel('Your reply', { exact: true }).inputValue()).toBe(
		'Half a thought',
	);
	expect(asker.requests.slice(before)).toEqual([]);

	await reply.getByRole('link', { name: 'Reply', exact: true }).click();
	await asker.page
		.getByLabel('Your reply to Ben Answerer')
		.fill('The late truck, to the site manager.');
	await asker.page.getByLabel('Your reply to Ben Answerer').press('Tab');
	await reply.getByRole('button', { name: 'Reply', exact: true }).click();
	const opening = answerer.page.getByRole('button', { name: '1 new reply' });
	await opening.click();
	await article(answerer.page, 'The late truck, to the site manager.').waitFor();
});

test('a moderator’s feature, note and highlight appear to all, and so does a removal', async () => {
	const [author, host, watcher] = [await open(), await open(), await open()];
	await join(author, 'featured_one', 'Fay Featured');
	await define(author.page, 'I ring the customer first. Then I ring my manager.');
	await signIn(host, 'host');
	await item(host.page, 'I ring the customer first')
		.getByRole('link', { name: /I ring the customer/ })
		.click();
	await host.page.getByText('Moderate', { exact: true }).waitFor();
	const address = new URL(host.page.url()).pathname;
	await watcher.page.goto(address);
	await watcher.untilLive();
	const list = await open();
	await list.page.goto('/');
	await list.untilLive();
	const phone = await open(390);
	await phone.page.goto(address);
	await phone.untilLive();
	const before = [watcher, list].map(({ requests }) => requests.length);

	await host.page.getByText('Moderate', { exact: true }).click();
	await answer(host.page).getByLabel('The line to mark').fill('I ring the customer first.');
	await answer(host.page).getByLabel('Your note').fill('In this order, always.');
	await answer(host.page).getByRole('button', { name: 'Feature', exact: true }).click();
	for (const { page } of [host, watcher]) {
		const note = page.getByRole('note', { name: 'Featured' });
		await note.getByText('In this order, always.').waitFor();
		expect(await page.locator('mark').innerText()).toBe('I ring the customer first.');
	}
	await phone.page.getByRole('button', { name: 'Featured: show more' }).click();
	const opened = phone.page.getByRole('note', { name: 'Featured' });
	await opened.getByText('In this order, always.').waitFor();
	expect(await opened.evaluate((note) => note === document.activeElement)).toBe(true);
	const newly = list.page.getByRole('button', { name: '1 newly featured' });
	await newly.click();
	await region(list.page, 'Featured').getByText('In this order, always.').waitFor();
	expect(await item(list.page, 'I ring the customer first').locator('mark').count()).toBe(1);

	await answer(host.page).getByLabel('Why this is removed').fill('Asked for by its author.');
	await answer(host.page).getByRole('button', { name: 'Remove', exact: true }).click();
	for (const { page } of [host, watcher, phone])
		await page.getByText('Removed by a moderator.').waitFor();
	await list.page.getByText('Removed by a moderator.').first().waitFor();
	for (const { page } of [watcher, list]) {
		expect(await page.getByText('I ring the customer first').count()).toBe(0);
		expect(await page.getByText('Asked for by its author.').count()).toBe(0);
	}
	expect([watcher, list].map(({ requests }, n) => requests.slice(before[n]))).toEqual([[], []]);

	await author.page.goto(address);
	await author.page.getByText('Asked for by its author.').waitFor();
	await answer(host.page).getByRole('button', { name: 'Restore', exact: true }).click();
	await watcher.page.getByText('I ring the customer first.').waitFor();
});

test('a host locks a thread and opens it again before everybody’s eyes, with the keyboard', async () => {
	const [host, reader] = [await open(), await open()];
	await signIn(host, 'host');
	await reader.page.goto('/');
	await reader.untilLive();
	const notice = reader.page.getByText('This thread is locked.');
	await host.page.getByRole('button', { name: 'Lock this thread' }).press('Enter');
	await notice.waitFor();
	const unlock = host.page.getByRole('button', { name: 'Unlock this thread' });
	await unlock.waitFor();
	expect(await unlock.evaluate((button) => button === document.activeElement)).toBe(true);
	expect(await reader.page.getByRole('button', { name: /this thread/ }).count()).toBe(0);
	await host.page.keyboard.press('Enter');
	await notice.waitFor({ state: 'detached' });
	await host.page.getByRole('button', { name: 'Lock this thread' }).waitFor();
});

test('a refused highlight says so and keeps what was typed', async () => {
	const host = await open();
	await signIn(host, 'host');
	await item(host.page, 'Saying it before')
		.getByRole('link', { name: /Saying it before/ })
		.click();
	await host.page.getByText('Moderate', { exact: true }).click();
	await answer(host.page).getByLabel('The line to mark').fill('Words that are not there');
	await answer(host.page).getByLabel('Your note').fill('A note to keep.');
	await answer(host.page).getByRole('button', { name: 'Feature', exact: true }).click();
	await host.page.getByText('This passage does not occur').first().waitFor();
	expect(await answer(host.page).getByLabel('Your note').inputValue()).toBe('A note to keep.');
	expect(await answer(host.page).getByLabel('The line to mark').inputValue()).toBe(
		'Words that are not there',
	);
	host.excuse(/status of 422/);
});

test('clicking twice posts once', async () => {
	const member = await open();
	const { page } = member;
	await join(member, 'twice_one', 'Tam Twice');
	await page.getByLabel('Ownership means').fill('Once is enough.');
	await page.getByRole('button', { name: 'Put my name to it' }).dblclick();
	await page
		.getByRole('region', { name: 'Your definition' })
		.getByText('Once is enough.')
		.waitFor();
	await item(page, 'Once is enough.').first().waitFor();
	expect(await item(page, 'Once is enough.').count()).toBe(1);
	await item(page, 'Once is enough.').getByRole('link', { name: 'Once is enough.' }).click();
	await page.getByLabel('Your reply').fill('Just this one.');
	await page.getByRole('button', { name: 'Reply', exact: true }).dblclick();
	await confirmed(page, 'Reply by Tam Twice').waitFor();
	await page.reload();
	await member.untilLive();
	await page.getByRole('heading', { name: '1 reply' }).waitFor();
	expect(await page.getByText('Just this one.').count()).toBe(1);
	expect(member.requests.filter((request) => request.startsWith('POST /api/')).length).toBe(3);
});

test('pressed again while the next page is on its way, or has not come, a form does its work once', async () => {
	const host = await open();
	const { page } = host;
	const countOpened = () => host.requests.filter((one) => one === 'POST /api/threads').length;
	await signIn(host, 'host');
	await page.goto('/threads', { waitUntil: 'networkidle' });
	await page.getByLabel('Question').fill('What was left to the next one?');
	await page.getByLabel('Introduction').fill('And by whom?');
	await page.getByLabel('Address').fill('left');
	let fail = () => {};
	const failing = new Promise<void>((resolve) => (fail = resolve));
	await page.route('**/threads/left', (route) => failing.then(() => route.abort()), { times: 1 });
	const next = page.waitForRequest('**/threads/left');
	const button = page.getByRole('button', { name: 'Open the thread' });
	await button.click();
	await next;
	await button.click();
	expect(await button.getAttribute('aria-busy')).toBe('true');
	expect(countOpened()).toBe(1);
	fail();
	await page.getByRole('alert').getByText('The page did not arrive.').waitFor();
	await button.click();
	await page.getByRole('heading', { level: 1, name: 'What was left to the next one?' }).waitFor();
	expect(countOpened()).toBe(2);
	await page.goto('/threads');
	expect(await page.getByRole('link', { name: 'What was left to the next one?' }).count()).toBe(1);
	host.excuse(/ERR_FAILED/);

	const { page: entrance, requests } = await open();
	await entrance.goto('/sign-in?from=/threads', { waitUntil: 'networkidle' });
	await entrance.getByLabel('E-mail').fill('host@example.com');
	await entrance.getByLabel('Password').fill(password);
	const enter = entrance.getByRole('main').getByRole('button', { name: 'Sign in' });
	await enter.evaluate((button) =>
		new MutationObserver(() => {
			if (!button.hasAttribute('aria-busy')) (button as HTMLElement).click();
		}).observe(button, { attributes: true }),
	);
	await enter.click();
	await entrance.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	expect(requests.filter((request) => request === 'POST /api/session')).toHaveLength(1);
});

test('a post that the server did not answer is said to be unsent, and its words stay', async () => {
	const member = await open();
	const { page } = member;
	await join(member, 'patient_one', 'Pia Patient');
	await item(page, 'Once is enough.').getByRole('link', { name: 'Once is enough.' }).click();
	await page.getByLabel('Your reply').waitFor();
	await site.stop();
	await page.getByLabel('Your reply').fill('This was written during the outage.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await page.getByRole('alert').getByText('The site did not answer').waitFor();
	expect(await page.getByLabel('Your reply').inputValue()).toBe(
		'This was written during the outage.',
	);

	await site.start();
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await confirmed(page, 'Reply by Pia Patient').waitFor();
	expect(await page.getByLabel('Your reply').inputValue()).toBe('');
	member.excuse(/ERR_CONNECTION_REFUSED|WebSocket connection to/);

	await page.getByLabel('Your reply').fill('A draft for another day.');
	await page.reload();
	await expect
		.poll(() => page.getByLabel('Your reply').inputValue())
		.toBe('A draft for another day.');
});
