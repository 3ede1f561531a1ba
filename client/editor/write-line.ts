import type { Mark, Node } from '@tiptap/pm/model';
import {
	type Leaf,
	nestMarks,
	partSpace,
	type Step,
	trimLines,
} from '../../server/posts/dialect.ts';
import { dialect } from './dialect.ts';
import { parseMarkdown } from './parse.ts';

/** What a leaf is, and the Markdown of code and pictures. */
type Value = { kind: 'text' | 'code' | 'break' | 'picture'; source?: string };

/** How much is written in a way that cannot be read as anything else. */
type Care = 0 | 1 | 2;

const names: Record<string, string> = { bold: 'strong', italic: 'em', strike: 's' };
const linkMark = (href: string, title: string | null = null) =>
	`link ${JSON.stringify([href, title])}`;
const readLink = (mark: string) =>
	JSON.parse(mark.slice(5)) as [href: string, title: string | null];

function nameMark({ type, attrs }: Mark): string {
	return type.name === 'link' ? linkMark(attrs.href, attrs.title || null) : names[type.name]!;
}

const written = new WeakMap<Node, string>();

/**
 * The Markdown of a paragraph, a heading or a cell, its lines parted by `\n`: as people write it where that is
 * read as what it is, and else with more signs.
 */
export function writeLines(block: Node): string {
	const known = written.get(block);
	if (known !== undefined) return known;
	const wanted = describe(readLeaves(block));
	let lines = '';
	for (const care of [0, 1, 2] as const) {
		lines = guard(compose(nestMarks(readLeaves(block)), care), block);
		const read = readAgain(lines, block);
		if (read && describe(readLeaves(read, { withAddresses: false })) === wanted) break;
	}
	written.set(block, lines);
	return lines;
}

function readAgain(lines: string, { type }: Node): Node | null {
	const isTable = isCell(type.name);
	const isLine = type.name === 'heading' && !lines.includes('\n');
	const doc = parseMarkdown(isTable ? `| ${lines} |\n| --- |` : isLine ? `# ${lines}` : lines);
	const block = isTable ? doc.firstChild!.firstChild?.firstChild : doc.firstChild;
	const isRead = block?.inlineContent || block?.type.name === 'image';
	return doc.childCount === 1 && isRead ? block : null;
}

const isCell = (name: string) => name === 'tableCell' || name === 'tableHeader';

/** What a reader sees of leaves, and how it is marked. */
function describe(leaves: Leaf<Value>[]): string {
	nestMarks(leaves);
	const pieces: [string, string][] = [];
	for (const { value, text, marks } of leaves) {
		const marked = `${value.kind} ${[...marks].toSorted().join(' ')}`;
		const last = pieces.at(-1);
		if (last?.[0] === marked && text !== undefined) last[1] += text;
		else pieces.push([marked, text ?? value.source ?? '']);
	}
	return JSON.stringify(pieces);
}

/** The leaves of a block; addresses that stand in it as they are become links, as they do where it is published. */
function readLeaves(block: Node, { withAddresses = true } = {}): Leaf<Value>[] {
	const leaves: Leaf<Value>[] = [];
	for (const node of block.inlineContent ? block.children : [block]) {
		const isCode = node.marks.some(({ type }) => type.name === 'code');
		const names = node.marks.filter(({ type }) => type.name !== 'code').map(nameMark);
		const add = (leaf: Omit<Leaf<Value>, 'marks'>, more: string[] = []) =>
			leaves.push({ ...leaf, marks: new Set([...names, ...more]) });
		if (node.type.name === 'hardBreak') add({ value: { kind: 'break' }, isBreak: true });
		else if (!node.isText) add({ value: { kind: 'picture', source: writePicture(node) } });
		else if (isCode) add({ value: { kind: 'code', source: writeCode(node.text!) } });
		else
			for (const [shown, address] of withAddresses
				? partAddresses(node.text!, names)
				: [[node.text!]])
				for (const text of partSpace(shown))
					add({ value: { kind: 'text' }, text }, address === undefined ? [] : [address]);
	}
	return trimLines(leaves);
}

type Parts = [text: string, link?: string][];

function partAddresses(text: string, marks: string[]): Parts {
	if (marks.some((mark) => mark.startsWith('link '))) return [[text]];
	const parts: Parts = [];
	let end = 0;
	// One with its scheme is an address also right behind a letter of a language that puts no spaces.
	for (const { index } of text.matchAll(/(?<![a-z0-9.+-])[a-z][a-z0-9+.-]*:\/\//gi)) {
		const match = index < end ? null : dialect.linkify.matchAtStart(text.slice(index));
		const href = dialect.normalizeLink(match?.url ?? '');
		if (match?.index !== 0 || !dialect.validateLink(href)) continue;
		parts.push(...partRest(text.slice(end, index)));
		parts.push([dialect.normalizeLinkText(match.text), linkMark(href)]);
		end = index + match.lastIndex;
	}
	return [...parts, ...partRest(text.slice(end))];
}

/** Addresses without `//`, as those of mail. */
function partRest(text: string): Parts {
	const parts: Parts = [];
	let end = 0;
	for (const { index, lastIndex, url, text: shown } of dialect.linkify.match(text) ?? []) {
		const href = dialect.normalizeLink(url);
		if (!dialect.validateLink(href)) continue;
		parts.push([text.slice(end, index)], [shown, linkMark(href)]);
		end = lastIndex;
	}
	return [...parts, [text.slice(end)]];
}

/** `raw` is Markdown already; of a `sign` it says whether it opens. */
type Part = { text: string; kind: 'text' | 'raw' | 'sign'; opens?: boolean };

function compose(steps: Step<Value>[], care: Care): string {
	const parts: Part[] = [];
	const open: string[] = [];
	for (let n = 0; n < steps.length; n++) {
		const step = steps[n]!;
		if ('leaf' in step) parts.push(writeLeaf(step.leaf));
		else if ('open' in step && step.open.startsWith('link ')) {
			const address = writeAddress(steps.slice(n, n + 3), care);
			parts.push({ kind: 'raw', text: address ?? '[' });
			if (address !== null) n += 2;
		} else if ('close' in step && step.close.startsWith('link ')) {
			const [href, title] = readLink(step.close);
			parts.push({
				kind: 'raw',
				text: `](${writeTarget(href)}${title ? ` ${quote(title)}` : ''})`,
			});
		} else if ('open' in step) {
			const text = openWith(step.open, parts.at(-1), care);
			open.push(text);
			parts.push({ kind: 'sign', text, opens: true });
		} else parts.push({ kind: 'sign', text: open.pop()!, opens: false });
	}
	const joined = joinTexts(parts).map((part, index, all) =>
		part.kind === 'text' ? { ...part, text: escapeText(part.text, care, all[index + 1]) } : part,
	);
	partSigns(joined, care);
	return joined.map(({ text }) => text).join('');
}

function writeLeaf({ value, text, isBreak }: Leaf<Value>): Part {
	if (text !== undefined) return { kind: 'text', text };
	return { kind: 'raw', text: isBreak ? '\n' : value.source! };
}

function writeCode(code: string): string {
	const text = code.replaceAll('\n', ' ');
	const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
	const fence = '`'.repeat(
		[...text.matchAll(/`+/g)].some(([{ length }]) => length === 1) ? longest + 1 : 1,
	);
	const isPadded = /^`|`$/.test(text) || (/^ .* $/.test(text) && text.trim() !== '');
	return fence + (isPadded ? ` ${text} ` : text) + fence;
}

/**
 * Right behind a sign that closes comes another than that, as `****` would be read as one. With the most care each
 * mark has a sign of its own, which can close no other.
 */
function openWith(mark: string, before: Part | undefined, care: Care): string {
	if (mark === 's') return '~~';
	if (care === 2) return mark === 'strong' ? '**' : '_';
	const sign = before?.kind === 'sign' && !before.opens && before.text[0] === '*' ? '_' : '*';
	return mark === 'strong' ? sign + sign : sign;
}

/** A link that shows nothing but its address; null for any other. */
function writeAddress([open, shown, close]: Step<Value>[], care: Care): string | null {
	if (!close || !('close' in close) || !('leaf' in shown!) || shown.leaf.text === undefined)
		return null;
	const { text } = shown.leaf;
	const [href, title] = readLink((open as { open: string }).open);
	if (title !== null || care === 2) return null;
	const [match, ...others] = dialect.linkify.match(text) ?? [];
	const isWhole = match?.index === 0 && match.lastIndex === text.length && others.length === 0;
	if (care === 0 && isWhole && dialect.normalizeLink(match.url) === href) return text;
	const isScheme = /^[a-z][a-z0-9+.-]{1,31}:[^\s<>]*$/i.test(text);
	return isScheme && dialect.normalizeLink(text) === href ? `<${text}>` : null;
}

function writeTarget(href: string): string {
	const target = escapeSigns(dialect.normalizeLink(href), /[\\<>]|&(?=#?\w+;)/g);
	return target === '' ||
		(/[\s()]/.test(target) && !/^[^\s()]*(\([^\s()]*\)[^\s()]*)*$/.test(target))
		? `<${target}>`
		: target;
}

const quote = (title: string) =>
	`"${escapeSigns(title, /[\\"]|&(?=#?\w+;)/g).replace(/\n\s*/g, '\n')}"`;

export function writePicture({ attrs }: Node): string {
	const alt = escapeSigns(attrs.alt ?? '', /[!-/:-@[-`{-~]/g, /^[\s,.:;?'"/()-]+$/);
	return `![${alt.replace(/[\n\r]/g, toEntity)}](${writeTarget(attrs.src)})`;
}

const escapeSigns = (text: string, signs: RegExp, plain = /^$/) =>
	text.replace(signs, (sign) => (plain.test(sign) ? sign : `\\${sign}`));

function joinTexts(parts: Part[]): Part[] {
	const joined: Part[] = [];
	for (const part of parts) {
		const last = joined.at(-1);
		if (part.kind === 'text' && last?.kind === 'text') last.text += part.text;
		else joined.push({ ...part });
	}
	return joined;
}

const syntax = [
	'[\\\\`[\\]]',
	// emphasis, but for a star between spaces and what stands within a word
	'(?<!\\s(?=\\*\\s))\\*',
	'(?<![\\p{L}\\p{N}_])_|_(?![\\p{L}\\p{N}_])',
	'(?<=~|^)~|~(?=~|$)',
	'<(?=[a-z][\\w.+-]*:|\\S+@|$)',
	'&(?=#?\\w+;)',
];
const natural = new RegExp(syntax.join('|'), 'giu');
/** All signs but `:`, `+` and `-`, of which names of emoji are made. */
const careful = /[!-*,./;-?[-`{}~]/g;

function escapeText(text: string, care: Care, after: Part | undefined): string {
	const escaped = escapeSigns(text, care === 2 ? careful : natural).replace(/[\n\r]/g, toEntity);
	return after?.text.startsWith('[') && after.kind === 'raw'
		? escaped.replace(/!$/, '\\!')
		: escaped;
}

/**
 * Sees to it that each sign opens or closes what it should, as CommonMark's rules on flanking want it: beside
 * punctuation inside it, and for `_` always, what is outside must be space or punctuation, as an entity begins
 * and ends with.
 */
function partSigns(parts: Part[], care: Care): void {
	const isSign = (part: Part | undefined, like: Part) =>
		part?.kind === 'sign' && part.text[0] === like.text[0];
	for (let first = 0; first < parts.length; first++) {
		if (parts[first]!.kind !== 'sign') continue;
		let last = first;
		while (isSign(parts[last + 1], parts[first]!)) last++;
		const run = parts.slice(first, last + 1);
		const [before, after] = [parts[first - 1], parts[last + 1]];
		const signs = run.map(({ text }) => text).join('');
		const left = [...(before?.text ?? '')].slice(-2).join('');
		const right = [...(after?.text ?? '')].slice(0, 2).join('');
		const state = new dialect.inline.State(left + signs + right, dialect, {}, []);
		const { can_open, can_close } = state.scanDelims(left.length, signs[0] !== '_');
		const [opens, closes] = [run.some((part) => part.opens), run.some((part) => !part.opens)];
		// Of a sign that is no other mark's it does not matter whether it could be the other one as well.
		const isAmbiguous = care === 1 && can_open && can_close && opens !== closes;
		if (opens && (!can_open || isAmbiguous) && before?.kind === 'text')
			before.text = before.text.replace(/(?<!&#\d+)(?:\\([!-/:-@[-`{-~])|[^\s:@])$/u, toEntity);
		if (closes && (!can_close || isAmbiguous) && after?.kind === 'text')
			after.text = after.text.replace(/^(?!&#\d+;)(?:\\([!-/:-@[-`{-~])|[^\s:@])/u, toEntity);
		first = last;
	}
}

/** `bare` is the sign where it is written with a backslash. */
const toEntity = (sign: string, bare?: string) =>
	`&#${(typeof bare === 'string' ? bare : sign).codePointAt(0)};`;

/** Keeps lines from being read as blocks, and from losing what they begin or end with. */
function guard(text: string, { type }: Node): string {
	const lines = text.split('\n').map((line) => line.replace(/^[^\S ]|[^\S ]$/g, toEntity));
	if (isCell(type.name)) return lines.join(' ').replaceAll('|', '\\|');
	if (type.name === 'heading' && lines.length === 1)
		return lines[0]!.replace(/(^|\s)(?=#+$)/, '$1\\');
	// Above a rule that underlines it, a line with `|` would be the head of a table.
	if (type.name === 'heading')
		lines.push(lines.pop()!.replace(/^\||\|$|\\\|/g, () => toEntity('|')));
	// A line with nothing on it would end the paragraph.
	return lines.map((line) => (line === '' && lines.length > 1 ? '\\' : guardLine(line))).join('\n');
}

const guardLine = (line: string) =>
	line
		.replace(/^(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|[-=:|][-=:|\s]*$)/, '\\$1')
		.replace(/^(\d{1,9})([.)](?:\s|$))/, '$1\\$2');
