import type { Node } from '@tiptap/pm/model';
import { writeLines, writePicture } from './write-line.ts';

/** The Markdown that describes a document. What is empty, and pictures still on their way, are left out. */
export function writeMarkdown(doc: Node): string {
	let rise = 0;
	// A heading of more than one line is underlined, which is of the highest two levels.
	doc.descendants((block) => {
		if (isUnderlined(block) && block.attrs.level === 3) rise = 1;
		return !block.inlineContent;
	});
	return writeBlocks(doc, { rise });
}

/** `rise` is how much higher all headings are written; where a story is read, its highest is of level 2. */
type Place = { rise: number; tight?: boolean };

function writeBlocks(parent: Node, { rise, tight = false }: Place): string {
	const blocks = readBlocks(parent);
	let sign = '';
	const written = blocks.map((block, index) => {
		sign = isList(block) ? chooseSign(block, block.type === blocks[index - 1]?.type && sign) : '';
		return isList(block) ? writeList(block, rise, sign) : writeBlock(block, rise);
	});
	const begin = (index: number) => {
		if (index === 0) return '';
		if (!tight) return '\n\n';
		// An empty line of a quote ends it, and parts no items.
		return canFollow(blocks[index - 1]!, blocks[index]!) ? '\n' : '\n>\n';
	};
	return written.map((text, index) => begin(index) + text).join('');
}

const readBlocks = (parent: Node) => parent.content.content.filter((block) => !isBlank(block));

const isQuote = ({ type }: Node) => type.name === 'blockquote';
const isList = ({ type }: Node) => type.name === 'bulletList' || type.name === 'orderedList';

function isBlank(block: Node): boolean {
	if (block.type.name === 'image') return !block.attrs.src;
	return block.type.name === 'paragraph' && writeLines(block) === '';
}

function writeBlock(block: Node, rise: number): string {
	switch (block.type.name) {
		case 'heading':
			return writeHeading(block, rise);
		case 'blockquote':
			return prefix(writeBlocks(block, { rise }), '> ', '> ');
		case 'codeBlock':
			return writeCode(block);
		case 'horizontalRule':
			// `- ---` would be a rule and no item
			return '***';
		case 'table':
			return writeTable(block);
		case 'image':
			return writePicture(block);
		default:
			return writeLines(block);
	}
}

function prefix(text: string, first: string, others: string): string {
	return text
		.split('\n')
		.map((line, index) => {
			const sign = index === 0 ? first : others;
			return line === '' ? sign.trimEnd() : sign + line;
		})
		.join('\n');
}

const isUnderlined = (block: Node) =>
	block.type.name === 'heading' && block.attrs.level <= 3 && writeLines(block).includes('\n');

function writeHeading(heading: Node, rise: number): string {
	const lines = writeLines(heading);
	const level = heading.attrs.level - rise;
	if (isUnderlined(heading)) return `${lines}\n${level === 1 ? '===' : '---'}`;
	return `${'#'.repeat(level)} ${lines.replaceAll('\n', ' ')}`.trimEnd();
}

function writeCode({ textContent, attrs }: Node): string {
	const longest = Math.max(2, ...(textContent.match(/`+/g) ?? []).map(({ length }) => length));
	const fence = '`'.repeat(longest + 1);
	return [`${fence}${attrs.language ?? ''}`, ...(textContent ? [textContent] : []), fence].join(
		'\n',
	);
}

function writeTable(table: Node): string {
	const columns = Math.max(...table.children.map(({ childCount }) => childCount));
	const row = (cells: string[]) =>
		`| ${Array.from({ length: columns }, (_, index) => cells[index] ?? '').join(' | ')} |`;
	const [head, ...rows] = table.children.map((cells) => row(cells.children.map(writeLines)));
	return [head, row(Array(columns).fill('---')), ...rows].join('\n');
}

/** Lists of a kind that follow each other are told apart by their signs; `- - -` would be a rule. */
function chooseSign(list: Node, before: string | false): string {
	const isEmpty = readBlocks(list.firstChild!).length === 0;
	const signs = list.type.name === 'orderedList' ? ['.', ')'] : isEmpty ? ['+', '-'] : ['-', '+'];
	return signs.find((sign) => sign !== before)!;
}

function writeList(list: Node, rise: number, sign: string): string {
	const isTight = list.attrs.tight && list.children.every(isTightItem);
	const isNumbered = list.type.name === 'orderedList';
	const start = Math.min(Math.max(Number(list.attrs.start) || 0, 0), 999_999_999 - list.childCount);
	const items = list.children.map((item, index) => {
		const mark = `${isNumbered ? start + index : ''}${sign} `;
		return prefix(writeBlocks(item, { rise, tight: isTight }), mark, ' '.repeat(mark.length));
	});
	return items.join(isTight ? '\n' : '\n\n');
}

function isTightItem(item: Node): boolean {
	const blocks = readBlocks(item);
	return blocks.every((block, index) => {
		const before = blocks[index - 1];
		return !before || canFollow(before, block) || (isQuote(before) && !isQuote(block));
	});
}

/** Whether a block is read as such right below another, with no empty line between them. */
function canFollow(before: Node, block: Node): boolean {
	const name = block.type.name;
	const above = lastOf(before);
	if (isQuote(before) && isQuote(block)) return false;
	if (above === null || /^(heading|codeBlock|horizontalRule)$/.test(above.type.name)) return true;
	if (above.type.name === 'table') return !/^(table|paragraph|image)$/.test(name);
	if (name === 'heading') return !isUnderlined(block);
	if (name === 'codeBlock' || name === 'horizontalRule') return true;
	if (name === 'table') return above === before;
	// Right below a paragraph of its own level a list begins with 1 and with words.
	if (isList(block)) return above !== before || canInterrupt(block);
	return isQuote(block);
}

/** The block whose line is the last of a block; null where that is of an item with nothing in it. */
function lastOf(block: Node): Node | null {
	if (!isList(block) && !isQuote(block)) return block;
	const last = readBlocks(isList(block) ? block.lastChild! : block).at(-1);
	return last ? lastOf(last) : null;
}

function canInterrupt(list: Node): boolean {
	const first = readBlocks(list.firstChild!)[0];
	return (list.attrs.start ?? 1) === 1 && first !== undefined;
}
