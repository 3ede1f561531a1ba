import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, signIn, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let story: number;
let definition: number;
const visitors: Visitor[] = [];

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
	const members = Array.from({ length: 12 }, (_, n) => new Participant(site.url, `late_${n}`));
	for (const member of members) {
		await member.signUp();
		const body = `Arriving late and staying late, says ${member.handle}.`;
		await member.send('POST', '/api/threads/ownership/posts', { kind: 'definition', body });
	}
	const list = async (kind: string) =>
		(
			await members[0]!.get<{ items: { id: number }[] }>(
				`/api/threads/ownership/posts?kind=${kind}`,
			)
		).items;
	story = (await list('story'))[0]!.id;
	definition = (await list('definition'))[0]!.id;
}, 120_000);
afterEach(async () => {
	const closing = visitors.splice(0);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

async function open(circumstances?: Parameters<typeof visit>[2]): Promise<Visitor> {
	const visitor = await visit(browser, site.url, circumstances);
	visitors.push(visitor);
	return visitor;
}

async function join(handle: string): Promise<Participant> {
	const member = new Participant(site.url, handle);
	await member.signUp();
	return member;
}

const authorsOf = async (member: Participant, words: string) =>
	(
		await member.get<{ items: { body: string; author: { handle: string } }[] }>(
			`/api/posts/${definition}/replies`,
		)
	).items
		.filter(({ body }) => body === words)
		.map(({ author }) => author.handle);

const scrollOf = (page: Page) => page.evaluate(() => Math.round(window.scrollY));
const focusOf = (page: Page) =>
	page.evaluate(() => document.activeElement?.textContent?.replace(/\s+/g, ' ').trim());
const definitions = (page: Page) =>
	page.getByRole('region', { name: 'Definitions' }).locator('li[id^="post-"]');

test('Back finds the list as it was left: what was appended, and the place in it', async () => {
	const visitor = await open({ width: 390 });
	const { page } = visitor;
	await page.goto('/?tab=definitions');
	await visitor.untilLive();
	expect(await definitions(page).count()).toBe(30);
	await page.getByRole('link', { name: 'More definitions' }).click();
	await expect.poll(() => definitions(page).count()).toBe(36);
	const last = definitions(page).nth(34).getByRole('link').first();
	const words = await last.innerText();
	await last.scrollIntoViewIfNeeded();
	await page.waitForTimeout(300);
	const place = await scrollOf(page);
	expect(place).toBeGreaterThan(1500);

	await last.click();
	await page.getByRole('link', { name: 'Sign in to reply' }).waitFor();
	expect(await page.getByRole('article').first().innerText()).toContain(words);
	expect(await scrollOf(page)).toBe(0);
	await page.goBack();
	await expect.poll(() => definitions(page).count()).toBe(36);
	await expect.poll(async () => Math.abs((await scrollOf(page)) - place)).toBeLessThan(3);
	await page.goForward();
	await page.getByRole('link', { name: 'Sign in to reply' }).waitFor();
	await page.goBack();
	await expect.poll(() => definitions(page).count()).toBe(36);
	await expect.poll(async () => Math.abs((await scrollOf(page)) - place)).toBeLessThan(3);
	expect(visitor.requests.filter((request) => request === 'GET /?tab=definitions')).toHaveLength(1);
});

test('Back finds an opened conversation, and what arrived meanwhile is on the page', async () => {
	const visitor = await open();
	const { page } = visitor;
	const voter = new Participant(site.url, 'meanwhile');
	await voter.signUp();
	await page.goto('/');
	await visitor.untilLive();
	const item = page.locator(`#post-${definition}`);
	const score = async () => Number((await item.getByRole('button').innerText()).replace(/\D/g, ''));
	const before = await score();
	await item.getByRole('link').first().click();
	await page.getByRole('link', { name: 'Sign in to reply' }).waitFor();
	expect((await voter.send('PUT', `/api/posts/${definition}/upvote`)).status).toBe(200);
	await page.goBack();
	await expect.poll(score).toBe(before + 1);
});

test('Back shows and writes as whoever is signed in now, also where another tab has changed that', async () => {
	const [first, second] = [await join('goes_first'), await join('goes_second')];
	const visitor = await open();
	const { page } = visitor;
	const named = (name: string) => page.getByRole('banner').getByRole('link', { name }).waitFor();
	await signIn(page.context(), site.url, first);
	await page.goto(`/posts/${definition}`);
	await visitor.untilLive();
	await named('goes first');
	await page.getByLabel('Your reply').fill('For the first alone');
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();

	await signIn(page.context(), site.url, second);
	const other = await page.context().newPage();
	await other.goto('/');
	await named('goes second');
	await other.close();
	await page.goBack();
	await page.getByRole('main').getByText('Signed goes second').waitFor();
	await named('goes second');
	expect(await page.getByLabel('Your reply').inputValue()).toBe('');
	expect(await page.evaluate(() => localStorage.getItem('member'))).toBe(String(second.id));
	await page.getByLabel('Your reply').fill('Signed by the second.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await expect.poll(() => authorsOf(second, 'Signed by the second.')).toEqual(['goes_second']);
	// The draft of the first was asked for, and refused.
	visitor.excuse(/status of 401/);
});

test('Back to what was read signed out shows whoever has signed in since', async () => {
	const member = await join('signs_in');
	const { page } = await open();
	await page.goto(`/posts/${definition}`);
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
	await page.getByLabel('E-mail').fill('signs_in@example.com');
	await page.getByLabel('Password').fill('a password of some length');
	await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
	const name = page.getByRole('banner').getByRole('link', { name: 'signs in' });
	await name.waitFor();
	await page.getByLabel('Your reply').waitFor();
	await page.goBack({ waitUntil: 'networkidle' });
	await name.waitFor();
	await page.goBack();
	await page.getByLabel('Your reply').waitFor();
	await name.waitFor();
	expect(page.url()).toBe(`${site.url}/posts/${definition}`);
	expect(await page.evaluate(() => localStorage.getItem('member'))).toBe(String(member.id));
});

test('what a page of one account sends is refused under another, and its words stay', async () => {
	const [first, second] = [await join('writes_first'), await join('writes_second')];
	const visitor = await open();
	const { page } = visitor;
	await signIn(page.context(), site.url, first);
	await page.goto(`/posts/${definition}`);
	await visitor.untilLive();
	await signIn(page.context(), site.url, second);
	await page.getByLabel('Your reply').fill('Under my own name.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await page.getByText('Another account is signed in here now, so nothing was sent.').waitFor();
	expect(await page.getByLabel('Your reply').inputValue()).toBe('Under my own name.');
	const vote = page.getByRole('article').first().getByRole('button', { name: 'Upvote' });
	await vote.click();
	await page.getByText('Not counted. Another account is signed in here now').waitFor();
	expect(await vote.getAttribute('aria-pressed')).toBe('false');
	expect(await authorsOf(second, 'Under my own name.')).toEqual([]);
	const { items } = await second.get<{ items: unknown[] }>('/api/drafts');
	expect(items).toEqual([]);
	visitor.excuse(/status of 401/);
});

test('a reply that one account has begun is not sent as another one’s, and waits for the first', async () => {
	const [first, second] = [await join('begins_one'), await join('sends_one')];
	const { page, untilLive, excuse } = await open();
	const context = page.context();
	await signIn(context, site.url, first);
	await page.goto(`/posts/${definition}`);
	await untilLive();
	const field = page.locator(`#reply-${definition} textarea`);
	await field.fill('Typed by the first of the two.');

	await signIn(context, site.url, second);
	const other = await context.newPage();
	await other.goto('/');
	await page.getByRole('banner').getByText('sends one').waitFor();
	await expect.poll(() => field.inputValue()).toBe('');
	await field.fill('Typed by the second.');
	await field.locator('xpath=ancestor::form').getByRole('button').last().click();
	await page.getByText('Typed by the second.').first().waitFor();

	await signIn(context, site.url, first);
	await page.goto(`/posts/${definition}`);
	await untilLive();
	await expect.poll(() => field.inputValue()).toBe('Typed by the first of the two.');
	expect(await authorsOf(first, 'Typed by the second.')).toEqual(['sends_one']);
	expect(await authorsOf(first, 'Typed by the first of the two.')).toEqual([]);
	excuse(/status of 401/);
});

test('after a link the page’s heading has the focus, and titles and addresses follow', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	const first = page
		.getByRole('region', { name: 'Stories' })
		.getByRole('heading', { level: 3 })
		.first();
	const title = await first.innerText();
	await first.getByRole('link').click();
	await expect.poll(() => page.title()).toBe(`${title} · Weigh-In`);
	await expect.poll(() => focusOf(page)).toBe(title);
	await page
		.getByRole('navigation', { name: 'Site', exact: true })
		.getByRole('link', { name: 'Threads' })
		.click();
	await expect.poll(() => page.title()).toBe('Threads · Weigh-In');
	await expect.poll(() => focusOf(page)).toBe('Threads');
	expect(visitor.requests.filter((request) => !request.includes('/api/')).length).toBeGreaterThan(
		1,
	);
	expect(await page.evaluate(() => performance.getEntriesByType('navigation').length)).toBe(1);
});

test('the keyboard alone reaches the content, and shows where it is', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	await page.keyboard.press('Tab');
	expect(await focusOf(page)).toBe('Skip to the content');
	const skip = page.getByRole('link', { name: 'Skip to the content' });
	const box = (await skip.boundingBox())!;
	expect(box.y).toBeGreaterThanOrEqual(0);
	expect(box.height).toBeGreaterThan(10);
	await page.keyboard.press('Enter');
	expect(await page.evaluate(() => document.activeElement?.id)).toBe('main');

	const reached: string[] = [];
	for (let presses = 0; presses < 14; presses++) {
		await page.keyboard.press('Tab');
		const { name, isMarked } = await page.evaluate(() => {
			const element = document.activeElement as HTMLElement;
			const chain = [element, element.parentElement!, element.parentElement!.parentElement!];
			const isMarked = chain.some((each) => {
				const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each);
				const line = getComputedStyle(each, '::after').borderBottomStyle;
				const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1;
				return isOutlined || boxShadow !== 'none' || line === 'solid';
			});
			return { name: element.textContent || element.getAttribute('name') || '', isMarked };
		});
		expect({ name, isMarked }).toEqual({ name, isMarked: true });
		reached.push(name.trim());
	}
	expect(new Set(reached).size).toBeGreaterThan(10);
	expect(reached).toContain('Join and put your name to it');
});

test('the focus goes on to the first of more definitions, unless it went elsewhere', async () => {
	const visitor = await open();
	const { page } = visitor;
	const more = page.getByRole('link', { name: 'More definitions' });
	const isFocused = (index: number) =>
		definitions(page)
			.nth(index)
			.evaluate((definition) => definition === document.activeElement);
	await page.goto('/?tab=definitions');
	await visitor.untilLive();
	await more.press('Enter');
	await definitions(page).nth(30).waitFor();
	await expect.poll(() => isFocused(30)).toBe(true);
	await page.keyboard.press('Tab');
	const words = await definitions(page).nth(30).getByRole('link').first().innerText();
	expect(await focusOf(page)).toBe(words);

	await page.goto('/');
	await visitor.untilLive();
	const count = await definitions(page).count();
	let answer = () => {};
	const asked = new Promise<void>((resolve) => {
		void page.route('**/api/threads/*/posts?*', async (route) => {
			resolve();
			await new Promise<void>((go) => (answer = go));
			await route.continue();
		});
	});
	await more.press('Enter');
	await asked;
	await page.getByLabel('Ownership means').focus();
	answer();
	await definitions(page).nth(count).waitFor();
	await page.waitForTimeout(100);
	expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
});

test('a page that is not there, or not for this reader, says so as a page of the site', async () => {
	const visitor = await open();
	const { page } = visitor;
	for (const path of [
		'/nowhere',
		'/posts/2147483647',
		'/threads/nowhere',
		'/members/nobody_here',
	]) {
		const answer = await page.goto(path);
		expect(answer!.status()).toBe(404);
		await page.getByRole('heading', { level: 1, name: 'Not found' }).waitFor();
		expect(await page.title()).toBe('Not found · Weigh-In');
	}
	visitor.excuse(/status of 404/);
	await page.getByRole('main').getByRole('link', { name: 'Go to the question' }).click();
	await page.getByRole('heading', { name: 'What does it truly mean to take ownership?' }).waitFor();

	await signIn(page.context(), site.url, await join('stranger'));
	const refused = await page.goto(`/posts/${story}/edit`);
	expect(refused!.status()).toBe(403);
	await page.getByRole('heading', { level: 1, name: 'Not allowed' }).waitFor();
	visitor.excuse(/status of 403/);
});

test('a page that does not arrive is said to be missing, and the one before stays', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	await page.context().setOffline(true);
	// what typing needs cannot be had either, and pages share scripts with it
	await page.getByLabel('Ownership means').fill('Still here');
	await page
		.getByRole('navigation', { name: 'Site', exact: true })
		.getByRole('link', { name: 'Threads' })
		.click();
	await page.getByRole('alert').getByText('The page did not arrive.').waitFor();
	expect(await page.getByLabel('Ownership means').inputValue()).toBe('Still here');
	await page.context().setOffline(false);
	await page
		.getByRole('navigation', { name: 'Site', exact: true })
		.getByRole('link', { name: 'Threads' })
		.click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	expect(await page.getByRole('alert').count()).toBe(0);
	visitor.excuse(/ERR_INTERNET_DISCONNECTED|WebSocket connection to/);
});

test('a page that takes long shows its progress', async () => {
	const visitor = await open();
	const { page } = visitor;
	await page.goto('/');
	await visitor.untilLive();
	let release = () => {};
	const held = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/threads', async (route) => {
		await held;
		await route.continue();
	});
	const bar = page.locator('#nprogress .bar, [role="progressbar"], progress').first();
	expect(await bar.count()).toBe(0);
	await page
		.getByRole('navigation', { name: 'Site', exact: true })
		.getByRole('link', { name: 'Threads' })
		.click();
	await bar.waitFor({ state: 'visible' });
	const { width, height } = (await bar.boundingBox())!;
	expect(width * height).toBeGreaterThan(0);
	release();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	await bar.waitFor({ state: 'detached' });
});

test('what could not be read again is left alone once its page was left', async () => {
	const visitor = await open();
	const { page, requests } = visitor;
	await page.clock.install();
	await signIn(page.context(), site.url, await join('leaves_early'));
	await page.goto('/');
	await visitor.untilLive();
	let release = () => {};
	const held = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/api/threads/ownership/posts?sort=new*', async (route) => {
		await held;
		await route.abort('connectionreset');
	});
	const asked = page.waitForRequest(/posts\?sort=new/);
	await page.context().clearCookies();
	await page.evaluate(() =>
		window.dispatchEvent(new StorageEvent('storage', { key: 'member', newValue: '' })),
	);
	await asked;
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	const failed = page.waitForEvent('requestfailed');
	release();
	await failed;
	await page.clock.fastForward(6_000);
	await page.evaluate(async () => void (await (await fetch('/health/live')).text()));
	expect(requests.filter((request) => request === 'GET /threads')).toHaveLength(1);
	visitor.excuse(/ERR_CONNECTION_RESET/);
});

const pages = () =>
	[
		['/', 'Weigh-In', '/'],
		['/?tab=stories&sort=new', 'Weigh-In', '/'],
		['/threads', 'Threads · Weigh-In', '/threads'],
		[
			'/threads/ownership',
			'What does it truly mean to take ownership? · Weigh-In',
			'/threads/ownership',
		],
		[`/posts/${story}`, / · Weigh-In$/, `/posts/${story}`],
		[`/posts/${definition}`, /^Hanne Dyrlund: .* · Weigh-In$/, `/posts/${definition}`],
		[
			`/posts/${definition}/revisions`,
			'How this definition changed · Weigh-In',
			`/posts/${definition}/revisions`,
		],
		['/members/hanne_d', 'Hanne Dyrlund · Weigh-In', '/members/hanne_d'],
		['/sign-up', 'Join · Weigh-In', '/sign-up'],
		['/sign-in', 'Sign in · Weigh-In', '/sign-in'],
	] as const;

test('each page has a title, a description, one heading and its canonical address', async () => {
	const { page } = await open();
	const seen = new Map<string, string>();
	for (const [path, title, canonical] of pages()) {
		await page.goto(path);
		if (typeof title === 'string') expect(await page.title()).toBe(title);
		else expect(await page.title()).toMatch(title);
		const links = page.locator('link[rel="canonical"]');
		expect(await links.count()).toBe(1);
		expect(await links.getAttribute('href')).toBe(site.url + canonical);
		const described = page.locator('meta[name="description"]');
		expect(await described.count()).toBe(1);
		const description = (await described.getAttribute('content'))!;
		expect(description.length).toBeGreaterThan(15);
		expect(description.length).toBeLessThanOrEqual(161);
		seen.set(canonical, description);
		expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
		expect(await page.locator('html').getAttribute('lang')).toBe('en');
	}
	expect(new Set(seen.values()).size).toBeGreaterThan(6);
});

test.each([true, false])(
	'no page is wider than a small phone, with JavaScript: %s',
	async (javaScriptEnabled) => {
		const { page } = await open({ width: 320, height: 640, javaScriptEnabled });
		const stranger = await join(`narrow_${javaScriptEnabled}`);
		const check = async (path: string) => {
			await page.goto(path);
			const overflow = await page.evaluate(() => {
				const wide = [...document.querySelectorAll('main *, header *, footer *')].find(
					(element) => element.getBoundingClientRect().right > window.innerWidth + 1,
				);
				const { scrollWidth } = document.documentElement;
				return scrollWidth > window.innerWidth
					? `${scrollWidth}: ${wide?.outerHTML.slice(0, 200)}`
					: '';
			});
			expect(`${path} ${overflow}`).toBe(`${path} `);
		};
		for (const [path] of pages()) await check(path);
		for (const path of ['/?tab=definitions', '/?tab=featured']) await check(path);
		await signIn(page.context(), site.url, stranger);
		for (const path of [
			'/',
			`/posts/${story}`,
			'/threads/ownership/stories/new',
			`/members/${stranger.handle}`,
		])
			await check(path);
	},
);
