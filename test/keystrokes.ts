/**
 * Writes stories with random keys, as nobody would: shorthands, undoing, what other programs put on the clipboard,
 * words that an input method composes. What the editor shows is what is published, and is back after a reload.
 *
 * `npx node test/keystrokes.ts [sequences] [first seed]`
 */
import type { CDPSession, Page } from 'playwright-core';
import { renderMarkdown } from '../server/posts/markdown.ts';
import { openBrowser, visit } from './support/browser.ts';
import { clipboards } from './support/clipboards.ts';
import { createRandom } from './support/generated-markdown.ts';
import { startSite } from './support/server.ts';

const form = '/threads/ownership/stories/new';
const editor = '[contenteditable="true"]';

const typed =
	'so|It was late. |Mr. Smith |**bold** |*it* |~~no~~ |`x = 1` |## |### |- |* |1. |7) |> |```|---|“so” |日本語。|שלום |مرحبا |😀 |snake_case |2*3*4 |\\|<b>|&copy; |#|+ |_|* |`|~|[so](https://x.example/a) |  | '.split(
		'|',
	);
const keys =
	'Enter Enter Enter Shift+Enter Backspace Backspace Backspace Delete Delete ArrowLeft ArrowRight ArrowUp ArrowDown Home End Tab Shift+Tab Control+B Control+I Control+E Control+Z Control+Z Control+Shift+Z Shift+ArrowLeft Shift+ArrowUp Shift+Home Control+A Control+Alt+2 Control+Shift+8 Control+Shift+7 Control+Shift+B'.split(
		' ',
	);
const texts = [
	'- a\n  - b\n\n  c',
	'| a | b |\n| --- | --- |\n| c | d |',
	'> q\n\n1. x\n2. y',
	'a\nb\n\nc',
];

async function paste(page: Page, data: Record<string, string>): Promise<void> {
	await page.evaluate((data) => {
		const clipboardData = new DataTransfer();
		for (const [type, text] of Object.entries(data)) clipboardData.setData(type, text);
		const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
		document.activeElement!.dispatchEvent(event);
	}, data);
}

async function compose(session: CDPSession, words: string): Promise<void> {
	for (let length = 1; length <= words.length; length++)
		await session.send('Input.imeSetComposition', {
			text: words.slice(0, length),
			selectionStart: length,
			selectionEnd: length,
		});
	await session.send('Input.insertText', { text: words });
}

/** What is seen of a story: its blocks with where they stand, their words, and how those are marked. */
function readBlocks(root: Element): string[] {
	const outer = /^(UL|OL|BLOCKQUOTE|H[2-5]|PRE|TH|TD)$/;
	const inner: Record<string, string> = { STRONG: 'b', EM: 'i', S: 's', CODE: 'c', A: 'a' };
	const blocks: { block: Element; path: string; words: string; marks: string }[] = [];
	const headings = [...root.querySelectorAll('h2, h3, h4, h5')].filter((h) =>
		h.textContent!.trim(),
	);
	const highest = Math.min(...headings.map(({ tagName }) => Number(tagName[1])));
	const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
	for (let node = walker.nextNode(); node; node = walker.nextNode()) {
		if (node instanceof Element && node.tagName !== 'BR') continue;
		let [path, marks] = ['', ''];
		let block: Element | null = null;
		for (let up = node.parentElement!; up !== root; up = up.parentElement!) {
			if (!block && /^(P|LI|H[2-5]|PRE|TH|TD)$/.test(up.tagName)) block = up;
			const isCode = up.tagName === 'CODE' && up.parentElement!.tagName === 'PRE';
			if (/^H[2-5]$/.test(up.tagName))
				path = `H${Math.min(2 + Number(up.tagName[1]) - highest, 5)} ${path}`;
			else if (outer.test(up.tagName)) path = `${up.tagName} ${path}`;
			// An address is a link where it is published, also where it is not shown as one.
			else if (up.tagName === 'A' && up.getAttribute('href') === up.textContent) continue;
			else if (inner[up.tagName] && !isCode) marks += inner[up.tagName];
		}
		if (!block) continue;
		const text = node instanceof Element ? '\n' : node.nodeValue!;
		if (blocks.at(-1)?.block !== block) blocks.push({ block, path, words: '', marks: '' });
		const last = blocks.at(-1)!;
		last.words += text;
		const sorted = [...marks].sort().join('');
		for (const sign of text.replace(/\s/g, '')) last.marks += `${sign}${sorted}`;
	}
	return blocks
		.filter(({ words }) => words.trim())
		.map(({ path, words, marks }) => `${path}| ${words.replace(/\s+/g, ' ').trim()} | ${marks}`);
}

/** What is shown and what is published of it, where they differ; null where they do not. */
export async function compare(
	page: Page,
): Promise<{ shown: string[]; published: string[] } | null> {
	const source = await page.locator('textarea[name="body"]').inputValue();
	const html = renderMarkdown(source.trim());
	const read = (root: string) => page.evaluate<string[]>(`(${String(readBlocks)})(${root})`);
	const shown = await read(`document.querySelector(${JSON.stringify(editor)})`);
	const published = await read(
		`new DOMParser().parseFromString(${JSON.stringify(html)}, 'text/html').body`,
	);
	return JSON.stringify(shown) === JSON.stringify(published) ? null : { shown, published };
}

/** Does some thirty things at random in the editor of `page`; returns them. */
export async function typeAtRandom(page: Page, seed: number): Promise<string[]> {
	const random = createRandom(seed);
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
	const session = await page.context().newCDPSession(page);
	const done: string[] = [];
	await page.locator(editor).focus();
	for (let n = 0; n < 30; n++) {
		const dice = random();
		if (dice < 0.5) {
			const words = pick(typed);
			done.push(JSON.stringify(words));
			await page.keyboard.type(words);
		} else if (dice < 0.92) {
			const key = pick(keys);
			done.push(key);
			await page.keyboard.press(key);
		} else if (dice < 0.95) {
			const { from, html } = pick(clipboards);
			done.push(`paste from ${from}`);
			await paste(page, { 'text/html': html, 'text/plain': '' });
		} else if (dice < 0.97) {
			const text = pick(texts);
			done.push(`paste ${JSON.stringify(text)}`);
			await paste(page, { 'text/plain': text });
		} else {
			const words = pick(['にほんご', '한글', 'né']);
			done.push(`compose ${words}`);
			await compose(session, words);
		}
		// Tab may have left the editor.
		await page.locator(editor).focus();
	}
	await session.detach();
	return done;
}

if (import.meta.main) {
	const [count = 300, first = 0] = process.argv.slice(2).map(Number);
	const [site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	const { page, complaints } = await visit(browser, site.url);
	const data = {
		handle: 'typist',
		name: 'typist',
		email: 'typist@example.com',
		password: 'a row of five tiles',
	};
	await page.request.post('/api/accounts', { data });
	await page.goto(form);
	let wrong = 0;
	const tell = (problem: string, more: unknown) => {
		wrong++;
		console.log(problem, JSON.stringify(more, null, '\t'));
	};
	for (let seed = first; seed < first + count; seed++) {
		await page.locator(editor).waitFor();
		await page.locator(editor).focus();
		await page.keyboard.press('Control+A');
		await page.keyboard.press('Backspace');
		const done = await typeAtRandom(page, seed);
		const difference = await compare(page);
		if (difference) tell(`seed ${seed}: not published as shown`, { ...difference, done });
		if (complaints.length > 0) tell(`seed ${seed}: complaints`, { complaints, done });
		complaints.length = 0;
		if (seed % 10 < 9) continue;
		const before = await page.locator('textarea[name="body"]').inputValue();
		await page.reload();
		await page.locator(editor).waitFor();
		const field = page.locator('textarea[name="body"]');
		for (let n = 0; n < 100 && (await field.inputValue()) !== before; n++)
			await page.waitForTimeout(50);
		const after = await field.inputValue();
		if (after !== before) tell(`seed ${seed}: lost by a reload`, { before, after, done });
	}
	console.log(`${count} sequences, ${wrong} wrong`);
	await browser.close();
	await site.close();
	process.exitCode = wrong > 0 ? 1 : 0;
}
