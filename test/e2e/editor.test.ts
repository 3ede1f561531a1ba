import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openBrowser, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let visitor: Visitor;
let page: Page;
const account = {
	handle: 'writer',
	name: 'writer',
	email: 'writer@example.com',
	password: 'a row of five tiles',
};

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
}, 120_000);
beforeEach(() => open({}));
afterEach(async () => {
	await visitor.page.request.delete('/api/drafts/story:ownership');
	await visitor.close();
	expect(visitor.complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

async function open(circumstances: Parameters<typeof visit>[2]) {
	visitor = await visit(browser, site.url, circumstances);
	page = visitor.page;
	const joined = await page.request.post('/api/accounts', { data: account });
	if (joined.status() !== 201) await page.request.post('/api/session', { data: account });
	await page.goto('/threads/ownership/stories/new');
	await editor().waitFor();
}

const editor = () => page.locator('[contenteditable="true"]');
const markdown = () => page.locator('textarea[name="body"]').inputValue();
/** Presses keys one after the other, each when the editor knows where the last has put the caret. */
const press = async (...keys: string[]) => {
	for (const key of keys) {
		await page.keyboard.press(key);
		await settle();
	}
};
const settle = () =>
	page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

/** Pastes into the editor, in place of all that is there. */
async function write(text: string) {
	await editor().click();
	await press('Control+A');
	await page.evaluate((text) => {
		const clipboardData = new DataTransfer();
		clipboardData.setData('text/plain', text);
		const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
		document.activeElement!.dispatchEvent(event);
	}, text);
}

const cell = (words: string) => editor().locator('th, td').getByText(words, { exact: true });
/** Puts the caret behind the words of a cell. */
async function goInto(words: string) {
	await cell(words).click();
	await settle();
	await press('End');
}

describe('in a table', () => {
	const table = '| a | b |\n| --- | --- |\n| c | d |';
	const rows = (...more: string[]) => [table, ...more].join('\n');

	test('Tab and Shift+Tab go from cell to cell, and Tab behind the last begins a row', async () => {
		await write(table);
		await goInto('a');
		await press('Tab');
		expect(await page.evaluate(() => String(getSelection()))).toBe('b');
		await press('Tab', 'Tab');
		expect(await page.evaluate(() => String(getSelection()))).toBe('d');
		await press('Tab');
		await page.keyboard.type('e');
		await press('Tab');
		await page.keyboard.type('f');
		expect(await markdown()).toBe(rows('| e | f |'));
		await press('Shift+Tab', 'Shift+Tab');
		await page.keyboard.type('D');
		expect(await markdown()).toBe(rows('| e | f |').replace('d', 'D'));
		await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Shift+Tab');
		await page.keyboard.type('A');
		expect(await markdown()).toMatch(/^\| A \| b \|\n/);
		await press('Control+Z', 'Control+Z', 'Control+Z', 'Control+Z', 'Control+Z');
		expect(await editor().locator('tr').count()).toBeLessThan(3);
	});

	test('Enter goes down, and from the last row on below', async () => {
		await write(`${table}\n\nAfter.`);
		await goInto('b');
		await press('Enter');
		await page.keyboard.type('D');
		await press('Shift+Enter', 'Enter');
		await page.keyboard.type('>');
		expect(await markdown()).toBe(`${table.replace('d', 'Dd')}\n\n\\>After.`);
		await write(table);
		await goInto('c');
		await press('Enter');
		await page.keyboard.type('Below.');
		expect(await markdown()).toBe(`${table}\n\nBelow.`);
	});

	test('the arrows go from cell to cell and out of it, above and below', async () => {
		await write(table);
		await goInto('a');
		await press('ArrowRight');
		await page.keyboard.type('1');
		await press('ArrowDown');
		await page.keyboard.type('2');
		expect((await markdown()).replaceAll(/\d/g, '')).toBe(table);
		expect(await editor().locator('tr').first().locator('> *').count()).toBe(2);
		await press('ArrowDown', 'ArrowDown');
		await page.keyboard.type('Below.');
		expect(await markdown()).toMatch(/ \|\n\nBelow\.$/);
		for (const words of ['a', 'b']) {
			await write(table);
			await goInto(words);
			await press('ArrowUp');
			await page.keyboard.type('Above.');
			expect(await markdown()).toBe(`Above.\n\n${table}`);
			await press('ArrowDown');
			await page.keyboard.type('x');
			expect(await markdown()).toMatch(/^Above\.\n\n\| (xa|ax|a) \| (xb|bx|b) \|/);
		}
	});

	test('Backspace joins no cells, and takes away an empty row and an empty table', async () => {
		await write(`Before.\n\n${table}`);
		await goInto('c');
		await press('Backspace', 'Backspace', 'Backspace', 'Delete');
		expect(await markdown()).toBe(`Before.\n\n${table.replace('c', '')}`);
		await goInto('d');
		await press('Backspace');
		expect(await editor().locator('tr').count()).toBe(2);
		await press('Backspace');
		expect(await editor().locator('tr').count()).toBe(1);
		await press('Backspace', 'Backspace', 'Shift+Tab', 'End', 'Backspace');
		expect(await editor().locator('tr').count()).toBe(1);
		await press('Backspace');
		expect(await editor().locator('table').count()).toBe(0);
		await page.keyboard.type(' After.');
		expect(await markdown()).toMatch(/^Before\..*After\.$/s);
		for (let n = 0; n < 5 && (await editor().locator('table').count()) === 0; n++)
			await press('Control+Z');
		expect(await editor().locator('table').count()).toBe(1);
	});

	test('a table goes as a whole, from below it', async () => {
		await write(`${table}\n\nAfter.`);
		await editor().getByText('After.').click();
		await press('Home', 'Backspace');
		expect(await editor().innerHTML()).toContain('<table class="ProseMirror-selectednode"');
		await press('Backspace');
		expect(await markdown()).toBe('After.');
	});

	test('and in a list what Tab does has buttons, with a finger', async () => {
		await visitor.close();
		await open({ width: 390, hasTouch: true });
		const button = (name: string) => page.getByRole('button', { name, exact: true });
		await write(table);
		await goInto('d');
		await button('Add a row').click();
		await page.keyboard.type('e');
		expect(await markdown()).toBe(rows('| e |  |'));
		await goInto('c');
		await button('Add a row').click();
		await page.keyboard.type('x');
		expect(await markdown()).toBe(rows('| x |  |', '| e |  |'));
		await button('Take the row out').click();
		expect(await markdown()).toBe(rows('| e |  |'));
		expect(await button('Numbered list').count()).toBe(0);
		await goInto('a');
		expect(await button('Take the row out').getAttribute('aria-disabled')).toBe('true');

		await write('- one\n- two');
		await editor().getByText('two').click();
		await button('Indent').click();
		expect(await markdown()).toBe('- one\n  - two');
		await button('Outdent').click();
		expect(await markdown()).toBe('- one\n- two');
		expect(await button('Add a row').count()).toBe(0);
	});
});

describe('what is written from the right', () => {
	const story = [
		'First in English, then the other way.',
		'שלום לכולם, אמר המנהל (ולא הוסיף).',
		'And back (again).',
		'- اقتباس قصير\n- > من قال هذا؟\n  >\n  > 1. نعم',
		'> He said:\n>\n> - זה שלי',
		'1. one\n2. two',
	].join('\n\n');

	/** Of each block: the side on which its words begin, and that of its bullets or its rule. */
	const readSides = (within: string) =>
		page.locator(within).evaluate((root) =>
			[...root.querySelectorAll('p, li, ul, ol, blockquote')].flatMap((block) => {
				if (!block.textContent!.trim()) return [];
				const name = block.tagName.toLowerCase();
				const { direction, borderLeftWidth, borderRightWidth, paddingLeft, paddingRight } =
					getComputedStyle(block);
				if (name === 'blockquote')
					return `${name} ${parseFloat(borderRightWidth) > parseFloat(borderLeftWidth) ? 'right' : 'left'}`;
				if (name === 'ul' || name === 'ol')
					return `${name} ${parseFloat(paddingRight) > parseFloat(paddingLeft) ? 'right' : 'left'}`;
				const range = document.createRange();
				const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
				let text = texts.nextNode();
				while (text && !text.nodeValue!.trim()) text = texts.nextNode();
				range.setStart(text!, 0);
				range.setEnd(text!, 1);
				const [first, box] = [range.getBoundingClientRect(), block.getBoundingClientRect()];
				const side = first.left - box.left < box.right - first.right ? 'left' : 'right';
				return name === 'li' ? `li ${direction === 'rtl' ? 'right' : 'left'}` : `p ${side}`;
			}),
		);

	test('runs in its own direction between other words, in the editor and where it is published', async () => {
		await write(story);
		const written = await readSides('[contenteditable="true"]');
		await page.getByLabel('Title').fill('Both ways');
		await page.getByRole('button', { name: 'Put my name to it' }).click();
		await page.waitForURL(/\/posts\/\d+$/);
		const published = await readSides('article .prose');
		const wanted = (
			'p left, p right, p left, ' +
			'ul right, li right, li right, blockquote right, p right, ol right, li right, ' +
			'blockquote left, p left, ul right, li right, ol left, li left, li left'
		).split(', ');
		expect(published).toEqual(wanted);
		// In the editor each item's words are a paragraph.
		const isWords = (side: string) => side.startsWith('p ');
		expect(written.filter((side) => !isWords(side))).toEqual(
			wanted.filter((side) => !isWords(side)),
		);
		expect(
			written
				.filter(isWords)
				.map((side) => side[2])
				.join(''),
		).toBe('lrlrrrlrll');
		const id = Number(/\d+$/.exec(page.url()));
		await page.request.delete(`/api/posts/${id}`);
	});

	test('a list turns as soon as it begins with such a letter', async () => {
		await editor().click();
		await page.keyboard.type('- 12 ');
		const side = () =>
			editor()
				.locator('ul')
				.evaluate((list) => getComputedStyle(list).direction);
		expect(await side()).toBe('ltr');
		await page.keyboard.type('ש');
		expect(await side()).toBe('rtl');
		await press('Backspace');
		await page.keyboard.type('s');
		expect(await side()).toBe('ltr');
	});
});
