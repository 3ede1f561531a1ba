import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let reader: Visitor;
let page: Page;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
}, 120_000);
beforeEach(async () => {
	reader = await visit(browser, site.url, { javaScriptEnabled: false, width: 390 });
	({ page } = reader);
});
afterEach(async () => {
	expect(reader.complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
	await reader.close();
});

const section = (name: string) => page.getByRole('region', { name, exact: true });
const heading = (level: number) => page.getByRole('heading', { level });

async function join(handle: string, name: string) {
	await page.goto('/sign-up?from=/');
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Handle').fill(handle);
	await page.getByLabel('What you do').fill('Account manager, tiles');
	await page.getByLabel('E-mail').fill(`${handle}@example.com`);
	await page.getByLabel('Password').fill('five tiles in a row');
	await page.getByRole('main').getByRole('button', { name: 'Join' }).click();
	await page.waitForURL(`${site.url}/`);
}

test('without scripts, a reader reads the question, an answer, its conversation and a member', async () => {
	await page.goto('/');
	expect(await heading(1).innerText()).toBe('What does it truly mean to take ownership?');
	expect(
		await section('Definitions').getByRole('listitem').getByRole('link').count(),
	).toBeGreaterThan(24);
	expect(await section('Featured').getByRole('article').count()).toBe(3);
	const stories = section('Stories').getByRole('heading', { level: 3 });
	expect(await stories.count()).toBe(6);

	const title = await stories.first().innerText();
	await stories.first().getByRole('link').click();
	expect(await heading(1).innerText()).toBe(title);
	expect(await page.title()).toBe(`${title} · Weigh-In`);
	expect((await page.getByRole('article').first().innerText()).length).toBeGreaterThan(600);
	const replies = page.getByRole('article', { name: /^Reply by / });
	expect(await replies.count()).toBeGreaterThan(0);
	expect((await replies.first().innerText()).length).toBeGreaterThan(20);

	const author = page.getByRole('article').first().locator('a[href^="/members/"]').first();
	const name = await author.innerText();
	await author.click();
	expect(await heading(1).innerText()).toBe(name);
	expect(await section(`Signed by ${name}`).getByRole('article').count()).toBeGreaterThan(0);
});

test('without scripts, a reader pages through lists and orders them', async () => {
	await page.goto('/');
	await section('Stories').getByRole('link', { name: 'New', exact: true }).click();
	const titles = () => section('Stories').getByRole('heading', { level: 3 }).allInnerTexts();
	const newest = await titles();
	expect(newest).toHaveLength(18);
	await section('Stories').getByRole('link', { name: 'Top', exact: true }).click();
	const top = await titles();
	expect(top).not.toEqual(newest);
	expect([...top].sort()).toEqual([...newest].sort());
	await section('Stories')
		.getByRole('link', { name: 'Answer for the outcome', exact: true })
		.click();
	const some = await titles();
	expect(some.length).toBeGreaterThan(0);
	expect(some.length).toBeLessThan(18);
	expect(top).toEqual(expect.arrayContaining(some));

	await page.goto('/members/hanne_d');
	const written = () => page.getByRole('article').allInnerTexts();
	const seen = await written();
	const earlier = page.getByRole('link', { name: 'Earlier posts' });
	for (let pages = 0; (await earlier.count()) > 0; pages++) {
		expect(pages).toBeLessThan(20);
		await earlier.click();
		seen.push(...(await written()));
	}
	expect(seen.length).toBeGreaterThan(1);
	expect(new Set(seen).size).toBe(seen.length);

	await page.goto('/threads');
	await page.getByRole('link', { name: 'What does it truly mean to take ownership?' }).click();
	expect(new URL(page.url()).pathname).toBe('/threads/ownership');
});

test('without scripts, a conversation longer than a page is read to its end', async () => {
	const database = await site.readDatabaseUrl();
	const { default: pg } = await import('pg');
	const client = new pg.Client({ connectionString: database });
	await client.connect();
	await client.query(
		`with answer as (select * from posts where kind = 'definition' order by id limit 1)
		 insert into posts (thread_id, answer_id, parent_id, depth, kind, author_id, body, html)
		 select thread_id, id, id, 1, 'reply', author_id, 'Reply ' || n, '<p>Reply ' || n || '</p>'
		 from answer, generate_series(1, 70) n`,
	);
	const { rows } = await client.query(
		`select id from posts where kind = 'definition' order by id limit 1`,
	);
	await client.end();
	await page.goto(`/posts/${rows[0].id}`);
	const texts: string[] = [];
	const more = page.getByRole('link', { name: 'More replies' });
	for (;;) {
		texts.push(...(await page.getByText(/^Reply \d+$/).allInnerTexts()));
		if ((await more.count()) === 0) break;
		expect(texts.length).toBeLessThan(100);
		await more.click();
	}
	expect([...texts].sort()).toEqual(Array.from({ length: 70 }, (_, n) => `Reply ${n + 1}`).sort());
});

test('without scripts, one signs up with the words written before, defines, revises, replies and upvotes', async () => {
	await page.goto('/');
	await page.getByLabel('Ownership means').fill('Going back to the site I said was finished.');
	await page.getByRole('button', { name: 'Join and put your name to it' }).click();
	await page.getByText('Going back to the site I said was finished.').first().waitFor();
	await page.getByLabel('Name').fill('Ines Calado');
	await page.getByLabel('Handle').fill('ines_c');
	await page.getByLabel('E-mail').fill('ines@example.com');
	await page.getByLabel('Password').fill('five tiles in a row');
	await page.getByRole('main').getByRole('button', { name: 'Join' }).click();

	const box = page.getByLabel('Ownership means');
	expect(await box.inputValue()).toBe('Going back to the site I said was finished.');
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	expect(new URL(page.url()).pathname).toMatch(/^\/posts\/\d+$/);
	const address = page.url();
	const answer = page.getByRole('article').first();
	expect(await answer.innerText()).toContain('Going back to the site I said was finished.');

	await page.getByRole('link', { name: 'Edit' }).click();
	await page
		.getByLabel('Ownership means')
		.fill('Going back to the site I said was finished, unasked.');
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	expect(page.url()).toBe(address);
	expect(await answer.innerText()).toContain('finished, unasked.');
	await answer.getByRole('link', { name: /revised/ }).click();
	expect(
		await page.getByText('Going back to the site I said was finished.', { exact: true }).count(),
	).toBe(1);

	await page.goto(address);
	await page.getByLabel('Your reply').fill('And *again* in May.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	const reply = page.getByRole('article', { name: 'Reply by Ines Calado' });
	expect(await reply.getByText('And again in May.').count()).toBe(1);
	expect(await page.getByRole('heading', { name: '1 reply' }).count()).toBe(1);

	await page.goto('/');
	const first = section('Definitions').getByRole('listitem').filter({ hasText: 'Hanne Dyrlund' });
	const vote = first.getByRole('button', { name: /^Upvote/ });
	const before = Number((await vote.innerText()).replace(/\D/g, ''));
	await vote.click();
	expect(new URL(page.url()).pathname).toBe('/');
	expect(Number((await vote.innerText()).replace(/\D/g, ''))).toBe(before + 1);
	expect(await vote.getAttribute('aria-pressed')).toBe('true');
	await vote.click();
	expect(Number((await vote.innerText()).replace(/\D/g, ''))).toBe(before);

	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
});

test('without scripts, a form that is refused keeps what was typed and says why', async () => {
	await page.goto('/sign-up');
	await page.getByLabel('Name').fill('Hanne Again');
	await page.getByLabel('Handle').fill('HANNE_D');
	await page.getByLabel('E-mail').fill('hanne.again@example.com');
	await page.getByLabel('Password').fill('five tiles in a row');
	const submit = page.getByRole('main').getByRole('button', { name: 'Join' });
	await submit.click();
	await page.getByRole('alert').waitFor();
	expect(await page.getByText('is taken').count()).toBeGreaterThan(0);
	expect(await page.getByLabel('Name').inputValue()).toBe('Hanne Again');
	expect(await page.getByLabel('Handle').inputValue()).toBe('HANNE_D');
	expect(await page.getByLabel('Handle').getAttribute('aria-invalid')).toBe('true');
	expect(await page.getByLabel('E-mail').inputValue()).toBe('hanne.again@example.com');
	expect(await page.getByLabel('Password').inputValue()).toBe('');
	reader.excuse(/status of 409/);

	await join('brief_b', 'Brief Bryn');
	const long = 'I call before they do. '.repeat(30).trim();
	await page.getByLabel('Ownership means').fill(long);
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	await page.getByText('at most 500 characters').first().waitFor();
	expect(await page.getByLabel('Ownership means').inputValue()).toBe(long);
	reader.excuse(/status of 422/);
	await page.getByLabel('Ownership means').fill('I call before they do.');
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	await page.waitForURL(/\/posts\/\d+$/);

	await page.goto('/threads/ownership/stories/new');
	await page.getByLabel('Title').fill('X ');
	await page.getByLabel('The story').fill('First this.\n\nThen *that*.');
	await page.getByLabel('Answer for the outcome').check();
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	await page.getByRole('alert').first().waitFor();
	expect(await page.getByLabel('The story').inputValue()).toBe('First this.\n\nThen *that*.');
	expect(await page.getByLabel('Answer for the outcome').isChecked()).toBe(true);
	reader.excuse(/status of 422/);
	await page.getByLabel('Title').fill('The second visit');
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	expect(await heading(1).innerText()).toBe('The second visit');
	expect(await page.getByRole('article').first().locator('em').innerText()).toBe('that');
});
