import { tell } from '../support/scenes.ts';
import type { Row } from './row.ts';

const fill = (unit: string, length: number) =>
	unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** The text with some of its words exchanged; `phase` says which. */
const exchange = (text: string, every: number, phase: number) =>
	text
		.split(' ')
		.map((word, n) => (n % every === phase ? `${word}${phase}x` : word))
		.join(' ');

/** What is made of texts that are there already. */
export const derived: Row[] = [
	{
		name: 'how a story changed',
		routes: ['GET /posts/:id/revisions', 'GET /api/posts/:id/revisions'],
		bound: 'versions by maxPageBytes, their differences by client/posts/changes.ts',
		write: (random) => [
			...['a ', 'a b ', 'a, ', '. ', 'word ', '字 ', 'a\n', '1 2 3 4 5 6 7 8 '].map((unit) =>
				fill(unit, 17_000),
			),
			Array.from({ length: 4000 }, () => Math.floor(random() * 999)).join(' '),
			Array.from({ length: 8000 }, () => Math.floor(random() * 2)).join(' '),
			Array.from({ length: 2000 }, () => Math.floor(random() * 2)).join(' .,;'),
		],
		prepare:
			async ({ member }) =>
			async (text) => {
				const { id } = await tell(member, { body: text });
				const words = text.split(' ').length;
				for (let n = 1; n < 10; n++) {
					const body = exchange(text, Math.ceil(words / (n % 2 ? 140 : 290)), n).slice(0, 20_000);
					await member.patch(`/api/posts/${id}`, { body, title: `${'a b '.repeat(28)} ${n}` });
				}
				return () => member.visit(`/posts/${id}/revisions`);
			},
		maxOutput: () => 1_500_000,
	},
	{
		name: 'the image of a post whose highlight is far down',
		routes: ['GET /posts/:id/image.png', 'PUT /api/posts/:id/feature'],
		bound: 'the words before the highlight are looked at for half a card; drawn by another thread',
		write: () =>
			['a', 'a ', 'a, ', '" ', '字', '\u00a0.a', '&', '… '].map((unit) => fill(unit, 19_000)),
		prepare: async ({ host, member }) => {
			const { id } = await tell(member);
			return async (text) => {
				await member.patch(`/api/posts/${id}`, { body: `${text} it was done` });
				await host.put(`/api/posts/${id}/feature`, { highlight: 'it was done' });
				return () => host.get(`/posts/${id}/image.png`);
			};
		},
		maxOutput: () => 1_000_000,
	},
];
