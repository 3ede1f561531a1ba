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
