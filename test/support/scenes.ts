import { sql } from 'drizzle-orm';
import type { LightMyRequestResponse } from 'fastify';
import { expect } from 'vitest';
import type { Post } from '../../server/posts/schema.ts';
import type { Problem } from '../../server/schema.ts';
import type { Client, TestApp } from './app.ts';

export const nowhere = 2_147_483_647;

async function expectCreated(answer: Promise<LightMyRequestResponse>): Promise<Post> {
	const response = await answer;
	expect(response.statusCode, response.body).toBe(201);
	return response.json();
}

export const define = (author: Client, body = 'I say when it will be done.', slug = 'ownership') =>
	expectCreated(author.post(`/api/threads/${slug}/posts`, { kind: 'definition', body }));

export const tell = (author: Client, story: object = {}, slug = 'ownership') =>
	expectCreated(
		author.post(`/api/threads/${slug}/posts`, {
			kind: 'story',
			title: 'The pallet',
			body: 'It stood in the rain, so I moved it.',
			...story,
		}),
	);

export const reply = (author: Client, to: { id: number }, body = 'Who called the customer?') =>
	expectCreated(author.post(`/api/posts/${to.id}/replies`, { body }));

export const read = async (client: Client, id: number): Promise<Post> =>
	(await client.get(`/api/posts/${id}`)).json();

/** A refusal in the shape of RFC 9457, in words, without anything of the machinery behind it. */
export function expectProblem(response: LightMyRequestResponse, status: number): Problem {
	expect(response.statusCode, response.body).toBe(status);
	expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
	const problem = response.json<Problem>();
	expect(problem).toMatchObject({ type: 'about:blank', status });
	expect(problem.title).toMatch(/^[A-Z][a-z ]+$/);
	expect(problem.detail).toMatch(/^\p{Lu}.{10,}\.$/su);
	expect(response.body).not.toMatch(/\bat .*\.ts:\d|node_modules|select |insert |FST_|constraint/);
	return problem;
}

/** The thread's events in their order. */
export async function readEvents(site: TestApp, threadId = 1) {
	const { rows } = await site.database.db.execute<{ cursor: number; event: any }>(
		sql`select cursor::int, event from events where topic = ${`thread:${threadId}`} order by cursor`,
	);
	return rows;
}

/** How many rows each table has. */
export async function countRows(site: TestApp): Promise<Record<string, number>> {
	const { rows: tables } = await site.database.db.execute<{ name: string }>(
		sql`select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
	);
	const counts = tables.map(({ name }) => `(select count(*)::int from "${name}") as "${name}"`);
	const { rows } = await site.database.db.execute(sql.raw(`select ${counts.join()}`));
	return rows[0] as Record<string, number>;
}

/** Closes a site and makes sure that it had nothing to complain of. */
export async function closeSite(site: TestApp): Promise<void> {
	await site.close();
	const complaints = site.complaints.map((line) => JSON.parse(line));
	expect(complaints.map(({ msg, err }) => [msg, err?.message])).toEqual([]);
}

/** Writes `count` members straight into the database, each with a definition, a story and a reply to `answerId`. */
export async function fillThread(
	{ database: { db } }: TestApp,
	{ threadId = 1, answerId, count, prefix }: FillOptions,
): Promise<void> {
	await db.execute(sql`
		with crowd as (
			insert into accounts (handle, name, email, password_hash)
			select ${prefix} || '_' || n, 'Somebody ' || n, ${prefix} || n || '@example.com', '-'
			from generate_series(1, ${count}) n
			returning id
		), numbered as (
			select id as author_id, row_number() over (order by id)::int as n from crowd
		), planned as (
			select nextval(pg_get_serial_sequence('posts', 'id'))::int as id, author_id, n, kind,
				repeat('Words ' || md5(n::text) || '. ', 10) as words
			from numbered, unnest(array['definition', 'story', 'reply']) as kind
		)
		insert into posts (id, answer_id, parent_id, thread_id, depth, kind, author_id, title, body, html, excerpt,
			practices, created_at)
		select id, case kind when 'reply' then ${answerId} else id end,
			case kind when 'reply' then ${answerId}::int end, ${threadId},
			case kind when 'reply' then 1 else 0 end, kind, author_id,
			case kind when 'story' then 'Story ' || n end, words, '<p>' || words || '</p>', '',
			case when kind = 'story' and n % 3 = 0 then array['see-the-whole-job'] else '{}' end,
			now() - make_interval(hours => 7 * n % 1500)
		from planned`);
	await db.execute(sql`
		update scores set score = post_id % 7
		where author_id in (select id from accounts where handle like ${prefix} || '\\_%')`);
}
type FillOptions = { threadId?: number; answerId: number; count: number; prefix: string };
