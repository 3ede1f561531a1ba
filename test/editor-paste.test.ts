import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { renderMarkdown } from '../server/posts/markdown.ts';
import { openBrowser, visit, type Visitor } from './support/browser.ts';
import { clipboards } from './support/clipboards.ts';
import { type Site, startSite } from './support/server.ts';

let site: Site;
let browser: Browser;
let writer: Visitor;
let page: Page;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	writer = await visit(browser, site.url);
	page = writer.page;
	await page.route('**/api/drafts', (route) => route.fulfill({ json: { items: [] } }));
	await page.route('**/api/drafts/*', (route) => route.abort());
	const account = {
		handle: 'writer',
		name: 'Wren',
		email: 'w@example.com',
		password: 'five tiles in a row',
	};
	await page.request.post('/api/accounts', { data: account });
}, 120_000);
afterAll(() => {
	// Newer browsers say what they refuse.
	writer.excuse(/Executing inline event handler violates .* Content Security Policy/);
	expect(writer.complaints).toEqual([]);
});
beforeEach(async () => {
	await page.goto('/threads');
	await page.evaluate(() => localStorage.clear());
	await page.goto('/threads/ownership/stories/new');
	await page.locator('[contenteditable="true"]').waitFor();
	await page.getByRole('textbox', { name: 'The story' }).focus();
	// for 20 ms after that the editor puts the caret back to where it was
	await page.waitForTimeout(100);
});

/** Pastes as a browser does that was asked to by its person. */
const paste = (data: Record<string, string>) =>
	page.evaluate((data) => {
		const clipboardData = new DataTransfer();
		for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text);
		const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
		document.activeElement!.dispatchEvent(event);
	}, data);
const readMarkdown = () => page.locator('textarea[name="body"]').inputValue();

test.each(clipboards)(
	'what comes from $from keeps its structure and loses the rest',
	async ({ html, markdown }) => {
		await paste({ 'text/html': html, 'text/plain': 'plain' });
		expect(await readMarkdown()).toBe(markdown);
	},
);

test('it comes to stand where the caret is, in the midst of a sentence', async () => {
	await page.keyboard.type('after');
	await page.keyboard.press('Home');
	await page.keyboard.type('Before ');
	await paste({ 'text/html': '<span style="color:red">the <b>bold</b> one&nbsp;</span>' });
	expect(await readMarkdown()).toBe('Before the **bold** one after');
});

test('plain text is Markdown, and without formatting it is what it says', async () => {
	await paste({ 'text/plain': '# Monday\r\n\r\nIt *rained*.\r\n- one\r\n- two' });
	expect(await readMarkdown()).toBe('## Monday\n\nIt *rained*.\n\n- one\n- two');
	await page.keyboard.press('Control+A');
	await page.keyboard.press('Backspace');
	await paste({ 'text/plain': '| a | b |\n|---|---|\n| *1* | 2 |' });
	expect(await readMarkdown()).toBe('| a | b |\n| --- | --- |\n| *1* | 2 |');
});

const names = [
	'Mr. Smith called.',
	'Dr. Jones agreed.',
	'Did.',
	'St. Ives',
	'No. 5',
	'216) 555-1234',
];

test('a paragraph that begins like a list of old is a paragraph, typed and pasted', async () => {
	for (const name of names) {
		await page.keyboard.type(name);
		await page.keyboard.press('Enter');
	}
	const shown = () => page.locator('[contenteditable="true"] > p').allInnerTexts();
	const isShown = async () => {
		expect((await shown()).filter((text) => text.trim())).toEqual(names);
		const html = renderMarkdown(await readMarkdown());
		expect(html).toBe(names.map((name) => `<p>${name}</p>`).join('\n'));
	};
	await isShown();
	for (const data of [
		{ 'text/plain': names.join('\n\n') },
		{ 'text/html': names.map((name) => `<p>${name}</p>`).join('') },
	] as Record<string, string>[]) {
		await page.keyboard.press('Control+A');
		await page.keyboard.press('Backspace');
		await paste(data);
		await isShown();
	}
});

test('an address that is pasted over words links them, and is taken back by itself', async () => {
	const type = (text: string) => page.keyboard.type(text);
	const address = { 'text/plain': ' https://e.example/a_(b)?c=1&d \n' };
	await type('Call **the yard** now');
	for (let n = 0; n < 4; n++) await page.keyboard.press('ArrowLeft');
	await page.keyboard.press('Control+Shift+ArrowLeft');
	await page.keyboard.press('Control+Shift+ArrowLeft');
	await paste(address);
	const linked = 'Call **[the yard](https://e.example/a_(b)?c=1&d)** now';
	expect(await readMarkdown()).toBe(linked);
	await page.keyboard.press('Control+Z');
	expect(await readMarkdown()).toBe('Call **the yard** now');
	await page.keyboard.press('Control+Shift+Z');
	expect(await readMarkdown()).toBe(linked);
	await paste({ 'text/plain': 'mailto:yard@e.example' });
	expect(await readMarkdown()).toBe('Call **[the yard](mailto:yard@e.example)** now');
});

test.each([
	['an address', 'https://e.example/old'],
	['two paragraphs', 'One\n\nTwo'],
	['code', '```\nx = 1\n```'],
])('an address that is pasted over %s stands in its place', async (_what, source) => {
	await paste({ 'text/plain': source });
	await page.keyboard.press('Control+A');
	await paste({ 'text/plain': 'https://e.example/new' });
	expect((await readMarkdown()).replaceAll('`', '').trim()).toBe('https://e.example/new');
});

test.each(['javascript:alert(1)', 'https://e.example/a and more', 'plain words'])(
	'%s pasted over words stands in their place and links nothing',
	async (text) => {
		await page.keyboard.type('Words');
		await page.keyboard.press('Control+A');
		await paste({ 'text/plain': text });
		expect(await readMarkdown()).toBe(text);
	},
);

test('a typed Markdown link becomes a link', async () => {
	await page.keyboard.type('She [wrote](https://example.com) so.');
	expect(await readMarkdown()).toBe('She [wrote](https://example.com) so.');
	expect(await page.locator('[contenteditable="true"] a').innerText()).toBe('wrote');
	for (const source of [
		'A [so **bold** word](https://e.example/a_(b) "Its title") here',
		'`[code](https://e.example)`',
		'[none](javascript:alert(1))',
	]) {
		await page.keyboard.press('Control+A');
		await page.keyboard.press('Backspace');
		await page.keyboard.type(source);
		expect(renderMarkdown(await readMarkdown())).toBe(renderMarkdown(source));
	}
});

test('lists and quotes that are written from the right have their signs there', async () => {
	await paste({ 'text/plain': '- שלום\n\n> עולם\n\n- left\n\n> quote' });
	const sides = await page
		.locator('[contenteditable="true"] :is(ul, blockquote)')
		.evaluateAll((blocks) => blocks.map((block) => getComputedStyle(block).direction));
	expect(sides).toEqual(['rtl', 'rtl', 'ltr', 'ltr']);
	const html = renderMarkdown(await readMarkdown());
	expect(html.match(/<(ul|blockquote)[^>]*>/g)).toEqual([
		'<ul dir="auto">',
		'<blockquote dir="auto">',
		'<ul dir="auto">',
		'<blockquote dir="auto">',
	]);
});
