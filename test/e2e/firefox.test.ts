import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'puppeteer-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import {
	findFirefox,
	type FirefoxVisitor,
	openFirefox,
	visitInFirefox,
} from '../support/firefox.ts';
import { type Middlebox, openMiddlebox } from '../support/middlebox.ts';
import { type Site, startSite } from '../support/server.ts';

const firefox = await findFirefox();

const words = 'Being there when it breaks.';
const patience = { timeout: 20_000 };
/** Firefox starts a process for each page. */
const journey = 60_000;

const field = 'textarea[name="definition"], textarea[name="body"]';
const kept = 'kept on this device only';

const see = (page: Page, text: string) => page.waitForSelector(`::-p-text(${text})`);
const press = async (page: Page, selector: string) =>
	(await page.waitForSelector(selector))!.click();
const untilGone = (page: Page, text: string) =>
	page.waitForFunction((text) => !document.body.innerText.includes(text), {}, text);
const readField = (page: Page) =>
	// Nothing can be read while the document changes.
	page.$eval(field, (element) => (element as HTMLTextAreaElement).value).catch(() => null);
const countPosts = (page: Page) => page.$$eval('article', (found) => found.length).catch(() => 0);

/** Waits until the scripts of the document run. */
const untilLive = (page: Page) => page.waitForFunction(() => history.state?.page);

describe('in Firefox', () => (firefox === undefined ? sayMissing() : travel(firefox)));

function sayMissing() {
	test('there are no journeys where none is installed', async () => {
		console.info('Firefox is not installed here: its journeys are left out.');
		const looking = promisify(execFile)('sh', ['-c', 'firefox-esr --version || firefox --version']);
		await expect(looking).rejects.toThrow();
	});
}

function travel(executable: string) {
	let site: Site;
	let browser: Browser;
	let box: Middlebox;
	let host: Participant;
	let answer: number;
	const visitors: FirefoxVisitor[] = [];

	beforeAll(async () => {
		[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openFirefox(executable)]);
		box = await openMiddlebox(site.url);
		host = new Participant(site.url, 'the_host');
		await host.signUp();
		const definition = { kind: 'definition', body: words };
		const created = await host.send('POST', '/api/threads/ownership/posts', definition);
		answer = (created.body as { id: number }).id;
	}, 120_000);
	beforeEach(() => {
		box.interfere = () => undefined;
		box.requests.length = 0;
	});
	afterEach(async () => {
		const closing = visitors.splice(0);
		for (const visitor of closing) await visitor.close();
		expect(closing.flatMap(({ complaints }) => complaints)).toEqual([]);
		expect(site.complaints()).toEqual([]);
	});

	async function open(of = browser): Promise<FirefoxVisitor> {
		const visitor = await visitInFirefox(of);
		visitors.push(visitor);
		return visitor;
	}

	test(
		'a member reads, signs in, votes, replies and finds a draft after a reload',
		async () => {
			await new Participant(site.url, 'the_member').signUp();
			const { page } = await open();
			await page.goto(box.url);
			await see(page, words);
			await press(page, 'header a[href^="/sign-in"]');
			await page.waitForSelector('input[name="email"]');
			await page.type('input[name="email"]', 'the_member@example.com');
			await page.type('input[name="password"]', 'a password of some length');
			await page.keyboard.press('Enter');
			await see(page, 'Sign out');

			await page.goto(`${box.url}/posts/${answer}`);
			await press(page, 'form[action*="/upvote"] button[aria-pressed="false"]');
			const readAnswer = async () => (await host.send('GET', `/api/posts/${answer}`)).body;
			await expect.poll(readAnswer, patience).toMatchObject({ score: 1 });
			await page.waitForSelector('button[aria-pressed="true"]:not([aria-busy])');

			await page.type(field, 'From a fox.');
			await press(page, `#reply-${answer} .buttons button`);
			await page.waitForSelector('article:not([aria-busy]) ::-p-text(From a fox.)');
			expect(await readField(page)).toBe('');

			await page.goto(box.url);
			await page.type(field, 'I answer for it');
			await page.reload();
			await expect.poll(() => readField(page), patience).toBe('I answer for it');
		},
		journey,
	);

	test(
		'a script that is cut once is asked for again, and what was typed is there after a reload',
		async () => {
			const { page } = await open();
			box.interfere = (path) => (/^\/assets\/draft[^?]*$/.test(path) ? 'cut' : undefined);
			await page.goto(box.url);
			await untilLive(page);
			await page.type(field, 'I answer for it');
			const askedAgain = () => box.requests.some((path) => /^\/assets\/draft.*\?/.test(path));
			await expect.poll(askedAgain, patience).toBe(true);
			await page.reload();
			await expect.poll(() => readField(page), patience).toBe('I answer for it');
		},
		journey,
	);

	test(
		'a script that does not come is said to be missing, and comes with a later key',
		async () => {
			const { page } = await open();
			box.interfere = (path) => (path.startsWith('/assets/draft') ? 'cut' : undefined);
			await page.goto(box.url);
			await untilLive(page);
			await page.type(field, 'Nobody');
			await see(page, kept);
			box.interfere = () => undefined;
			await page.type(field, ' else');
			await untilGone(page, kept);
			await page.reload();
			await expect.poll(() => readField(page), patience).toBe('Nobody else');
		},
		journey,
	);

	test(
		'Back finds a long conversation as it was left',
		async () => {
			for (let i = 0; i < 10; i++)
				await Promise.all(
					Array.from({ length: 19 }, (_, n) =>
						host.send('POST', `/api/posts/${answer}/replies`, { body: `Reply ${i}.${n}.` }),
					),
				);
			const { page } = await open();
			await page.goto(`${box.url}/posts/${answer}`);
			await untilLive(page);
			for (let i = 0; i < 3; i++) {
				const before = await countPosts(page);
				await press(page, 'a::-p-text(More replies)');
				await expect.poll(() => countPosts(page), patience).toBeGreaterThan(before);
			}
			const count = await countPosts(page);
			const id = await page.$$eval('article', (found) => {
				const post = found.at(-10)!;
				post.scrollIntoView({ block: 'center', behavior: 'instant' });
				return post.id;
			});
			const readTop = () =>
				page.$eval(`#${id}`, (post) => post.getBoundingClientRect().top).catch(() => NaN);
			const top = await readTop();
			// A plain document, which the browser does not keep alive behind the next one.
			await page.evaluate(() => window.addEventListener('unload', () => {}));
			await press(page, `#${id} a time`);
			await page.waitForFunction((url) => location.href !== url, {}, page.url());
			await page.waitForFunction(() => document.readyState === 'complete');
			await page.evaluate(() => history.back());
			await expect.poll(() => countPosts(page), patience).toBe(count);
			await expect.poll(async () => Math.abs((await readTop()) - top), patience).toBeLessThan(3);
		},
		journey,
	);

	test(
		'where all cookies are blocked pages are live, and what cannot be kept is said',
		async () => {
			const strict = await openFirefox(executable, { 'network.cookie.cookieBehavior': 2 });
			const { page, excuse } = await open(strict);
			await page.goto(box.url);
			await see(page, words);
			await untilLive(page);
			await page.type(field, 'Nobody keeps this');
			await see(page, 'This browser keeps nothing for this site');
			const guest = new Participant(site.url, 'comes_later');
			await guest.signUp();
			const definition = { kind: 'definition', body: 'It arrives by itself.' };
			await guest.send('POST', '/api/threads/ownership/posts', definition);
			await see(page, '1 new definition');
			await press(page, 'input[name="theme"][value="dark"] + span');
			await see(page, 'Until this page is closed');
			await press(page, 'a[href="/threads"]');
			await page.waitForFunction(() => document.querySelector('h1')?.innerText === 'Threads');
			expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
			await page.goto(`${box.url}/sign-in`);
			await see(page, 'This browser takes no cookies from this site');
			// Firefox's own word; to the page it is a refusal like others.
			excuse(/Failed to register\/update a ServiceWorker .* Storage access is restricted/);
		},
		journey,
	);
}
