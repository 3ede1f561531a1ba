import { definitions } from '../../../db/demo/definitions.ts';
import { stories } from '../../../db/demo/stories.ts';
import type { DemoReply } from '../../../db/demo/types.ts';
import { markPassage } from '../../../server/posts/markdown.ts';
import { deriveColumns } from '../../../server/posts/texts.ts';
import { escapeText } from './copy.ts';

export type Random = () => number;

/** A text as the columns of a post, escaped for COPY; `marked` is its html with `passage` highlighted. */
export type Text = {
	body: string;
	html: string;
	excerpt: string;
	wordCount: number;
	passage: string;
	marked: string;
};

export type Texts = {
	definitions: Text[];
	stories: Text[];
	replies: Text[];
	titles: string[];
	notes: string[];
};

/** How many different ones there are; a large community says the same more than once. */
const variety = { definitions: 500, stories: 120, replies: 900, titles: 400, notes: 60 };

/** Texts of believable lengths, long-tailed, out of the sentences of the demo community. */
export function composeTexts(random: Random): Texts {
	const allReplies = [...definitions, ...stories].flatMap(({ replies }) => flatten(replies));
	const short = splitSentences([...definitions.map(({ body }) => body), ...allReplies]);
	const long = stories.flatMap(({ body }) => body.split('\n\n'));
	const pick = <T>(items: T[]) => items[Math.floor(random() * items.length)]!;
	const several = (count: number, write: () => string) => Array.from({ length: count }, write);
	/** Between `least` and `most`, and near `least` as a rule. */
	const draw = (least: number, most: number) =>
		Math.floor(least + (most - least) * random() ** 3.5);

	const define = () => cut(several(draw(1, 6), () => pick(short)).join(' '), 500);
	const reply = () => {
		const paragraphs = several(draw(1, 14), () => several(draw(1, 6), () => pick(short)).join(' '));
		if (random() < 0.1) paragraphs.unshift(`> ${pick(short)}`);
		if (random() < 0.05) paragraphs.push(several(3, () => `- ${pick(short)}`).join('\n'));
		return cut(paragraphs.join('\n\n'), 5_000);
	};
	const tell = () => cut(several(draw(4, 60), () => pick(long)).join('\n\n'), 20_000);
	const words = stories.flatMap(({ title }) => title.split(' '));
	const entitle = () =>
		random() < 0.5 ? pick(stories).title : `${several(draw(3, 8), () => pick(words)).join(' ')}`;

	return {
		definitions: several(variety.definitions, define).map((body) => derive('definition', body)),
		replies: several(variety.replies, reply).map((body) => derive('reply', body)),
		stories: several(variety.stories, tell).map((body) => derive('story', body)),
		titles: several(variety.titles, entitle).map((title) => escapeText(cut(title, 120))),
		notes: several(variety.notes, () => escapeText(pick(short))),
	};
}

function flatten(replies: DemoReply[]): string[] {
	return replies.flatMap(({ body, replies: below = [] }) => [body, ...flatten(below)]);
}

function splitSentences(texts: string[]): string[] {
	return texts
		.flatMap((text) => text.split('\n\n'))
		.filter((paragraph) => !/^[>#\-*\d]/.test(paragraph))
		.flatMap((paragraph) => paragraph.match(/[^.?!]+[.?!]+[”’)]?/g) ?? [])
		.map((sentence) => sentence.trim())
		.filter(({ length }) => length >= 3 && length <= 300);
}

/** At most so many characters, and whole words of them. */
function cut(text: string, most: number): string {
	if (text.length <= most) return text;
	return text.slice(0, text.lastIndexOf(' ', most)).trimEnd();
}

function derive(kind: 'definition' | 'story' | 'reply', body: string): Text {
	const columns = deriveColumns(kind, body);
	const passage = /[\p{L}\p{N}, ’]{20,200}/u.exec(body)?.[0].trim() ?? '';
	const marked = passage === '' ? null : markPassage(columns.html, passage);
	return {
		body: escapeText(columns.body),
		html: escapeText(columns.html),
		excerpt: escapeText(columns.excerpt),
		wordCount: columns.wordCount,
		passage: escapeText(marked === null ? '' : passage),
		marked: escapeText(marked ?? columns.html),
	};
}
