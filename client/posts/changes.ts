import { diffWords } from 'diff';
import { decodeEntities } from '../lib/entities.ts';
import { formatCount, formatNumber } from '../ui/count.ts';

/** A run of a text's words in comparison with the version before. */
export type Change = { kind: 'kept' | 'added' | 'removed'; text: string };

/** Texts that differ in more words than this are not compared further; it bounds the work. */
const MOST_EDITS = 300;
/** Below this share of words in common a text is a new one. */
const LEAST_KEPT = 0.3;

const countWords = (text: string) => text.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0;

/** Our sanitised HTML as plain text: an empty line between paragraphs, a dash before an item. */
export function readParagraphs(html: string): string {
	const text = html
		.replace(/<br[^>]*>\s*/g, '\n')
		.replace(/<li[^>]*>\s*/g, '– ')
		.replace(/<\/(p|h\d|li|blockquote|pre|tr)>\s*/g, '\n\n')
		.replace(/<[^>]*>/g, '');
	return decodeEntities(text)
		.replace(/\n{3,}/g, '\n\n')
		.trim();
}

/**
 * What became of a text, word by word, in reading order; null where the two have little in common. A word
 * that stayed between two changes counts as changed, so that whole phrases face each other.
 */
export function compareTexts(before: string, after: string): Change[] | null {
	const parts = diffWords(before, after, { maxEditLength: MOST_EDITS });
	const kept = parts?.filter(({ added, removed }) => !added && !removed) ?? [];
	const common = countWords(kept.map(({ value }) => value).join(' '));
	const words = Math.max(countWords(before), countWords(after));
	if (!parts || common < LEAST_KEPT * words) return null;
	const changes: Change[] = [];
	let [removedText, addedText] = ['', ''];
	const endChange = () => {
		if (removedText) changes.push({ kind: 'removed', text: removedText });
		if (addedText) changes.push({ kind: 'added', text: addedText });
		[removedText, addedText] = ['', ''];
	};
	for (const [index, { value, added, removed }] of parts.entries()) {
		const isBetween = index > 0 && index < parts.length - 1;
		const isKept = !added && !removed;
		if (isKept && !(isBetween && countWords(value) < 2 && !value.includes('\n'))) {
			endChange();
			changes.push({ kind: 'kept', text: value });
			continue;
		}
		if (!added) removedText += value;
		if (!removed) addedText += value;
	}
	endChange();
	return changes;
}

/** “3 words added, 12 taken out” */
export function describeChanges(changes: Change[] | null): string {
	if (!changes) return 'written anew';
	const count = (kind: Change['kind']) =>
		changes
			.filter((change) => change.kind === kind)
			.reduce((sum, { text }) => sum + countWords(text), 0);
	const [added, removed] = [count('added'), count('removed')];
	const words = (n: number) => formatCount(n, 'word', 'words');
	if (added && removed) return `${words(added)} added, ${formatNumber(removed)} taken out`;
	if (added) return `${words(added)} added`;
	return removed ? `${words(removed)} taken out` : 'no word changed';
}
