import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Author } from '../server/accounts/schema.ts';
import type { List } from '../server/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, read, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('Ann_Author');
	await site.join('annika');
});
afterAll(() => closeSite(site));

const link = (handle: string, typed = `@${handle}`) =>
	`<a href="/members/${handle}" rel="nofollow ugc noopener">${typed}</a>`;

test.each([
	['Ask @host first.', `Ask ${link('host')} first.`],
	['@host', link('host')],
	['@HOST and @ann_author', `${link('host', '@HOST')} and ${link('Ann_Author', '@ann_author')}`],
	['(@host), “@host” — @host’s', `(${link('host')}), “${link('host')}” — ${link('host')}’s`],
	[
		'**@host** and _see @host_',
		`<strong>${link('host')}</strong> and <em>see ${link('host')}</em>`,
	],
	['Write to host@host or @host@example.org.', null],
	['@nobody, @ho, @hosts and @host_', null],
	['`@host`', '<code>@host</code>'],
	['\\@host', '@host'],
	['[to @host](/threads)', '<a href="/threads" rel="nofollow ugc noopener">to @host</a>'],
])('in %j those are linked who are here', async (body, html) => {
	const expected = `<p>${html ?? body}</p>`;
	const story = await tell(author, { body });
	expect(story.html).toBe(expected);
	expect((await reply(host, story, body)).html).toBe(expected);
	expect((await read(site.reader, story.id)).body).toBe(body);
});

test('an address with a handle in it, an e-mail address and code stay as they are', async () => {
	const body = 'https://example.com/@host host@example.com\n\n```\n@host\n```';
	expect((await tell(author, { body })).html).not.toContain('/members/');
});

test('a definition is plain text and mentions nobody', async () => {
	expect((await define(author, 'What @host does.')).html).toBe('<p>What @host does.</p>');
});

test('who has joined since is linked by a revision, and a feature leaves the links', async () => {
	const story = await tell(author, { body: 'Thanks, @later. And @host.' });
	expect(story.html).toBe(`<p>Thanks, @later. And ${link('host')}.</p>`);
	await site.join('later');
	const url = `/api/posts/${story.id}`;
	await author.patch(url, { title: 'Another title' });
	expect((await read(author, story.id)).html).toBe(story.html);
	const { statements } = site.database;
	await author.patch(url, { body: 'Many thanks, @later. And @host.' });
	const revised = `<p>Many thanks, ${link('later')}. And ${link('host')}.</p>`;
	expect((await read(author, story.id)).html).toBe(revised);
	const { items } = (await author.get(`${url}/revisions`)).json();
	expect(items.map(({ html }: { html: string }) => html)).toEqual([story.html, story.html]);

	statements.length = 0;
	await host.put(`${url}/feature`, { highlight: 'thanks, @later' });
	expect(statements.filter((statement) => statement.includes('lower("accounts"'))).toEqual([]);
	expect((await read(author, story.id)).html).toContain(
		'<mark>thanks, </mark><a href="/members/later" rel="nofollow ugc noopener"><mark>@later</mark></a>',
	);
	await host.delete(`${url}/feature`);
	expect((await read(author, story.id)).html).toBe(revised);
});

test('however many are mentioned, they are looked up by one statement', async () => {
	const count = async (body: string) => {
		site.database.statements.length = 0;
		await tell(author, { body });
		return site.database.statements.length;
	};
	const none = await count('Nobody at all.');
	expect(await count('Only @host.')).toBe(none + 1);
	const all = Array.from({ length: 500 }, (_, n) => `@handle_${n} @host`).join(' ');
	expect(await count(all)).toBe(none + 1);
});

async function list(query: string): Promise<List<Author>> {
	const response = await site.reader.get(`/api/members?${query}`);
	expect(response.statusCode, response.body).toBe(200);
	return response.json();
}

test('members are listed by how their handles begin, in any case', async () => {
	const { items, next } = await list('prefix=AN');
	expect(items).toEqual([
		{ id: author.id, handle: 'Ann_Author', name: 'Ann_Author', avatar: null, headline: null },
		expect.objectContaining({ handle: 'annika' }),
	]);
	expect(next).toBeNull();
	expect((await list('prefix=annika')).items.length).toBe(1);
	expect((await list('prefix=annikas')).items).toEqual([]);
	expect((await list('prefix=_')).items).toEqual([]);
	expect((await list('')).items.map(({ handle }) => handle)).toEqual(
		expect.arrayContaining(['Ann_Author', 'annika', 'host']),
	);
});

test('paging while others join skips nothing and repeats nothing', async () => {
	for (const handle of ['page_b', 'page_d', 'Page_A', 'page_c', 'page_zz', 'page_'])
		await site.join(handle);
	const found: string[] = [];
	for (let cursor: string | null = ''; cursor !== null;) {
		const { items, next }: List<Author> = await list(
			`prefix=page_&limit=2${cursor && `&cursor=${cursor}`}`,
		);
		found.push(...items.map(({ handle }) => handle));
		cursor = next;
		await site.join(`page_c${found.length}`);
	}
	expect(new Set(found).size).toBe(found.length);
	expect(found.map((handle) => handle.toLowerCase())).toEqual(
		found.map((handle) => handle.toLowerCase()).sort(),
	);
	expect(found).toEqual(
		expect.arrayContaining(['Page_A', 'page_b', 'page_c', 'page_d', 'page_zz', 'page_']),
	);
});

test('what is no prefix, limit or cursor is refused', async () => {
	for (const query of [
		'prefix=a-b',
		'prefix=%25',
		`prefix=${'x'.repeat(31)}`,
		'limit=0',
		'limit=101',
	])
		expectProblem(await site.reader.get(`/api/members?${query}`), 422);
	const { next } = await list('prefix=page_&limit=1');
	expectProblem(await site.reader.get(`/api/members?prefix=a&cursor=${next}`), 400);
	expectProblem(await site.reader.get('/api/members?cursor=x'), 400);
});

test('the list is read from the index of handles', async () => {
	const { db, statements } = site.database;
	await db.execute(sql`
		insert into accounts (handle, name, email, password_hash)
		select 'many_' || n, 'Many ' || n, 'many' || n || '@example.com', '-' from generate_series(1, 5000) n`);
	await db.execute(sql`analyze accounts`);
	const { next } = await list('prefix=many_12&limit=3');
	statements.length = 0;
	await list(`prefix=many_12&limit=3&cursor=${next}`);
	expect(statements.length).toBe(1);
	const last = 'many_12'.padEnd(30, 'z');
	const filled = ['many_12', last, 1, 4].reduce(
		(statement: string, value, index) =>
			statement.replace(`$${index + 1}`, typeof value === 'number' ? String(value) : `'${value}'`),
		statements[0]!,
	);
	const { rows } = await db.execute<{ 'QUERY PLAN': string }>(sql.raw(`explain ${filled}`));
	const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
	expect(plan).toMatch(/Index Scan using accounts_handle[^]*Index Cond: .*lower\(handle\)/);
	expect(plan).not.toMatch(/Seq Scan|Sort/);
});
