import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openBrowser, signIn, visit, type Visitor } from '../support/browser.ts';
import { openSmallForum, type SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
let browser: Browser;

beforeAll(async () => {
	[forum, browser] = await Promise.all([openSmallForum(), openBrowser()]);
}, 120_000);
async function open(
	as: keyof SmallForum['people'] | undefined,
	circumstances?: Parameters<typeof visit>[2],
): Promise<Visitor> {
	const visitor = await visit(browser, forum.site.url, circumstances);
	if (as) await signIn(visitor.page.context(), forum.site.url, forum.people[as]);
	return visitor;
}

/** What reaches over the window's side, and what is cut off inside its own box. */
const findCut = (page: Page) =>
	page.evaluate(() => {
		const cut: string[] = [];
		const { scrollWidth } = document.documentElement;
		if (scrollWidth > window.innerWidth) cut.push(`The page is ${scrollWidth} pixels wide.`);
		for (const element of document.querySelectorAll<HTMLElement>(
			'a, button, summary, label, legend, p, li, dd, dt, h1, h2, h3, span, b',
		)) {
			const { overflowX, overflowY, textOverflow } = getComputedStyle(element);
			const isWhole = overflowX === 'visible' && overflowY === 'visible';
			if (isWhole || textOverflow === 'ellipsis' || !element.checkVisibility()) continue;
			if (element.closest('.sr-only')) continue;
			const { scrollHeight, clientHeight, scrollWidth, clientWidth } = element;
			if (scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1)
				cut.push(`${element.outerHTML.slice(0, 140)} is cut off.`);
		}
		return cut;
	});

/** The distances that WCAG 1.4.12 asks for. */
const spaced = `
	* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
	p { margin-bottom: 2em !important; }`;

const setApart = (page: Page) =>
	page.evaluate((spaced) => {
		const sheet = new CSSStyleSheet();
		sheet.replaceSync(spaced);
		document.adoptedStyleSheets = [sheet];
	}, spaced);

const pages = () => {
	const { definition, story, reply, removed } = forum.posts;
	return [
		['/', undefined],
		['/?tab=definitions', 'member'],
		['/?tab=stories', 'member'],
		[`/posts/${definition.id}`, 'member'],
		[`/posts/${definition.id}`, 'host'],
		[`/posts/${definition.id}/revisions`, undefined],
		[`/posts/${story.id}`, 'host'],
		[`/posts/${removed.id}`, 'suspended'],
		[`/posts/${reply.id}/edit`, 'member'],
		['/threads/ownership/stories/new', 'member'],
		['/threads', 'host'],
		['/members/author', 'host'],
		['/members/member', 'member'],
		['/sign-up', undefined],
		['/nowhere', undefined],
	] as const;
};

test.each([1280, 390, 320])(
	'at %i pixels nothing is cut off, with letters and lines far apart either',
	async (width) => {
		const found: string[] = [];
		for (const [path, as] of pages()) {
			const { page, close } = await open(as, { width, height: 640 });
			await page.goto(path, { waitUntil: 'networkidle' });
			await page.evaluate(() => {
				for (const details of document.querySelectorAll('main details'))
					details.setAttribute('open', '');
			});
			found.push(...(await findCut(page)).map((line) => `${path} ${as}: ${line}`));
			await setApart(page);
			found.push(...(await findCut(page)).map((line) => `${path} ${as}, far apart: ${line}`));
			await close();
		}
		expect(found).toEqual([]);
	},
	120_000,
);

test('at 320 pixels nothing is cut off where the site’s faces did not come', async () => {
	for (const as of [undefined, 'member'] as const) {
		const { page, close } = await open(as, { width: 320, height: 640 });
		await page.route('**/*.woff2', (route) => route.abort());
		for (const path of ['/', `/posts/${forum.posts.definition.id}`]) {
			await page.goto(path, { waitUntil: 'networkidle' });
			await setApart(page);
			expect(await findCut(page), `${path} ${as}`).toEqual([]);
		}
		await close();
	}
});

test('at 320 pixels there is room for a reply, a link and the list of keys', async () => {
	const { page, untilLive, close } = await open('member', { width: 320, height: 640 });
	await page.goto(`/posts/${forum.posts.definition.id}`);
	await untilLive();
	await page.getByRole('link', { name: 'Reply', exact: true }).last().click();
	await page.getByLabel(/^Your reply to/).waitFor();
	expect(await findCut(page)).toEqual([]);
	await page.getByRole('button', { name: 'Put aside' }).click();
	expect(await findCut(page)).toEqual([]);
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
	expect(await findCut(page)).toEqual([]);
	await page.goto('/threads/ownership/stories/new');
	await page.locator('[contenteditable="true"]').focus();
	await page.keyboard.press('Control+k');
	await page.getByLabel('Address of the link').waitFor();
	expect(await findCut(page)).toEqual([]);
	await close();
});

test('in a very small window what leads to new replies does not lie over the field', async () => {
	const { page, untilLive, close } = await open('member', { width: 320, height: 256 });
	const { id } = forum.posts.definition;
	await page.goto(`/posts/${id}`);
	await untilLive();
	await page.goto('/');
	await forum.people.author.send('POST', `/api/posts/${id}/replies`, {
		body: 'One more, while you read.',
	});
	const field = page.locator(`#reply-${id} textarea`);
	await page.goto(`/posts/${id}`);
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

test('nothing moves where little motion is asked for', async () => {
	for (const reducedMotion of ['no-preference', 'reduce'] as const) {
		const { page, untilLive, close } = await open('member', { width: 390, height: 844 });
		await page.emulateMedia({ reducedMotion });
		await page.goto(`/posts/${forum.posts.definition.id}`);
		await untilLive();
		const longest = await page.evaluate(async () => {
			const replies = [...document.querySelectorAll<HTMLElement>('a[data-key="r"]')];
			replies.at(-1)!.click();
			await new Promise(requestAnimationFrame);
			const { getAnimations } = Document.prototype;
			return Math.max(
				0,
				...getAnimations.call(document).map(({ effect }) => Number(effect!.getTiming().duration)),
			);
		});
		if (reducedMotion === 'reduce') expect(longest).toBeLessThan(1);
		else expect(longest).toBeGreaterThan(100);
		await close();
	}
});

test('where the system chooses the colours, every state can still be told', async () => {
	const { page, untilLive, close } = await open('member');
	await page.emulateMedia({ forcedColors: 'active', colorScheme: 'dark' });
	const styleOf = (selector: string) =>
		page
			.locator(selector)
			.first()
			.evaluate((element) => {
				const { color, backgroundColor, textDecorationLine, outlineStyle } =
					getComputedStyle(element);
				return { color, backgroundColor, textDecorationLine, outlineStyle };
			});
	await page.goto('/');
	await untilLive();
	const canvas = (await styleOf('body')).backgroundColor;
	expect((await styleOf('ol mark')).color).not.toBe('rgb(0, 0, 0)');
	expect((await styleOf('[aria-pressed="true"]')).backgroundColor).not.toBe(
		(await styleOf('[data-key="u"][aria-pressed="false"]')).backgroundColor,
	);
	expect((await styleOf('nav.row [aria-current]')).textDecorationLine).toBe('underline');
	expect((await styleOf('nav.row a:not([aria-current])')).textDecorationLine).toBe('none');
	expect((await styleOf('input[type="radio"]:checked + span')).textDecorationLine).toBe(
		'underline',
	);
	expect((await styleOf('input[type="radio"]:not(:checked) + span')).textDecorationLine).toBe(
		'none',
	);
	await page.keyboard.press('Tab');
	await page.keyboard.press('Tab');
	expect((await styleOf(':focus')).outlineStyle).toBe('solid');

	await page.goto('/threads/ownership/stories/new');
	await page.locator('[contenteditable="true"]').focus();
	await page.keyboard.press('Control+b');
	await page.getByRole('button', { name: 'Bold', pressed: true }).waitFor();
	expect((await styleOf('[aria-label="Bold"]')).backgroundColor).not.toBe(
		(await styleOf('[aria-label="Italic"]')).backgroundColor,
	);
	expect((await styleOf('[aria-label="Bold"]')).backgroundColor).not.toBe(canvas);
	await page.goto(`/posts/${forum.posts.definition.id}`);
	await untilLive();
	await page.getByLabel('Your reply', { exact: true }).focus();
	await page.keyboard.type('As @a');
	await page.getByRole('option').first().waitFor();
	expect((await styleOf('[aria-selected="true"] .line')).backgroundColor).not.toBe(canvas);
	await close();
});

test('words and names that run from right to left do so, and leave what stands beside them in place', async () => {
	const send = (path: string, body: object, cookie = '') =>
		fetch(forum.site.url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json', cookie },
			body: JSON.stringify(body),
		});
	const account = { handle: 'sara_l', name: 'שרה לוי', headline: 'מהנדסת' };
	const secret = { email: 'sara@example.com', password: 'a password of some length' };
	const joined = await send('/api/accounts', { ...account, ...secret });
	const [cookie] = joined.headers.getSetCookie()[0]!.split(';');
	const body = 'להיות שם כשזה נשבר.';
	const written = await send('/api/threads/ownership/posts', { kind: 'definition', body }, cookie);
	const { id } = (await written.json()) as { id: number };
	await send(`/api/posts/${id}/replies`, { body }, cookie);

	const visitor = await open(undefined, { width: 390 });
	const { page } = visitor;
	await page.goto('/?tab=definitions&sort=new');
	/** Where these words are seen, from the left edge, in pixels. */
	const placeOf = (words: string) =>
		page.locator(`#post-${id}`).evaluate((post, words) => {
			const texts = document.createTreeWalker(post, NodeFilter.SHOW_TEXT);
			while (texts.nextNode()) {
				const start = texts.currentNode.textContent!.indexOf(words);
				if (start < 0) continue;
				const range = document.createRange();
				range.setStart(texts.currentNode, start);
				range.setEnd(texts.currentNode, start + words.length);
				return range.getBoundingClientRect().x;
			}
			throw new Error(`${words} is not there.`);
		}, words);
	expect(await placeOf('.')).toBeLessThan(await placeOf('נשבר'));
	expect(await placeOf(account.name)).toBeLessThan(await placeOf(account.headline));
	expect(await placeOf(account.headline)).toBeLessThan(await placeOf('1'));
	expect(await placeOf('1')).toBeLessThan(await placeOf('reply'));
	expect(visitor.complaints).toEqual([]);
	await visitor.close();
});

test('a name from the right with digits or signs at its ends stays whole in every sentence and title', async () => {
	const name = 'שרה 7 (לוי)';
	const post = (path: string, body: object, cookie = '') =>
		fetch(forum.site.url + path, {
			method: 'POST',
			headers: { 'content-type': 'application/json', cookie },
			body: JSON.stringify(body),
		});
	const account = { handle: 'sara_7', name, headline: '7 לקוחות' };
	const secret = { email: 'sara_7@example.com', password: 'a password of some length' };
	const joined = await post('/api/accounts', { ...account, ...secret });
	const [cookie] = joined.headers.getSetCookie()[0]!.split(';');
	const person = { cookie: cookie! } as SmallForum['people']['member'];
	const { host } = forum.people;
	const written = await post(
		'/api/threads/ownership/posts',
		{ kind: 'definition', body: '7 פעמים, 1' },
		cookie,
	);
	const { id } = (await written.json()) as { id: number };
	await host.send('PUT', '/api/members/sara_7/suspension', { reason: '(לא) 7' });
	const visitor = await visit(browser, forum.site.url);
	const { page } = visitor;
	await signIn(page.context(), forum.site.url, person);
	/** Every run of text in which letters from the right stand beside those of other words, with nothing that isolates them. */
	const findBare = () =>
		page.evaluate(() => {
			const isApart = (element: Element) => {
				const { display, unicodeBidi } = getComputedStyle(element);
				return display !== 'inline' || unicodeBidi.includes('isolate');
			};
			const readRun = (node: Node): string => {
				if (node instanceof Element && isApart(node)) return '';
				if (!node.hasChildNodes()) return node.textContent ?? '';
				return Array.from(node.childNodes, readRun).join('');
			};
			return [...document.querySelectorAll('body *')]
				.filter((element) => element.checkVisibility() && isApart(element))
				.filter((element) => !element.closest('.sr-only, script, style'))
				.map((element) => Array.from(element.childNodes, readRun).join(''))
				.map((run) => run.replace(/\u2068[^\u2069]*\u2069/g, ''))
				.filter((run) => /[\u0590-\u08ff]/.test(run) && /[a-z]/i.test(run));
		});
	const found: string[] = [];
	for (const path of [
		'/',
		'/members/sara_7',
		`/posts/${id}`,
		'/threads/ownership?tab=definitions',
	]) {
		await page.goto(path);
		await page.getByRole('button', { name: 'Sign out' }).waitFor();
		found.push(...(await findBare()).map((line) => `${path} ${line}`));
		const title = (await page.title()).replace(/\u2068[^\u2069]*\u2069/g, '');
		if (/[\u0590-\u08ff]/.test(title)) found.push(`${path} title: ${title}`);
	}
	await page.context().clearCookies();
	await page.goto('/sign-up');
	await page.getByLabel('Name', { exact: true }).fill(name);
	await page.getByLabel('What you do').fill(account.headline);
	found.push(...(await findBare()));
	expect(found).toEqual([]);
	expect(visitor.complaints).toEqual([]);
	await visitor.close();
});
