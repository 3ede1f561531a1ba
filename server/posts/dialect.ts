import createMarkdown, { type MarkdownIt, type StateCore, type Token } from 'markdown-it';
import friendlyToCjk from 'markdown-it-cjk-friendly';

/** An emoji's name, but not within a word or an address. */
export const emojiNames = /(?<![\p{L}\p{N}_/])(:([a-z0-9_+-]+):)(?![\p{L}\p{N}_/])/gu;

/** A member's handle, but not within a word, an address or an e-mail address. */
export const mentions =
	/(?<![\p{L}\p{N}_/@.:=&?#%+-])@([A-Za-z0-9_]{3,30})(?![\p{L}\p{N}_@]|[.-][\p{L}\p{N}])/gu;

/** What a reading of a text is given as `env`; without `images` no picture is ours. */
type Environment = { images?: { has(src: string): boolean } };

/**
 * The Markdown of posts, as the server publishes it and the editor reads and writes it: CommonMark, tables,
 * strikethrough, addresses as links and line breaks that stay; no raw HTML, and marks that also begin and end
 * between the signs and letters of Chinese, Japanese and Korean. Of pictures it shows those that
 * `env.images` has, and links the others. What marks text is nested by {@link nestMarks}.
 */
export function createDialect(): MarkdownIt {
	const dialect = new createMarkdown({ html: false, linkify: true, breaks: true }).use(
		friendlyToCjk,
	);
	findAllAddresses(dialect);
	dialect.core.ruler.before('linkify', 'foreign_pictures', linkForeignPictures);
	dialect.core.ruler.after('linkify', 'marks', rewriteMarks);
	dialect.core.ruler.push('end_of_code', ({ tokens }) => {
		for (const token of tokens)
			if (token.tag === 'code')
				token.content = token.content.replace(/\n?$/, '\n').replace(/^\n$/, '');
	});
	return dialect;
}

/** The parser asks the source of a line whether there are addresses in it, where signs may hide them. */
function findAllAddresses({ linkify }: MarkdownIt): void {
	const match = linkify.match.bind(linkify);
	linkify.test = () => true;
	linkify.match = (text) => match(text) ?? [];
}

/** Gives the highest of the headings the level `top`, and the others follow; none is below 5. */
export function levelHeadings(tokens: Token[], top: number): void {
	const headings = tokens.filter(({ type }) => type.startsWith('heading_'));
	const level = (tag: string) => Number(tag.slice(1));
	const highest = Math.min(...headings.map(({ tag }) => level(tag)));
	for (const heading of headings)
		heading.tag = `h${Math.min(top + level(heading.tag) - highest, 5)}`;
}

function linkForeignPictures({ env, md, tokens, Token: Made }: StateCore): void {
	const { images } = env as Environment;
	for (const block of tokens) {
		let links = 0;
		block.children &&= block.children.flatMap((token) => {
			if (token.type === 'link_open') links++;
			if (token.type === 'link_close') links--;
			if (token.type !== 'image') return token;
			const address = String(token.attrGet('src'));
			token.attrs = token.attrs!.filter(([name]) => name !== 'title');
			if (images?.has(address)) return token;
			const text = new Made('text', '', 0);
			text.content =
				md.renderer.renderInlineAsText(token.children ?? [], md.options, env) || address;
			text.level = token.level + 1;
			if (links > 0) return text;
			const [open, close] = [new Made('link_open', 'a', 1), new Made('link_close', 'a', -1)];
			open.attrSet('href', address);
			open.level = close.level = token.level;
			return [open, text, close];
		});
	}
}

/** A piece of a line, `text` that of one which is plain text. */
export type Leaf<T> = { value: T; text?: string; isBreak?: boolean; marks: Set<string> };
export type Step<T> = { open: string } | { close: string } | { leaf: Leaf<T> };

const isSpace = ({ text, isBreak }: Leaf<unknown>) => isBreak || text?.trim() === '';

/** Takes the spaces from either end of each line, and breaks from the end of the last. */
export function trimLines<T>(leaves: Leaf<T>[]): Leaf<T>[] {
	const trim = (list: Leaf<T>[], spaces: RegExp) => {
		let isAtEdge = true;
		return list.flatMap((leaf) => {
			if (leaf.isBreak) isAtEdge = true;
			if (leaf.isBreak || !isAtEdge) return leaf;
			const text = leaf.text?.replace(spaces, '');
			isAtEdge = text === '';
			return text === '' ? [] : { ...leaf, text };
		});
	};
	const trimmed = trim(trim(leaves, /^ +/).toReversed(), / +$/).toReversed();
	while (trimmed.at(-1)?.isBreak) trimmed.pop();
	return trimmed;
}

const ranks = ['strong', 'em', 's', 'link'];
const rank = (mark: string) => ranks.indexOf(mark.split(' ')[0]!);
const isLink = (mark: string) => mark.startsWith('link ');

/**
 * Nests marks in the one way that follows from what each leaf is marked with: links in one piece, the longer
 * around the shorter, and no emphasis around space. Takes the marks of space from the leaves.
 *
 * @param leaves their marks are `strong`, `em`, `s`, and `link …` with what is to tell one link from another
 */
export function nestMarks<T>(leaves: Leaf<T>[]): Step<T>[] {
	for (let pass = 1; ; pass++) {
		const { steps, spans } = nest(leaves);
		// spans come from left to right, and those within another before it, which changes with them
		let changedTo = -1;
		for (const span of spans)
			if (span.from > changedTo && expelSpace(leaves, span)) changedTo = span.to;
		if (changedTo === -1) return steps;
		if (pass === maxPasses)
			for (const { marks } of leaves.filter(isSpace))
				for (const mark of marks) if (!isLink(mark)) marks.delete(mark);
	}
}

/** What is nested anew after so many times is made to confuse: no space is emphasised there at all. */
const maxPasses = 8;

type Span = { mark: string; from: number; to: number };

function nest<T>(leaves: Leaf<T>[]): { steps: Step<T>[]; spans: Span[] } {
	const ends: Map<string, number>[] = [];
	for (let n = leaves.length - 1; n >= 0; n--)
		ends[n] = new Map([...leaves[n]!.marks].map((mark) => [mark, ends[n + 1]?.get(mark) ?? n]));
	const steps: Step<T>[] = [];
	const spans: Span[] = [];
	const open: Span[] = [];
	const closeDownTo = (depth: number, next: number) => {
		while (open.length > depth) {
			const span = open.pop()!;
			steps.push({ close: span.mark });
			spans.push({ ...span, to: next - 1 });
		}
	};
	for (const [n, leaf] of leaves.entries()) {
		const { marks } = leaf;
		const ending = open.findIndex(({ mark }) => !marks.has(mark));
		if (ending >= 0) closeDownTo(ending, n);
		const link = [...marks].find(
			(mark) => isLink(mark) && !open.some((span) => span.mark === mark),
		);
		const crossed = link ? open.findIndex(({ to }) => to < ends[n]!.get(link)!) : -1;
		if (crossed >= 0) closeDownTo(crossed, n);
		const opening = [...marks].filter((mark) => !open.some((span) => span.mark === mark));
		const end = (mark: string) => ends[n]!.get(mark)!;
		for (const mark of opening.sort((a, b) => end(b) - end(a) || rank(a) - rank(b))) {
			open.push({ mark, from: n, to: end(mark) });
			steps.push({ open: mark });
		}
		steps.push({ leaf });
	}
	closeDownTo(0, leaves.length);
	return { steps, spans };
}

function expelSpace<T>(leaves: Leaf<T>[], { mark, from, to }: Span): boolean {
	if (isLink(mark)) return false;
	const before = { from, to };
	while (from <= to && isSpace(leaves[from]!)) leaves[from++]!.marks.delete(mark);
	while (to >= from && isSpace(leaves[to]!)) leaves[to--]!.marks.delete(mark);
	return from !== before.from || to !== before.to;
}

function rewriteMarks(state: StateCore): void {
	const { tokens, Token: Made } = state;
	for (const block of tokens)
		if (block.children && block.children.length > 1)
			block.children = rewriteLine(block.children, Made);
	const isEmpty = (index: number) =>
		tokens[index]?.type === 'paragraph_open' && tokens[index + 1]!.children!.length === 0;
	state.tokens = tokens.filter((_, n) => ![n, n - 1, n - 2].some(isEmpty));
	tightenLists(state.tokens);
}

const lone =
	/^(\w+_list)_open list_item_open paragraph_open inline paragraph_close list_item_close \1_close$/;

/** A list of one line stands without space around it, whatever that shows nothing was below it. */
function tightenLists(tokens: Token[]): void {
	for (const [n, { type }] of tokens.entries()) {
		if (!type.endsWith('_list_open')) continue;
		const list = tokens.slice(n, n + 7);
		if (lone.test(list.map(({ type }) => type).join(' '))) list[2]!.hidden = list[4]!.hidden = true;
	}
}

function rewriteLine(children: Token[], Made: typeof Token): Token[] {
	const pairs = new Map<string, { open: Token; close?: Token }>();
	const open: string[] = [];
	const leaves: Leaf<Token>[] = [];
	for (const token of children) {
		// Of links in each other only the innermost leads somewhere.
		const marks = () =>
			new Set(open.filter((mark) => !isLink(mark) || mark === open.findLast(isLink)));
		if (token.nesting === 1) {
			const mark = token.tag === 'a' ? `link ${JSON.stringify(token.attrs)}` : token.tag;
			if (!pairs.has(mark)) pairs.set(mark, { open: token });
			open.push(mark);
		} else if (token.nesting === -1) pairs.get(open.pop()!)!.close ??= token;
		else if (token.type === 'text' || token.type === 'text_special')
			for (const text of partSpace(token.content))
				leaves.push({ value: token, text, marks: marks() });
		else leaves.push({ value: token, isBreak: token.type.endsWith('break'), marks: marks() });
	}
	const copy = (token: Token, content: string) =>
		Object.assign(new Made(token.type, '', 0), token, { content });
	const line: Token[] = [];
	for (const step of nestMarks(trimLines(leaves))) {
		const last = line.at(-1);
		if ('open' in step) line.push(pairs.get(step.open)!.open);
		else if ('close' in step) line.push(pairs.get(step.close)!.close!);
		else {
			const { value, text = value.content } = step.leaf;
			// What nothing shown parts is one piece.
			if (last?.type === value.type && /^(text|code_inline)$/.test(value.type))
				line[line.length - 1] = copy(last, last.content + text);
			else line.push(text === value.content ? value : copy(value, text));
		}
	}
	return line;
}

/** A text in up to three: the space before it, itself, and the space behind it. */
export function partSpace(text: string): string[] {
	const start = text.length - text.trimStart().length;
	const end = Math.max(text.trimEnd().length, start);
	return [text.slice(0, start), text.slice(start, end), text.slice(end)].filter(Boolean);
}
