import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit, type Visitor } from '../support/browser.ts';
import { drawPicture } from '../support/pictures.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
const visitors: Visitor[] = [];
const password = 'a row of five tiles';
const form = '/threads/ownership/stories/new';

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
}, 120_000);
afterEach(async () => {
	const closing = visitors.splice(0);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

/** A browser of their own in which a member is signed in, who joins with the first. */
async function open(handle: string, options: Parameters<typeof visit>[2] = {}): Promise<Visitor> {
	const visitor = await visit(browser, site.url, options);
	visitors.push(visitor);
	const account = { handle, name: handle, email: `${handle}@example.com`, password };
	const joined = await visitor.page.request.post('/api/accounts', { data: account });
	if (joined.status() !== 201) await visitor.page.request.post('/api/session', { data: account });
	return visitor;
}

const editor = (page: Page) => page.locator('[contenteditable="true"]');
const markdown = (page: Page) => page.locator('textarea[name="body"]').inputValue();
const post = (page: Page) => page.getByRole('button', { name: 'Put my name to it' }).click();
const picture = async (name = 'pallet.jpg') => ({
	name,
	mimeType: 'image/jpeg',
	buffer: await drawPicture({ width: 600, height: 300 }),
});

async function drop(page: Page, file: Buffer) {
	const data = await page.evaluateHandle((bytes) => {
		const transfer = new DataTransfer();
		const content = Uint8Array.from(atob(bytes), (sign) => sign.charCodeAt(0));
		transfer.items.add(new File([content], 'pallet.jpg', { type: 'image/jpeg' }));
		return transfer;
	}, file.toString('base64'));
	const box = (await editor(page).boundingBox())!;
	const at = { clientX: box.x + 40, clientY: box.y + box.height - 30 };
	await editor(page).dispatchEvent('drop', { dataTransfer: data, ...at });
}

const patience = { timeout: 15_000 };

async function isSaved(page: Page, words: string) {
	await expect
		.poll(async () => {
			const response = await page.request.get('/api/drafts/story:ownership');
			return response.ok() ? (await response.json()).content.body : '';
		}, patience)
		.toContain(words);
}

test('a story is written, kept through a lost connection, a reload and another device, and signed', async () => {
	const first = await open('writer');
	const { page } = first;
	await page.goto(form);
	await page.getByLabel('Title').fill('The pallet');
	await page.getByRole('textbox', { name: 'The story' }).focus();
	await editor(page).waitFor();
	await editor(page).click();
	await page.keyboard.type('It stood in the ');
	await page.getByRole('button', { name: 'Bold' }).click();
	await page.keyboard.type('rain');
	await expect
		.poll(() => page.getByRole('button', { name: 'Bold', pressed: true }).count(), patience)
		.toBe(1);
	await page.keyboard.press('Control+B');
	await page.keyboard.type('.\n## What I owned\nThe list:\n- the yard\nthe customer\n\nThe ');
	await page.keyboard.press('Control+K');
	await page.getByLabel('Address of the link').fill('x.example/terms');
	await page.keyboard.press('Enter');
	await page.keyboard.type(' said so.');
	expect(await markdown(page)).toBe(
		'It stood in the **rain**.\n\n## What I owned\n\nThe list:\n\n- the yard\n- the customer\n\nThe [x.example/terms](https://x.example/terms) said so.',
	);

	await drop(page, (await picture()).buffer);
	await editor(page).locator('img').waitFor();
	await page.getByLabel('What does it show?').fill('A pallet in the rain');
	expect(await markdown(page)).toMatch(/!\[A pallet in the rain\]\(\/images\/[\w-]{22}\.webp\)/);

	await page.context().setOffline(true);
	await post(page);
	await page.getByRole('alert').getByText('The site did not answer').waitFor();
	expect(await editor(page).innerText()).toContain('It stood in the rain.');
	await page.context().setOffline(false);
	first.excuse(/ERR_INTERNET_DISCONNECTED|WebSocket connection to/);
	await editor(page).locator('p').first().click();
	await page.keyboard.press('End');
	await page.keyboard.type(' For days.');
	expect(await markdown(page)).toMatch(/For days\.[^]*!\[A pallet/);
	await isSaved(page, 'For days.');

	await page.reload();
	await page.getByText('The story you began is back.').waitFor();
	await editor(page).getByText('For days.').waitFor();

	const second = await open('writer', { width: 390 });
	await second.page.goto(form);
	await second.page.getByText('The story you began is back.').waitFor();
	expect(await second.page.getByLabel('Title').inputValue()).toBe('The pallet');
	await second.page.getByText('Which practices does it show?').scrollIntoViewIfNeeded();
	await editor(second.page).locator('img').waitFor();
	expect(await second.page.getByLabel('What does it show?').inputValue()).toBe(
		'A pallet in the rain',
	);
	await second.page.getByLabel('Sell with the company').check();
	await post(second.page);
	await second.page.waitForURL(/\/posts\/\d+$/);
	const story = second.page.getByRole('article').first();
	await story.getByRole('heading', { name: 'What I owned' }).waitFor();
	const shown = story.getByRole('img', { name: 'A pallet in the rain' });
	expect(await shown.getAttribute('width')).toBe('600');
	await shown.scrollIntoViewIfNeeded();
	await expect
		.poll(() => shown.evaluate((image) => (image as HTMLImageElement).naturalWidth), patience)
		.toBe(600);
	expect(await story.locator('li').allInnerTexts()).toEqual([
		'the yard',
		'the customer',
		'Sell with the company',
	]);

	await page.goto(form);
	await editor(page).waitFor();
	await expect.poll(() => markdown(page), patience).toBe('');
	expect(await page.getByText('The story you began is back.').count()).toBe(0);

	await second.page.getByRole('link', { name: 'Edit' }).click();
	await editor(second.page).getByText('For days.').click();
	await second.page.keyboard.press('End');
	await second.page.keyboard.type(' Three of them.');
	await post(second.page);
	await story.getByText('Three of them.').waitFor();
	expect(await shown.count()).toBe(1);
});

test('the editor takes the place of the field without moving anything or losing a key', async () => {
	const { page } = await open('typist');
	let release = () => {};
	const held = new Promise<void>((resolve) => (release = resolve));
	await page.route('**/assets/StoryEditor*.js', async (route) => {
		await held;
		await route.continue();
	});
	await page.goto(form);
	const field = page.locator('textarea[name="body"]');
	const before = await field.boundingBox();
	await field.pressSequentially('It was *really* raining.\n\nNobody asked.');
	for (let n = 0; n < 6; n++) await field.press('ArrowLeft');
	await field.press('Shift+ArrowLeft');
	await field.press('Shift+ArrowLeft');
	release();
	await editor(page).waitFor();
	expect(await editor(page).boundingBox()).toEqual(before);
	expect(await editor(page).evaluate((element) => element === document.activeElement)).toBe(true);
	expect(await page.evaluate(() => String(getSelection()))).toBe('y ');
	await page.keyboard.type('y ever ');
	expect(await markdown(page)).toBe('It was *really* raining.\n\nNobody ever asked.');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Tab');
	await expect
		.poll(() =>
			page.getByLabel('See the whole job').evaluate((box) => box === document.activeElement),
		)
		.toBe(true);
});

test('a list indents with Tab, and Escape, then Tab, leaves it', async () => {
	const { page } = await open('lister');
	await page.goto(form);
	await editor(page).click();
	await page.keyboard.type('- one\ntwo');
	await page.keyboard.press('Tab');
	expect(await markdown(page)).toBe('- one\n  - two');
	await page.keyboard.press('Shift+Tab');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Shift+Tab');
	expect(await markdown(page)).toBe('- one\n- two');
	await page.keyboard.press('ArrowRight');
	const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
	expect(await focused()).toBe('Italic');
});

test('people and emoji are suggested in the editor, and a pasted address is looked at', async () => {
	await open('suggested');
	const visitor = await open('suggester');
	const { page } = visitor;
	await page.goto(form);
	await editor(page).click();
	await page.keyboard.type('As @sugg');
	const option = page.getByRole('option', { name: '@suggested' });
	await option.waitFor();
	const [list, line] = [await option.boundingBox(), await editor(page).locator('p').boundingBox()];
	expect(list!.y - line!.y).toBeGreaterThan(line!.height / 2);
	expect(list!.y - line!.y).toBeLessThan(3 * line!.height);
	await page.keyboard.press('Enter');
	await page.keyboard.type('said :tad');
	await page.getByRole('option', { name: 'tada' }).click();
	await expect.poll(() => markdown(page), patience).toBe('As @suggested said 🎉');
	await page.keyboard.press('Enter');
	await page.evaluate(() => {
		const clipboardData = new DataTransfer();
		clipboardData.setData('text/plain', 'https://x.invalid/a_b');
		const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
		document.activeElement!.dispatchEvent(event);
	});
	expect(await markdown(page)).toMatch(/\n\nhttps:\/\/x\.invalid\/a_b$/);
	await expect.poll(() => visitor.requests, patience).toContain('POST /api/link-previews');
});

describe('a picture', () => {
	test('that does not arrive says why, keeps the text and can be tried again', async () => {
		const visitor = await open('painter');
		const { page } = visitor;
		await page.goto(form);
		await editor(page).click();
		await page.keyboard.type('Words before.');
		await page.route('**/api/images', (route) => route.abort());
		await page.locator('input[type="file"]').setInputFiles(await picture());
		await page.getByRole('alert').getByText('The picture did not arrive.').waitFor();
		visitor.excuse(/ERR_FAILED/);
		expect(await markdown(page)).toBe('Words before.');
		await page.unroute('**/api/images');
		await page.getByRole('button', { name: 'Try again' }).click();
		await editor(page).locator('img').waitFor();
		expect(await markdown(page)).toMatch(/^Words before\.\n\n!\[\]\(\/images\//);

		await page.getByRole('button', { name: 'Take out' }).click();
		expect(await markdown(page)).toBe('Words before.');
		const text = { ...(await picture()), buffer: Buffer.from('no picture') };
		await page.locator('input[type="file"]').setInputFiles(text);
		await page.getByRole('alert').getByText('This file is no picture').waitFor();
		visitor.excuse(/status of 415/);
	});

	test('that is still on its way keeps the story from being posted without it', async () => {
		const { page } = await open('hurried');
		await page.goto(form);
		await page.getByLabel('Title').fill('In a hurry');
		await editor(page).click();
		await page.keyboard.type('Words.');
		let release = () => {};
		const held = new Promise<void>((resolve) => (release = resolve));
		await page.route('**/api/images', async (route) => {
			await held;
			await route.continue();
		});
		await page.locator('input[type="file"]').setInputFiles(await picture());
		await page.getByRole('progressbar', { name: 'Uploading pallet.jpg' }).waitFor();
		await post(page);
		await page.getByText('A picture is still on its way.').waitFor();
		release();
		await editor(page).locator('img').waitFor();
		await post(page);
		await page.getByRole('article').locator('img').waitFor();
	});
});

test('of two versions the newer is shown, and the other is offered', async () => {
	const [here, there] = [await open('twice'), await open('twice')];
	await here.page.goto(form);
	await editor(here.page).click();
	await here.page.keyboard.type('Begun here');
	await isSaved(here.page, 'Begun here');
	await there.page.goto(form);
	await editor(there.page).getByText('Begun here').click();
	await there.page.keyboard.press('Control+A');
	await there.page.keyboard.type('Written anew there');
	await isSaved(there.page, 'Written anew there');

	await here.page.keyboard.type(' and gone on with');
	await here.page.getByText('There is another version of this').waitFor();
	here.excuse(/status of 409/);
	expect(await markdown(here.page)).toBe('Begun here and gone on with');
	await here.page.getByRole('button', { name: 'Show that one' }).click();
	await editor(here.page).getByText('Written anew there').waitFor();
	await here.page.getByRole('button', { name: 'Show that one' }).click();
	await editor(here.page).getByText('Begun here and gone on with').waitFor();
	await here.page.getByRole('button', { name: 'Keep this one' }).click();
	expect(await here.page.getByText('There is another version').count()).toBe(0);
	await isSaved(here.page, 'and gone on with');

	await here.page.reload();
	await here.page.getByRole('button', { name: 'Start afresh' }).click();
	await expect.poll(() => markdown(here.page), patience).toBe('');
	await here.page.getByRole('button', { name: 'Bring it back' }).click();
	await editor(here.page).getByText('Begun here and gone on with').waitFor();
});

test('a second tab shows what is typed in the first and does not type over it', async () => {
	const { page } = await open('tabbed');
	await page.goto(form);
	await editor(page).click();
	await page.keyboard.type('One');
	const other = await page.context().newPage();
	await other.goto(form);
	await editor(other).getByText('One').waitFor();
	await page.bringToFront();
	await editor(page).click();
	await page.keyboard.type(' and two');
	await editor(other).getByText('One and two').waitFor();
	await other.close();
	await page.keyboard.type(' and three');
	await isSaved(page, 'One and two and three');
	expect(await markdown(page)).toBe('One and two and three');
});

test('a definition and a reply that were begun are on every device of their writer', async () => {
	const first = await open('mover');
	await first.page.goto('/');
	await first.page.getByLabel('Ownership means').fill('saying it first');
	await expect
		.poll(
			async () => (await (await first.page.request.get('/api/drafts')).json()).items.length,
			patience,
		)
		.toBe(1);
	const second = await open('mover');
	await second.page.goto('/');
	await expect
		.poll(() => second.page.getByLabel('Ownership means').inputValue(), patience)
		.toBe('saying it first');
	await post(second.page);
	await second.page.getByRole('link', { name: 'Revise' }).waitFor();
	await first.page.reload();
	await first.page.getByRole('link', { name: 'Revise' }).waitFor();
	expect((await (await first.page.request.get('/api/drafts')).json()).items).toEqual([]);
});

test('without JavaScript the story is a form with a plain field', async () => {
	const { page } = await open('plain', { javaScriptEnabled: false });
	await page.goto(form);
	await page.getByLabel('Title').fill('A plain story');
	await page.getByLabel('The story').fill('It **rained**.\n\n- one');
	await page.getByLabel('Answer for the outcome').check();
	await post(page);
	await page.waitForURL(/\/posts\/\d+$/);
	expect(await page.getByRole('article').first().locator('strong').innerText()).toBe('rained');
	await page.getByRole('link', { name: 'Edit' }).click();
	await page.getByLabel('The story').fill('It **poured**.');
	await post(page);
	expect(await page.getByRole('article').first().locator('strong').innerText()).toBe('poured');
});

test('a member adds a picture of themselves, and takes it away', async () => {
	const { page } = await open('faced');
	await page.goto('/members/faced');
	const file = { ...(await picture()), buffer: Buffer.from('no picture') };
	await page.getByLabel('Add a picture of you').setInputFiles(file);
	await page.getByRole('alert').getByText('This file is no picture').waitFor();
	visitors.at(-1)!.excuse(/status of 415/);
	await page.getByLabel('Add a picture of you').setInputFiles(await picture());
	const faces = page.locator('img.avatar');
	await expect.poll(() => faces.count(), patience).toBe(2);
	await page.getByRole('button', { name: 'Take it away' }).click();
	await page.getByLabel('Add a picture of you').waitFor({ state: 'attached' });
	expect(await faces.count()).toBe(0);
});

test('nothing of the editor is loaded before somebody writes', async () => {
	const { page } = await open('looker');
	const scripts: string[] = [];
	page.on('request', (request) => scripts.push(request.url()));
	await page.goto('/', { waitUntil: 'networkidle' });
	expect(scripts.filter((url) => /StoryEditor|tiptap|prosemirror/i.test(url))).toEqual([]);
	await page.goto(form);
	await editor(page).waitFor();
	expect(scripts.filter((url) => url.includes('/assets/StoryEditor')).length).toBeGreaterThan(0);
});
