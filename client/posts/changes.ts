import { diffWords } from 'diff';
import { decodeEntities } from '../lib/entities.ts';
import { formatCount, formatNumber } from '../ui/count.ts';

/** A run of a text's words in comparison with the version before. */
export type Change = { kind: 'kept' | 'added' | 'removed'; text: string };

/** Texts that differ in more words than this are not compared further. */
const MAX_EDITS = 300;
/** Nor are those of which this many words would have to be looked at, once for each edit: it bounds the work. */
const MAX_STEPS = 1_200_000;
/** Below this share of words in common a text is a new one. */
const MIN_KEPT = 0.3;

const countTokens = (text: string) => text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)?.length ?? 0;
const countWords = (text: string) => text.match(/[\p{L}\p{N}]\S*/gu)?.length ?? 0;

/** Our sanitised HTML as plain text: an empty line between paragraphs, a dash before an item, a bar between cells. */
export function readParagraphs(html: string): string {
	const text = html
		.replace(/<br[^>]*>\s*/g, '\n')
		.replace(/<li[^>]*>\s*/g, '– ')
		.replace(/<\/t[hd]>\s*(?=<t[hd])/g, ' | ')
		.replace(/<(table|thead|tbody|tr)>\s*/g, '')
		.replace(/\s*<\/tr>\s*(<\/t(head|body)>\s*)?/g, '\n')
		.replace(/<\/(p|h\d|li|blockquote|pre|table)>\s*/g, '\n\n')
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
	const steps = MAX_STEPS / Math.max(countTokens(before), countTokens(after), 1);
	const parts = diffWords(before, after, { maxEditLength: Math.min(MAX_EDITS, steps) });
	const kept = parts?.filter(({ added, removed }) => !added && !removed) ?? [];
	const common = countWords(kept.map(({ value }) => value).join(' '));
	const words = Math.max(countWords(before), countWords(after));
	if (!parts || common < MIN_KEPT * words) return null;
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

/** “3 words added, 12 taken out”; null where no word was. */
function describeWords(changes: Change[] | null): string | null {
	if (!changes) return 'written anew';
	const count = (kind: Change['kind']) =>
		changes
			.filter((change) => change.kind === kind)
			.reduce((sum, { text }) => sum + countWords(text), 0);
	const [added, removed] = [count('added'), count('removed')];
	const words = (n: number) => formatCount(n, 'word', 'words');
	if (added && removed) return `${words(added)} added, ${formatNumber(removed)} taken out`;
	if (added) return `${words(added)} added`;
	return removed ? `${words(removed)} taken out` : null;
}

export type Version = { title: string | null; html: string; practices: string[] };

/** What became of a post. `title` and `words` are null where they were written anew, `links` are those that changed. */
export type Difference = {
	title: Change[] | null;
	words: Change[] | null;
	links: LinkChange[];
	summary: string;
};

/** What is the same in both versions and what is not, of all that can change: words, title, links, pictures, practices, formatting. */
export function compareVersions(before: Version, after: Version): Difference {
	const unmarked = ({ html }: Version) => html.replace(/<\/?mark>/g, '');
	const words = compareTexts(readParagraphs(before.html), readParagraphs(after.html));
	const title = compareTexts(before.title ?? '', after.title ?? '');
	const links = compareLinks(before.html, after.html);
	const pictures = (version: Version) => version.html.match(/<img [^>]*>/g)?.join() ?? '';
	const practices = (version: Version) => version.practices.toSorted().join();
	const told = describeWords(words);
	const parts = [
		before.title !== after.title && 'title changed',
		told,
		links.length > 0 && `${formatCount(links.length, 'link', 'links')} changed`,
		pictures(before) !== pictures(after) && 'pictures changed',
		practices(before) !== practices(after) && 'practices changed',
	].filter((part) => typeof part === 'string');
	const isRespelled = words?.some(({ kind }) => kind !== 'kept');
	const rest = isRespelled ? 'punctuation changed' : 'formatting changed';
	if (parts.length === 0)
		parts.push(unmarked(before) === unmarked(after) ? 'nothing changed' : rest);
	return { title, words, links, summary: parts.join(', ') };
}

/** Where the words of a link lead; null where they were, or are, no link. */
export type LinkChange = { text: string; before: string | null; after: string | null };

/** The links that lead elsewhere than before, each known by its words. */
function compareLinks(before: string, after: string): LinkChange[] {
	const [old, present] = [readLinks(before), readLinks(after)];
	return [...new Set([...old.keys(), ...present.keys()])].flatMap((text) => {
		const [was, is] = [old.get(text) ?? [], present.get(text) ?? []];
		return Array.from({ length: Math.max(was.length, is.length) }, (_, n) => ({
			text,
			before: was[n] ?? null,
			after: is[n] ?? null,
		})).filter((link) => link.before !== link.after);
	});
}

function readLinks(html: string): Map<string, string[]> {
	const links = new Map<string, string[]>();
	for (const [, href, words] of html.matchAll(/<a href="([^"]*)"[^>]*>((?:(?!<\/a>).)*)/gs)) {
		const text = decodeEntities(words!.replace(/<[^>]*>/g, ''));
		const address = decodeEntities(href!);
		// an address that is written out is seen to change with its words
		if (text === address) continue;
		const known = links.get(text);
		if (known) known.push(address);
		else links.set(text, [address]);
	}
	return links;
}
