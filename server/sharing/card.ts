import type { Post } from '../posts/schema.ts';
import { excerptText, readText } from '../posts/markdown.ts';
import type { Thread } from '../threads/schema.ts';

/** What an image says: everything that is drawn, and nothing else. */
export type Card = {
	/** the line above: what is answered, or who asks */
	above: string;
	/** in the grotesque, on lines of its own: a question, a story's title */
	head: string;
	/** in the grotesque, before the words: how a definition begins */
	lead: string;
	/** in the serif */
	words: string;
	/** a passage of `words` that is marked */
	highlight: string | null;
	/** the handle stands for a name that cannot be written */
	signature: { name: string; handle: string; headline: string | null };
};

/** Most characters of a post that an image has room for; below a title they stand small. */
const longest = { definition: 420, story: 200, reply: 420 };

/** The image of a post that can be read, and of the words of it that matter. */
export function describeCard(
	post: Post,
	{ slug, question }: Pick<Thread, 'slug' | 'question'>,
): Card {
	const { name, handle, headline } = post.author;
	const { words, highlight } = selectWords(readText(post.html).replace(/\s+/g, ' '), {
		highlight: post.feature?.highlight?.trim().replace(/\s+/g, ' ') ?? null,
		longest: longest[post.kind],
	});
	/** A definition that is a sentence of its own begins with a capital, and goes on from nothing. */
	const goesOn = post.kind === 'definition' && slug === 'ownership' && /^\p{Ll}/u.test(words);
	return {
		above: post.kind === 'reply' ? `A reply in “${question}”` : question,
		head: post.title ?? '',
		lead: goesOn ? 'Ownership means' : '',
		words,
		highlight,
		signature: { name, handle, headline },
	};
}

const openLine = { name: 'your name here', handle: '', headline: null };

export const questionCard = ({ question, host }: Thread): Card => ({
	above: `${host?.name ?? 'The host'} asks`,
	head: question,
	lead: '',
	words: '',
	highlight: null,
	signature: openLine,
});

export const siteCard: Card = {
	above: '',
	head: 'A question, and the people who put their names to an answer.',
	lead: '',
	words: '',
	highlight: null,
	signature: openLine,
};

/** The first words, or, where the marked passage is not among them, those from its sentence on. */
function selectWords(text: string, { highlight, longest }: Selection) {
	const start = highlight === null ? -1 : text.indexOf(highlight);
	if (highlight === null || start === -1)
		return { words: excerptText(text, longest), highlight: null };
	if (start + highlight.length < longest) return { words: excerptText(text, longest), highlight };
	const before = text.slice(Math.max(0, start - longest / 2), start);
	const sentence = /[.!?…][^.!?…]*$/.exec(before)?.[0].length ?? before.length + 1;
	const from = sentence <= longest / 2 ? start - sentence + 1 : start;
	const length = Math.max(longest, start - from + highlight.length + 2);
	return { words: `…${excerptText(text.slice(from).trim(), length)}`, highlight };
}
type Selection = { highlight: string | null; longest: number };
