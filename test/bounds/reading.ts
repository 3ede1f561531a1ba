import { sql } from 'drizzle-orm';
import type { Post } from '../../server/posts/schema.ts';
import type { TestApp } from '../support/app.ts';
import { reply, tell } from '../support/scenes.ts';
import type { Row } from './row.ts';

/** What a page may be at most, whatever is on it: its posts twice or three times, and everything around them. */
const maxPage = 1_500_000;

/** Long texts that go through and become as much HTML as they may, `length` characters long. */
const writeHeavy = (length: number) =>
	['"', '&', '<http://a> ', '- a\n\n', '字', '**a** ', '> a\n\n'].map((unit) =>
		unit.repeat(length / unit.length),
	);

/** Writes a post again as often as said, in the database itself. */
async function repeat({ database }: TestApp, { id }: Post, count: number): Promise<void> {
	await database.db.execute(sql`
		insert into posts (id, answer_id, parent_id, thread_id, depth, kind, author_id, title, body, html)
		select id, case parent_id is null when true then id else answer_id end, parent_id, thread_id, depth, kind,
			author_id, title, body, html
		from (
			select nextval(pg_get_serial_sequence('posts', 'id'))::int as id, answer_id, parent_id, thread_id, depth,
				kind, author_id, title, body, html
			from posts, generate_series(1, ${count}) where posts.id = ${id}
		) as copies`);
}

/** Pages and lists of what others have written. */
export const reading: Row[] = [
	{
		name: 'a conversation of long replies',
		routes: ['GET /posts/:id', 'GET /api/posts/:id/replies', 'GET /api/posts/:id'],
		bound: 'a page ends when its posts have filled maxPageBytes (server/posts/rows.ts)',
		write: () => writeHeavy(5000),
		prepare:
			async ({ site, host, member }) =>
			async (body) => {
				const answer = await tell(host);
				const first = await reply(member, answer, body);
				await repeat(site, first, 60);
				return () => host.visit(`/posts/${answer.id}?reply=${first.id + 60}`);
			},
		maxOutput: () => maxPage,
	},
	...[
		['GET /api/threads/:slug/posts', '/api/threads/limits/posts?limit=100&sort=new'],
		['GET /threads/:slug', '/threads/limits?tab=stories'],
		['GET /members/:handle', '/members/member'],
	].map(([route, url]): Row => ({
		name: `a list of long stories, ${route}`,
		routes: [route!],
		bound: 'as a conversation; where stories are listed by their first words, those',
		write: () => writeHeavy(20_000),
		prepare: async ({ site, host, member }) => {
			await host.post('/api/threads', {
				question: 'How long?',
				introduction: 'So.',
				slug: 'limits',
			});
			return async (body) => {
				await site.database.db.execute(sql`
					delete from posts where thread_id = (select id from threads where slug = 'limits')`);
				await repeat(site, await tell(member, { body }, 'limits'), 100);
				site.forget();
				return () => site.reader.get(url!);
			};
		},
		maxOutput: () => maxPage,
	})),
];
