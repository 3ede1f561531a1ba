import type { Practice } from '../../server/posts/schema.ts';

/** The four daily practices of ownership, in the order in which they are always shown. */
export const practices: { id: Practice; name: string; line: string }[] = [
	{
		id: 'see-the-whole-job',
		name: 'See the whole job',
		line: 'What needs doing, not only your part',
	},
	{
		id: 'sell-with-the-company',
		name: 'Sell with the company',
		line: 'Know what the others do and need',
	},
	{
		id: 'answer-for-the-outcome',
		name: 'Answer for the outcome',
		line: 'Wins and losses alike',
	},
	{
		id: 'make-good-work-better',
		name: 'Make good work better',
		line: 'Keep raising your own best',
	},
];

export const practiceNames = Object.fromEntries(
	practices.map(({ id, name }) => [id, name]),
) as Record<Practice, string>;
