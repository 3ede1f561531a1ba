import { formatCount } from '../ui/count.ts';
import type { Waiting } from './outbox.svelte.ts';

const names = {
	definition: ['definition', 'definitions'],
	reply: ['reply', 'replies'],
	vote: ['vote', 'votes'],
} as const;

/** “1 definition, 2 replies”; empty where nothing waits. */
export const countWaiting = (items: Waiting[]): string =>
	Object.entries(names)
		.map(([kind, [one, many]]) => {
			const { length } = items.filter((item) => item.kind === kind);
			return length > 0 ? formatCount(length, one, many) : '';
		})
		.filter(Boolean)
		.join(', ');
