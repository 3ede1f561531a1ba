import type { JSONContent } from '@tiptap/core';
import { Image } from '@tiptap/extension-image';
import { MarkdownManager } from '@tiptap/markdown';
import { StarterKit } from '@tiptap/starter-kit';

/** Headings of every level come in; {@link parseMarkdown} brings them to the two that a story has. */
const manager = new MarkdownManager({
	extensions: [StarterKit.configure({ underline: false }), Image],
	markedOptions: { breaks: true, gfm: true },
});

// as the server reads it: no HTML, and one tilde is a tilde
manager.instance.use({
	tokenizer: {
		html: () => undefined,
		tag: () => undefined,
		del: (source) => (source.startsWith('~~') ? false : undefined),
	},
});

const ownPicture = /^\/images\/[\w-]{22}\.webp$/;

/** Whether the editor can show all that a text says; tables, task lists and named entities it cannot. */
export function canShow(source: string): boolean {
	if (/&(?!(?:amp|lt|gt|quot);)[a-z]\w*;/i.test(source)) return false;
	let isShown = true;
	manager.instance.walkTokens(manager.instance.lexer(source), (token) => {
		if (token.type === 'table' || ('task' in token && token.task)) isShown = false;
	});
	return isShown;
}

/** The document that a Markdown text describes: headings of level 2 and 3, pictures of ours as blocks. */
export function parseMarkdown(source: string): JSONContent {
	const { content = [] } = manager.parse(source);
	const highest = Math.min(...content.map(({ attrs }) => attrs?.level ?? Infinity));
	const blocks = content.flatMap((node) => shape(node, highest));
	// A document without a block has no place for a caret, nor for what is chosen before the first letter.
	return { type: 'doc', content: blocks.length > 0 ? blocks : [{ type: 'paragraph' }] };
}

function shape(node: JSONContent, highest: number): JSONContent[] {
	if (node.type === 'image') return [showPicture(node)].map(wrapText);
	if (node.type === 'heading') {
		const level = Math.min(2 + node.attrs!.level - Math.min(highest, node.attrs!.level), 3);
		return splitAtPictures({ ...node, attrs: { level } });
	}
	if (node.type === 'paragraph') return splitAtPictures(node);
	if (!node.content || node.type === 'codeBlock') return [node];
	return [{ ...node, content: node.content.flatMap((child) => shape(child, highest)) }];
}

/** A picture stands by itself: what is written before and after it are blocks of their own. */
function splitAtPictures(block: JSONContent): JSONContent[] {
	const parts: JSONContent[] = [];
	for (const child of (block.content ?? []).map(showPicture)) {
		const last = parts.at(-1);
		if (child.type === 'image') parts.push(child);
		else if (last && last.type !== 'image') last.content!.push(child);
		else if (child.type !== 'hardBreak') parts.push({ ...block, content: [child] });
	}
	for (const part of parts) if (part.content?.at(-1)?.type === 'hardBreak') part.content.pop();
	return parts.length > 0 ? parts : [block];
}

/** A picture from elsewhere is a link, as it is when it is published. */
function showPicture(node: JSONContent): JSONContent {
	if (node.type !== 'image') return node;
	const { src } = node.attrs!;
	const alt = node.attrs!.alt.replace(/\\([\\[\]*_`<&])/g, '$1');
	if (ownPicture.test(src)) return { type: 'image', attrs: { src, alt } };
	return { type: 'text', text: alt || src, marks: [{ type: 'link', attrs: { href: src } }] };
}

const wrapText = (node: JSONContent): JSONContent =>
	node.type === 'text' ? { type: 'paragraph', content: [node] } : node;

/**
 * Characters of Unicode's private use area that stand for Markdown's own through the library's escaping,
 * which would escape more than is needed, and nothing at the beginning of a line.
 */
const [first, own] = [0xe000, '\\&<>_*`[]~"'];
const raw = (sign: string) => String.fromCharCode(first + own.indexOf(sign));
const signs = /[\uE000-\uE00A]/g;

/** The Markdown that describes a document. What is empty, and pictures still on their way, are left out. */
export function writeMarkdown(doc: JSONContent): string {
	const content = (doc.content ?? []).flatMap(prepare);
	return manager
		.serialize({ type: 'doc', content })
		.replace(signs, (sign) => own[sign.charCodeAt(0) - first]!)
		.trim();
}

function prepare(node: JSONContent): JSONContent[] {
	if (node.type === 'image') {
		const { src, alt } = node.attrs!;
		const text = (alt ?? '').replace(/\s+/g, ' ').replace(/[\\[\]*_`<&]/g, '\\$&');
		const image = { type: 'image', attrs: { src, alt: text } };
		return src ? [{ type: 'paragraph', content: [image] }] : [];
	}
	if (node.type === 'codeBlock') return [node];
	if (node.type !== 'paragraph' && node.type !== 'heading') {
		const content = node.content?.flatMap(prepare);
		return content?.length === 0 ? [] : [{ ...node, content }];
	}
	const pieces = (node.content ?? []).flatMap(partAddresses);
	const isHeading = node.type === 'heading';
	const content = pieces.map((piece, index) => {
		if (piece.type === 'hardBreak') return isHeading ? { type: 'text', text: ' ' } : piece;
		if (piece.marks?.some(({ type }) => type === 'code')) return piece;
		const [before, after] = [pieces[index - 1], pieces[index + 1]];
		if (isAddress(piece)) return writeAddress(piece, { before, after });
		const isStart = !before || before.type === 'hardBreak';
		const isEnd = !after || after.type === 'hardBreak';
		const ended = isEnd ? piece.text!.trimEnd() : piece.text!;
		const text = escapeText(isStart ? ended.trimStart() : ended);
		return { ...piece, text: isStart && !piece.marks?.length ? escapeLineStart(text) : text };
	});
	const isEmpty = content.every(({ type, text }) => type === 'hardBreak' || text === '');
	return isEmpty ? [] : [{ ...node, content: content.filter(({ text }) => text !== '') }];
}

/** An address that stands in the text as it is becomes a link, which the published story would make of it. */
function partAddresses(piece: JSONContent): JSONContent[] {
	if (piece.marks?.some(({ type }) => type === 'link' || type === 'code') || !piece.text)
		return [piece];
	return piece.text.split(/(\bhttps?:\/\/[^\s<>]+[^\s<>.,;:!?()'"”’\]])/).flatMap((text, index) => {
		if (text === '') return [];
		if (index % 2 === 0) return { ...piece, text };
		const link = { type: 'link', attrs: { href: text } };
		return { ...piece, text, marks: [...(piece.marks ?? []), link] };
	});
}

function isAddress({ text, marks }: JSONContent): boolean {
	return /^https?:/.test(text ?? '') && marks!.some(({ attrs }) => attrs?.href === text);
}

type Neighbours = { before?: JSONContent; after?: JSONContent };

/** An address that is a link to itself is written as it is, so that one that is alone is shown as what it says of itself. */
function writeAddress({ text, marks = [] }: JSONContent, { before, after }: Neighbours) {
	const others = marks.filter(({ type }) => type !== 'link');
	const address = text!.replace(/[\\&<>_*`[\]~"]/g, raw);
	const isApart =
		others.length === 0 &&
		/(^|[\s(])$/.test(before?.text ?? '') &&
		/^([\s.,;:!?)]*(\s|$)|$)/.test(after?.text ?? '') &&
		/^[^\\]*[a-z0-9/]$/i.test(text!);
	const written = isApart ? address : raw('<') + address + raw('>');
	return { type: 'text', text: written, ...(others.length > 0 && { marks: others }) };
}

function escapeText(text: string): string {
	return text
		.replace(signs, '')
		.replace(/&(?!#?\w+;)/g, raw('&'))
		.replace(/<(?![a-z][\w.+-]*:|\S+@)/gi, raw('<'))
		.replaceAll('>', raw('>'))
		.replace(/(?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}])/gu, raw('_'));
}

function escapeLineStart(text: string): string {
	return text
		.replace(/^(#{1,6}(?=\s|$)|[-+](?=\s|$)|[-=:|][-=:|\s]*$|\uE003)/, `${raw('\\')}$1`)
		.replace(/^(\d{1,9})([.)](?:\s|$))/, `$1${raw('\\')}$2`);
}
