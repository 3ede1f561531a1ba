import { sql } from 'drizzle-orm';
import type { Post } from '../../server/posts/schema.ts';
import { writeAmplifiers, writeAtRandom } from '../support/amplifiers.ts';
import { define, tell } from '../support/scenes.ts';
import type { Outcome, Row } from './row.ts';

const maxLength = { definition: 500, reply: 5000, story: 20_000, introduction: 5000 };

const writeTexts = (length: number) => (random: () => number) => [
	...writeAmplifiers(length),
	...Array.from({ length: 20 }, () => writeAtRandom(random, length)),
];

const readHtml = ({ statusCode, body }: Outcome) =>
	statusCode < 300 ? (JSON.parse(body) as Post).html : '';

/** Every text that becomes HTML. */
export const texts: Row[] = [
	{
		name: 'a story',
		routes: ['POST /api/threads/:slug/posts'],
		bound: 'characters by the schema; tags and bytes of HTML by server/posts/markup-budget.ts',
		write: writeTexts(maxLength.story),
		prepare: async ({ member }) => {
			const title = 'At the limit';
			return async (body) => () =>
				member.post('/api/threads/ownership/posts', { kind: 'story', title, body });
		},
		readOutput: readHtml,
	},
	{
		name: 'a reply',
		routes: ['POST /api/posts/:id/replies'],
		bound: 'as a story',
		write: writeTexts(maxLength.reply),
		prepare: async ({ host, member }) => {
			const { id } = await tell(host);
			return async (body) => () => member.post(`/api/posts/${id}/replies`, { body });
		},
		readOutput: readHtml,
	},
	{
		name: 'a definition revised',
		routes: ['POST /api/threads/:slug/posts', 'PATCH /api/posts/:id'],
		bound: 'characters by the schema; its HTML is linear in it',
		write: writeTexts(maxLength.definition),
		prepare: async ({ member }) => {
			const { id } = await define(member);
			return async (body) => () => member.patch(`/api/posts/${id}`, { body });
		},
		readOutput: readHtml,
	},
	{
		name: 'a featured story revised',
		routes: ['PATCH /api/posts/:id', 'PUT /api/posts/:id/feature', 'GET /posts/:id/edit'],
		bound: 'as a story; its highlight is searched for once',
		write: writeTexts(maxLength.story),
		prepare: async ({ host, member }) => {
			const { id } = await tell(member, { body: 'a a a a a a' });
			await host.put(`/api/posts/${id}/feature`, { highlight: 'a a a a' });
			return async (body) => () => member.patch(`/api/posts/${id}`, { body });
		},
		readOutput: readHtml,
	},
	{
		name: 'an introduction',
		routes: ['POST /api/threads'],
		bound: 'as a story',
		write: writeTexts(maxLength.introduction),
		prepare: async ({ host }) => {
			const question = 'How far does it go?';
			return async (introduction) => () =>
				host.post('/api/threads', { question, introduction, slug: crypto.randomUUID() });
		},
		readOutput: ({ statusCode, body }) =>
			statusCode < 300 ? (JSON.parse(body) as { introductionHtml: string }).introductionHtml : '',
	},
	{
		name: 'the pictures of a draft',
		routes: ['PUT /api/drafts/:key'],
		bound: 'characters and fields by the schema; two statements for however many pictures',
		write: () => {
			const name = (n: number, of: string) => `/images/${String(n).padStart(22, of)}.webp`;
			const list = (count: number, of: string, first = 0) =>
				Array.from({ length: count }, (_, n) => name(first + n, of)).join('\n');
			return [
				...['0', '1'].map((of) => list(3400, of)),
				list(3400, '0', 3000),
				name(1, '0').repeat(3400),
				'/images/'.repeat(15_000),
				`/images/${'a'.repeat(22)}.web`.repeat(3400),
			];
		},
		prepare: async ({ site, member }) => {
			await site.database.db.execute(sql`
				insert into images (id, account_id, width, height, size)
				select lpad(n::text, 22, '0'), ${member.id}, 1, 1, 1 from generate_series(0, 6500) as n
				on conflict do nothing`);
			return async (text) => {
				const parts = ['a', 'b', 'c', 'd', 'e'].map((field, n) => [
					field,
					text.slice(n * 24_990, (n + 1) * 24_990),
				]);
				const content = Object.fromEntries(parts);
				return () => member.put('/api/drafts/story:ownership', { content });
			};
		},
	},
	{
		name: 'a highlight',
		routes: ['PUT /api/posts/:id/feature'],
		bound: 'characters by the schema; found in one pass of the text',
		write: () =>
			['a a', 'a', 'a ', '\u00a0a', '.*', '(a+)+', 'a\n', '«a»'].map((unit) =>
				unit.repeat(300).slice(0, 300),
			),
		prepare: async ({ host, member }) => {
			const { id } = await tell(member, {
				body: `${'a '.repeat(9000)}\n\n    a${' '.repeat(1900)}b`,
			});
			return async (highlight) => () => host.put(`/api/posts/${id}/feature`, { highlight });
		},
	},
];
