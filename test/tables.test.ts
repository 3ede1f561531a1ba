import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { excerptHtml, readText, renderMarkdown } from '../server/posts/markdown.ts';
import { frameTables } from '../server/posts/tables.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, read, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
});
afterAll(() => closeSite(site));

const calls = '| Day | *Calls* |\n|---|---|\n| Monday | 3 |\n| Tuesday | "4" |';
const frame = (name: string) =>
	`<div class="table" role="group" tabindex="0" aria-label="${name}"><table>`;

test('a table is framed where it is read, one that was kept without a frame as well', async () => {
	const story = await tell(host, { body: calls });
	const answer = await reply(host, story, calls);
	const opened = await host.post('/api/threads', { question: 'Calls?', introduction: calls });
	expect(opened.json().introductionHtml).toContain(frame('Table: Day, Calls'));
	const { rows } = await site.database.db.execute<{ html: string }>(
		sql`select html from posts union all select introduction_html from threads`,
	);
	for (const { html } of rows) expect(html).not.toContain('<div');
	await host.patch(`/api/posts/${story.id}`, { body: `${calls}\n| Friday | 1 |` });
	const [revision] = (await site.reader.get(`/api/posts/${story.id}/revisions`)).json().items;
	for (const { html } of [await read(site.reader, story.id), await read(host, answer.id), revision])
		expect(html.split(frame('Table: Day, Calls'))).toHaveLength(2);
	const page = await site.reader.visit(`/posts/${story.id}`);
	expect(page.body.split(frame('Table: Day, Calls'))).toHaveLength(3);
});

test('its name is its first row, whatever is in there', () => {
	const name = (source: string) =>
		/aria-label="([^"]*)"/.exec(frameTables(renderMarkdown(source)))?.[1];
	expect(name('| |\n|---|\n| 1 |')).toBe('Table');
	expect(name('| "a" | `<b>` & c |\n|---|---|\n| 1 | 2 |')).toBe(
		'Table: &quot;a&quot;, &lt;b&gt; &amp; c',
	);
	const long = name(`| ${'Wednesday | '.repeat(20)}\n|${'---|'.repeat(20)}`)!;
	expect(long).toMatch(/^Table: (Wednesday, )+Wednesday…$/);
	expect(long.length).toBeLessThan(100);
	const two = frameTables(renderMarkdown(`${calls}\n\nand\n\n${calls.replace('Day', 'Date')}`));
	expect(two).toContain(frame('Table: Day, Calls'));
	expect(two).toContain(frame('Table: Date, Calls'));
	expect(frameTables(renderMarkdown('`<table></table>`'))).toBe(
		renderMarkdown('`<table></table>`'),
	);
});

test('an excerpt parts cells, rows, items and headings', async () => {
	const body = `## What happened\n\nIt rained.\n\n${calls}\n\n- The yard\n- The customer:\n  she called\n\nAll of it`;
	const html = renderMarkdown(body);
	const parted =
		'What happened · It rained. Day · Calls · Monday · 3 · Tuesday · "4" The yard · The customer: she called · All of it';
	expect(excerptHtml(html)).toBe(parted);
	expect(excerptHtml('<p>One line<br>and another</p>')).toBe('One line and another');
	expect(readText(html)).not.toContain('·');
	const { id } = await tell(host, { body });
	const { rows } = await site.database.db.execute(
		sql`select excerpt, word_count as words from posts where id = ${id}`,
	);
	const words = readText(html).split(/\s+/).length;
	expect(rows).toEqual([{ excerpt: parted, words }]);
});
