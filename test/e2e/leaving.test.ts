import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';
import { openSetUp } from '../support/set-up.ts';

let site: Site;
let browser: Browser;
let host: Participant;
/** what a member reads, and what they reply to */
let read: number;
let answer: number;
let count = 0;
const visitors: Visitor[] = [];

const patience = { timeout: 20_000 };

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	host = new Participant(site.url, 'the_host');
	await host.signUp(await openSetUp(await site.readDatabaseUrl()));
	const definition = { kind: 'definition', body: 'Being there when it breaks.' };
	const created = await host.send('POST', '/api/threads/ownership/posts', definition);
	answer = (created.body as { id: number }).id;
	const story = { kind: 'story', title: 'The pallet', body: 'It stood there for three days.' };
	const told = await host.send('POST', '/api/threads/ownership/posts', story);
	read = (told.body as { id: number }).id;
}, 120_000);
afterEach(async () => {
	const closing = visitors.splice(0);
	for (const visitor of closing)
		visitor.excuse(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection to/);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

const join = async () => {
	const member = new Participant(site.url, `leaves_${++count}`);
	await member.signUp();
	return member;
};

/** As at the page for it, which is another document. */
async function signIn(page: Page, { handle }: Participant): Promise<void> {
	const email = `${handle}@example.com`;
	const data = { email, password: 'a password of some length' };
	await page.goto('about:blank');
	const response = await page.request.post('/api/session', { data });
	expect(response.status()).toBe(201);
}

/** A browser that keeps pages, with a member who has read the answer and gone to where it is replied to. */
async function openAs(member: Participant): Promise<Visitor> {
	const visitor = await visit(browser, site.url, { worker: true });
	visitors.push(visitor);
	const { page, untilLive } = visitor;
	await signIn(page, member);
	await page.goto(`/posts/${read}`);
	await untilLive();
	await expectKept(page, `[${read},`, true);
	await open(page);
	await untilLive();
	await expect.poll(() => page.evaluate(() => caches.has('builds'))).toBe(true);
	await expectKept(page, member.handle, true);
	return visitor;
}

async function open(page: Page): Promise<void> {
	await page.goto(`/posts/${answer}`);
	await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).waitFor();
}

const field = (page: Page) => page.locator(`#reply-${answer} textarea`);
const signOut = (page: Page) =>
	page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
const untilSignedOut = (page: Page) =>
	page.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
const dialog = (page: Page) => page.getByRole('alertdialog', { name: 'Sign out anyway?' });

/** All that the browser keeps for the site, in one text. */
const readStores = (page: Page) =>
	page.evaluate(async () => {
		const kept: unknown[] = [{ ...localStorage }, { ...sessionStorage }, history.state];
		for (const name of await caches.keys())
			for (const response of await (await caches.open(name)).matchAll()) {
				const type = response.headers.get('content-type') ?? '';
				if (/html|json/.test(type)) kept.push(name, await response.text());
			}
		for (const { name } of await indexedDB.databases()) {
			const opening = indexedDB.open(name!);
			const database = await new Promise<IDBDatabase>((resolve) => {
				opening.onsuccess = () => resolve(opening.result);
			});
			for (const store of database.objectStoreNames) {
				const reading = database.transaction(store).objectStore(store).getAll();
				await new Promise((resolve) => (reading.onsuccess = resolve));
				kept.push(reading.result);
			}
			database.close();
		}
		return JSON.stringify(kept);
	});

/** What the server keeps of a member's drafts. */
async function readDrafts(member: Participant): Promise<string[]> {
	const { items } = await member.get<{ items: { key: string }[] }>('/api/drafts');
	const drafts = await Promise.all(
		items.map(({ key }) => member.get<{ content: { body: string } }>(`/api/drafts/${key}`)),
	);
	return drafts.map(({ content }) => content.body);
}

async function expectKept(page: Page, text: string, isKept: boolean): Promise<void> {
	const has = async () => (await readStores(page)).includes(text);
	await expect.poll(has, { ...patience, message: text }).toBe(isKept);
}

async function expectNothingOf(page: Page, member: Participant, words: string): Promise<void> {
	await expectKept(page, words, false);
	await expectKept(page, member.handle, false);
	await expectKept(page, `draft:${member.id}`, false);
	const readShown = () =>
		page.evaluate(() => {
			const typed = [...document.querySelectorAll('textarea')].map(({ value }) => value);
			return [document.body.innerText, ...typed].join('\n');
		});
	// a tab that opens anew shows its page for another moment
	await expect.poll(async () => (await readShown()).includes(words), patience).toBe(false);
}

test('signing out sends what was typed to the server and leaves nothing on the device, in any tab', async () => {
	const member = await join();
	const visitor = await openAs(member);
	const { page } = visitor;
	const other = await page.context().newPage();
	await other.goto('/threads/ownership');
	await other.getByRole('banner').getByRole('button', { name: 'Sign out' }).waitFor();
	const definition = other.getByLabel('Ownership means').first();
	await definition.fill('Half a definition of tab two.');
	await field(page).fill('Half a reply of tab one.');
	await signOut(page);
	await untilSignedOut(page);
	await untilSignedOut(other);

	for (const tab of [page, other]) {
		await expectNothingOf(tab, member, 'Half a reply of tab one.');
		await expectNothingOf(tab, member, 'Half a definition of tab two.');
	}
	await expectKept(page, `[${read},`, false);
	await page.goBack().catch(() => null);
	await expectNothingOf(page, member, 'Half a reply of tab one.');
	expect((await readDrafts(member)).toSorted()).toEqual([
		'Half a definition of tab two.',
		'Half a reply of tab one.',
	]);

	const next = await join();
	await signIn(page, next);
	await open(page);
	await expect.poll(() => field(page).inputValue()).toBe('');
	await expectNothingOf(page, member, 'Half a reply of tab one.');

	await signIn(page, member);
	await open(page);
	await expect.poll(() => field(page).inputValue(), patience).toBe('Half a reply of tab one.');
});

test('signing out asks about words that the server does not take, and drops them once that is decided', async () => {
	const member = await join();
	const visitor = await openAs(member);
	const { page } = visitor;
	await page.route('**/api/drafts/**', async (route) => {
		const isWrite = route.request().method() === 'PUT';
		if (isWrite) await route.fulfill({ status: 413, json: { title: 'Too large', status: 413 } });
		else await route.continue();
	});
	await page.context().setOffline(true);
	await field(page).fill('A reply that waits.');
	await field(page).locator('xpath=ancestor::form').getByRole('button').last().click();
	const readFlag = () => page.evaluate(() => localStorage.getItem('outbox'));
	await expect.poll(readFlag, patience).toBe('1');
	await page.route('**/replies', (route) => route.abort());
	await page.context().setOffline(false);
	await field(page).fill('Words that are refused.');
	await signOut(page);
	const asked = dialog(page);
	await asked.getByText('1 reply has not been sent and 1 draft has not been saved.').waitFor();
	const stay = asked.getByRole('button', { name: 'Stay signed in' });
	await expect.poll(() => stay.evaluate((button) => button === document.activeElement)).toBe(true);
	await page.keyboard.press('Enter');
	await asked.waitFor({ state: 'detached' });
	expect(await field(page).inputValue()).toBe('Words that are refused.');
	await expectKept(page, 'A reply that waits.', true);
	expect((await page.request.get('/api/me')).status()).toBe(200);

	await signOut(page);
	await asked.getByRole('button', { name: 'Sign out' }).click();
	await untilSignedOut(page);
	visitor.excuse(/413|replies/);
	await expectNothingOf(page, member, 'A reply that waits.');
	await expectNothingOf(page, member, 'Words that are refused.');
	expect((await page.request.get('/api/me')).status()).toBe(401);
	await signIn(page, member);
	await open(page);
	await visitor.untilLive();
	await expectKept(page, 'A reply that waits.', false);
	expect(await field(page).inputValue()).toBe('');
});

test('without a connection signing out says so, and drops nothing', async () => {
	const member = await join();
	const { page } = await openAs(member);
	await field(page).fill('Typed in the tunnel.');
	await expect.poll(() => readDrafts(member), patience).toEqual(['Typed in the tunnel.']);
	await page.context().setOffline(true);
	await signOut(page);
	const failure = page.getByRole('alert').getByText('You are still signed in.');
	await failure.waitFor();
	expect(await field(page).inputValue()).toBe('Typed in the tunnel.');
	await page.context().setOffline(false);
	await page.getByRole('button', { name: 'Try again' }).click();
	await untilSignedOut(page);
	await expectNothingOf(page, member, 'Typed in the tunnel.');
});

test('a session that ends elsewhere takes what the server has from the device, and leaves unsent words to their member', async () => {
	const member = await join();
	const visitor = await openAs(member);
	const { page } = visitor;
	await field(page).fill('Saved and then some.');
	await expect.poll(() => readDrafts(member), patience).toEqual(['Saved and then some.']);
	const other = await page.context().newPage();
	await other.goto('/threads/ownership');
	await other.route('**/api/drafts/**', (route) => route.abort());
	await other.getByLabel('Ownership means').first().fill('Never saved anywhere.');
	await expectKept(page, 'Never saved anywhere.', true);

	await page.context().clearCookies();
	await other.close();
	await page.goto('/');
	await untilSignedOut(page);
	await expectKept(page, 'Saved and then some.', false);
	await expectKept(page, `[${read},`, false);
	await expectKept(page, 'Never saved anywhere.', true);

	const next = await join();
	await signIn(page, next);
	await page.goto('/threads/ownership');
	const composer = page.getByLabel('Ownership means').first();
	await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).waitFor();
	expect(await composer.inputValue()).toBe('');
	await signOut(page);
	await untilSignedOut(page);
	await expectKept(page, 'Never saved anywhere.', true);

	await signIn(page, member);
	await page.goto('/threads/ownership');
	await expect.poll(() => composer.inputValue(), patience).toBe('Never saved anywhere.');
	await open(page);
	await expect.poll(() => field(page).inputValue(), patience).toBe('Saved and then some.');
});

test('words of one member are not shown to the next who signs in beside an open page', async () => {
	const member = await join();
	const { page, untilLive, excuse } = await openAs(member);
	await page.goto('/threads/ownership');
	await untilLive();
	const composer = page.getByLabel('Ownership means').first();
	await composer.fill('Mine, and not yours.');
	await page.context().clearCookies();
	const other = await page.context().newPage();
	await other.goto('/');
	await untilSignedOut(page);
	const next = await join();
	await signIn(other, next);
	await other.goto('/');
	await page.getByRole('banner').getByText(next.handle.replaceAll('_', ' ')).waitFor();
	await expect.poll(() => composer.inputValue()).toBe('');
	await expectKept(page, 'Mine, and not yours.', true);
	excuse(/401/);
});
