import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { renderMarkdown } from '../server/posts/markdown.ts';
import { createTestDatabase } from './support/database.ts';

/** A text, and its lists and quotes as they are published, `+` with a direction of their own. */
const texts: [source: string, blocks: string][] = [
	['- one\n- two\n\n> three', 'ul blockquote'],
	['- אחת\n- שתיים\n\n> שלוש', '+ul +blockquote'],
	['1. one\n2. two\n\n5) שלום', '+ol +ol'],
	['- > اقتباس', '+ul blockquote'],
	['> > - اقتباس', '+blockquote blockquote ul'],
	['> He said:\n>\n> - שלום', '+blockquote +ul'],
	['- שלום\n  - a list in it\n  - > שוב', '+ul +ul +blockquote'],
	['> 1. 2024: 🎉 & <\n>    - שלום', '+blockquote ol ul'],
	['> 12\n\n- שלום', '+blockquote +ul'],
	['> <b>שלום\n\n* **a**\n* [b](https://x.example/"c)', '+blockquote +ul'],
	['שלום\n\n-\n- ***\n- `x`\n  1. ב', '+ul +ol'],
];

const readBlocks = (html: string) =>
	[...html.matchAll(/<(ul|ol|blockquote)( start="\d+")?( dir="auto")?>/g)]
		.map(([, tag, , dir]) => (dir ? `+${tag}` : tag))
		.join(' ');

test.for(texts)('lists and quotes stand where their words begin: %j', ([source, blocks]) => {
	expect(readBlocks(renderMarkdown(source))).toBe(blocks);
});

test('what was written before is turned by the migration as it is when it is written again', async () => {
	const database = await createTestDatabase();
	try {
		const { pool } = database;
		await pool.query('drop schema public cascade; create schema public');
		const folder = new URL('../db/migrations/', import.meta.url);
		const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
		const place = files.indexOf('0006_directions.sql');
		const apply = async (names: string[]) => {
			for (const name of names) await pool.query(await readFile(new URL(name, folder), 'utf8'));
		};
		await apply(files.slice(0, place));
		const wanted = texts.map(([source]) => renderMarkdown(source));
		const forms = [
			wanted.map((html) => html.replaceAll(' dir="auto"', '')),
			wanted.map((html) => html.replaceAll(' dir="auto"', ' dir="rtl"')),
			wanted,
		];
		const before = forms.flat();
		await pool.query(
			`insert into accounts (handle, name, email, password_hash) values ('author', 'Ann', 'ann@example.com', '-')`,
		);
		await pool.query(
			`insert into threads (slug, question, introduction, introduction_html)
			select 't' || n, 'And then?', 'Say it.', html from unnest($1::text[]) with ordinality as t (html, n)`,
			[before],
		);
		await pool.query(
			`insert into posts (id, answer_id, thread_id, depth, kind, author_id, title, body, html)
			select n, n, 1, 0, 'story', 1, 'The invoice', 'x', html from unnest($1::text[]) with ordinality as t (html, n)`,
			[before],
		);
		await pool.query(
			`insert into revisions (post_id, number, title, body, html, created_at)
			select id, 1, title, body, html, now() from posts`,
		);
		await apply(files.slice(place));
		for (const [table, column] of [
			['posts', 'html'],
			['revisions', 'html'],
			['threads', 'introduction_html'],
		]) {
			const order = table === 'revisions' ? 'post_id' : 'id';
			const { rows } = await pool.query(`select ${column} as html from ${table} order by ${order}`);
			expect(rows.map(({ html }) => html)).toEqual([...wanted, ...wanted, ...wanted]);
		}
	} finally {
		await database.close();
	}
});
