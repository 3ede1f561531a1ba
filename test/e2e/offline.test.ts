import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let host: Participant;
let answer: number;
const visitors: Visitor[] = [];

const words = 'Being there when it breaks.';
const later = 'Will be sent when the line is back';

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	host = new Participant(site.url, 'the_host');
	await host.signUp();
	const definition = { kind: 'definition', body: words };
	const created = await host.send('POST', '/api/threads/ownership/posts', definition);
	answer = (created.body as { id: number }).id;
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await site?.close();
});
afterEach(async () => {
	const closing = visitors.splice(0);
	for (const visitor of closing)
		visitor.excuse(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection to/);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

/** A browser that keeps pages, signed in as `member` if one is given. */
async function open(member?: Participant): Promise<Visitor> {
	const visitor = await visit(browser, site.url, { worker: true });
	visitors.push(visitor);
	if (member) await signIn(visitor.page.context(), member);
	return visitor;
}

async function signIn(context: BrowserContext, { cookie }: Participant): Promise<void> {
	const [name, value] = cookie.split('=') as [string, string];
	await context.addCookies([{ name, value, url: site.url }]);
}

async function join(handle: string): Promise<Participant> {
	const member = new Participant(site.url, handle);
	await member.signUp();
	return member;
}

/** Waits until this page and what shows it without a connection are on the device. */
async function untilKept(page: Page, path: string): Promise<void> {
	await expect
		.poll(() =>
			page.evaluate(async (path) => {
				const builds = await (await caches.open('builds')).keys();
				const page = await caches.match(path);
				return builds.length > 0 && page !== undefined;
			}, path),
		)
		.toBe(true);
}

async function visitAndKeep({ page, untilLive }: Visitor, path: string): Promise<void> {
	await page.goto(path);
	await untilLive();
	await untilKept(page, path);
}

const question = (page: Page) =>
	page.getByRole('heading', { level: 1, name: 'What does it truly mean to take ownership?' });
const bar = (page: Page) => page.getByRole('complementary', { name: 'Without a connection' });
const repliesOf = async (id: number) =>
	(await host.get<{ items: { body: string; author: { handle: string } }[] }>(
		`/api/posts/${id}/replies`,
	)).items;

test('pages that were visited open without a connection, by reload and by link', async () => {
	const visitor = await open();
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	await page.getByRole('link', { name: words }).first().click();
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	await untilKept(page, `/posts/${answer}`);

	await page.context().setOffline(true);
	await page.reload();
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	await bar(page).getByText('Kept on this device').waitFor();
	await page.getByRole('link', { name: 'The question' }).first().click();
	await question(page).waitFor();
	await bar(page).getByText('Kept on this device').waitFor();
	await page.getByRole('link', { name: words }).first().click();
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	expect(page.url()).toBe(`${site.url}/posts/${answer}`);

	await page.context().setOffline(false);
	await bar(page).waitFor({ state: 'detached' });
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
});
