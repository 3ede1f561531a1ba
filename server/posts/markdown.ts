import sanitizeHtml from 'sanitize-html';
import { replaceNames, showEmoji } from '../emoji/emoji.ts';
import { dropRemovedMarks, type Images, showOwnImages } from '../images/markdown.ts';
import { type Previews, showPreviews } from '../link-previews/markdown.ts';
import { type Handles, linkMentions } from '../mentions/markdown.ts';
import { dropDirections } from '../text-forms.ts';
import { createDialect, levelHeadings } from './dialect.ts';
import { turnBlocks } from './directions.ts';
import { boundMarkup, createBudget, requireBounded } from './markup-budget.ts';

const markdown = createDialect()
	.use(showEmoji)
	.use(linkMentions)
	.use(showPreviews)
	.use(showOwnImages)
	.use(boundMarkup);

/** What a text refers to and is known of it when it is written. */
export type Known = { handles: Handles; previews: Previews; images: Images };
export const nothingKnown: Known = { handles: new Map(), previews: new Map(), images: new Map() };

const isOwnImage = (src = '') => /^\/images\/[\w-]+\.webp$/.test(src);

const allowed: sanitizeHtml.IOptions = {
	allowedTags: [
		'p',
		'br',
		'h2',
		'h3',
		'h4',
		'h5',
		'em',
		'strong',
		's',
		'a',
		'code',
		'pre',
		'blockquote',
		'ul',
		'ol',
		'li',
		'hr',
		'table',
		'thead',
		'tbody',
		'tr',
		'th',
		'td',
		'cite',
		'span',
		'img',
	],
	allowedAttributes: {
		a: ['href', 'title', 'rel'],
		ol: ['start'],
		img: ['src', 'alt', 'width', 'height', 'loading', 'decoding'],
	},
	allowedClasses: { p: ['preview'] },
	allowedSchemes: ['http', 'https', 'mailto'],
	allowProtocolRelative: false,
	exclusiveFilter: ({ tag, attribs }) => tag === 'img' && !isOwnImage(attribs.src),
	transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow ugc noopener' }) },
};

/**
 * Markdown (CommonMark, tables, strikethrough, emoji by name, no raw HTML, of images only our own) to
 * sanitised HTML.
 *
 * @param options.topHeading the level that the highest of its headings gets, to follow the page's own; none is below 5
 * @param options.known the members that become links, the addresses that become previews, and our own pictures
 * @param options.path the field's JSON Pointer
 * @throws {Invalid} where the HTML would be far larger than its source
 */
export function renderMarkdown(
	source: string,
	{ topHeading = 2, known = nothingKnown, path = '/body' }: Rendering = {},
): string {
	const environment = { ...known, budget: createBudget(source, path) };
	const tokens = markdown.parse(source, environment);
	levelHeadings(tokens, topHeading);
	const html = turnBlocks(
		sanitizeHtml(markdown.renderer.render(tokens, markdown.options, environment), allowed).trim(),
	);
	requireBounded(html, source, path);
	return html;
}
type Rendering = { topHeading?: 2 | 3; known?: Known; path?: string };

/** Plain text to HTML: blank lines part paragraphs, line breaks stay, emoji go by their names. */
export function renderPlainText(source: string): string {
	return replaceNames(source)
		.split(/\n{2,}/)
		.map((paragraph) => `<p>${escapeHtml(paragraph).replaceAll('\n', '<br />')}</p>`)
		.join('\n');
}

/**
 * What a reader sees of our own sanitised HTML, blocks parted by line breaks. As it goes among other words, it has no
 * marks that turn or isolate its parts.
 */
export function readText(html: string): string {
	const text = splitHtml(dropRemovedMarks(html))
		.map(({ tag, source, text }) => (tag ? (isBlock(source) ? '\n' : breakOf(source)) : text))
		.join('');
	return dropDirections(text)
		.replace(/\n{2,}/g, '\n')
		.trim();
}

/**
 * Marks the first occurrence of `passage` in the text of our own sanitised HTML with `<mark>`. Runs of
 * white space are equal to each other; a passage does not reach across paragraphs.
 *
 * @returns null where the passage does not occur
 */
export function markPassage(html: string, passage: string): string | null {
	const tokens = splitHtml(html);
	const shown = tokens.map(({ tag, source, text }) => {
		if (!tag) return text.replace(/\s/g, ' ');
		return source.startsWith('<br') ? ' ' : isBlock(source) ? '\0' : '';
	});
	const words = passage.trim().split(/\s+/);
	const pattern = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join(' +');
	const found = pattern && new RegExp(pattern, 'u').exec(shown.join(''));
	if (!found) return null;
	let start = 0;
	return tokens
		.map(({ tag, source, text }, index) => {
			const from = Math.max(found.index - start, 0);
			const to = Math.min(found.index + found[0].length - start, text.length);
			start += shown[index]!.length;
			if (tag || from >= to) return source;
			const marked = `<mark>${escapeHtml(text.slice(from, to))}</mark>`;
			return escapeHtml(text.slice(0, from)) + marked + escapeHtml(text.slice(to));
		})
		.join('');
}

/** Takes away what {@link markPassage} has marked. */
export function unmarkPassages(html: string): string {
	return html.replace(/<\/?mark>/g, '');
}

type Token = { tag: boolean; source: string; text: string };

function splitHtml(html: string): Token[] {
	return (html.match(/<[^>]+>|[^<]+/g) ?? []).map((source) =>
		source.startsWith('<')
			? { tag: true, source, text: '' }
			: { tag: false, source, text: unescapeHtml(source) },
	);
}

const isBlock = (tag: string) => !/^<\/?(em|strong|s|a|code|br|mark)\b/.test(tag);
const breakOf = (tag: string) => (tag.startsWith('<br') ? '\n' : '');

const entities: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
};
const characters = Object.fromEntries(Object.entries(entities).map(([text, name]) => [name, text]));

export function escapeHtml(text: string): string {
	return text.replace(/[&<>"]/g, (character) => entities[character]!);
}

function unescapeHtml(source: string): string {
	return source.replace(/&(amp|lt|gt|quot);/g, (name) => characters[name]!);
}

/** The first words of our own sanitised HTML, as {@link excerptText} has them; a dot parts blocks that do not end in a sign. */
export function excerptHtml(html: string, length?: number): string {
	const blocks = splitHtml(dropRemovedMarks(html))
		.map(({ tag, source, text }) => (tag ? (isBlock(source) ? '\0' : breakOf(source)) : text))
		.join('')
		.split('\0')
		.map((block) => dropDirections(block).trim())
		.filter(Boolean);
	const parted = blocks.map((block, index) =>
		index === blocks.length - 1 || /[^\p{L}\p{M}\p{N}\p{S}]$/u.test(block) ? block : `${block} ·`,
	);
	return excerptText(parted.join(' '), length);
}

/** The first words of a text, at most `length` characters, cut between words. */
export function excerptText(text: string, length = 240): string {
	const line = text.replace(/\s+/g, ' ').trim();
	const first = Array.from(line.slice(0, 2 * length + 1));
	if (first.length <= length) return line;
	const cut = first.slice(0, length - 1).join('');
	const words = cut.slice(0, Math.max(cut.lastIndexOf(' '), length / 2));
	return `${words.replace(/[\s,;:.–—-]+$/, '')}…`;
}

export function countWords(text: string): number {
	return text.match(/\S+/g)?.length ?? 0;
}
