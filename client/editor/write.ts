import type { Node } from '@tiptap/pm/model';
import { writeLines, writePicture } from './write-line.ts';

/** The Markdown that describes a document. What is empty, and pictures still on their way, are left out. */
export function writeMarkdown(doc: Node): string {
	return writeBlocks(doc);
}

function writeBlocks(parent: Node, { tight = false } = {}): string {
	const blocks = readBlocks(parent);
	let isOther = false;
	const written = blocks.map((block, index) => {
		// Two lists of a kind that follow each other are told apart by their signs.
		isOther = isList(block) && block.type === blocks[index - 1]?.type && !isOther;
		return isList(block) ? writeList(block, isOther) : writeBlock(block);
	});
	return written.join(tight ? '\n' : '\n\n');
}

const readBlocks = (parent: Node) => parent.content.content.filter((block) => !isBlank(block));

const isList = ({ type }: Node) => type.name === 'bulletList' || type.name === 'orderedList';

function isBlank(block: Node): boolean {
	if (block.type.name === 'image') return !block.attrs.src;
	return block.type.name === 'paragraph' && writeLines(block) === '';
}

function writeBlock(block: Node): string {
	switch (block.type.name) {
		case 'heading':
			return writeHeading(block);
		case 'blockquote':
			return prefix(writeBlocks(block), '> ', '> ');
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

function writeHeading(heading: Node): string {
	const lines = writeLines(heading);
	// The heading of more than one line is underlined, which is of level 2.
	if (lines.includes('\n') && heading.attrs.level === 2) return `${lines}\n---`;
	return `${'#'.repeat(heading.attrs.level)} ${lines.replaceAll('\n', ' ')}`.trimEnd();
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

function writeList(list: Node, isOther: boolean): string {
	const isTight = list.attrs.tight && list.children.every(isTightItem);
	const isNumbered = list.type.name === 'orderedList';
	const start = Math.min(Math.max(Number(list.attrs.start) || 0, 0), 999_999_999 - list.childCount);
	const items = list.children.map((item, index) => {
		const bullet = isOther ? '+ ' : '- ';
		const sign = isNumbered ? `${start + index}${isOther ? ')' : '.'} ` : bullet;
		return prefix(writeBlocks(item, { tight: isTight }), sign, ' '.repeat(sign.length));
	});
	return items.join(isTight ? '\n' : '\n\n');
}

function isTightItem(item: Node): boolean {
	const blocks = readBlocks(item);
	return blocks.every((block, index) => index === 0 || canFollow(blocks[index - 1]!, block));
}

/** Whether a block is read as such right below another, with no empty line between them. */
function canFollow(before: Node, block: Node): boolean {
	const name = block.type.name;
	if (before.type.name === 'table' || name === 'table') return false;
	if (['heading', 'codeBlock', 'horizontalRule'].includes(before.type.name)) return true;
	if (name === 'heading') return !writeHeading(block).includes('\n');
	if (name === 'codeBlock' || name === 'horizontalRule') return true;
	if (isList(block)) return canInterrupt(block);
	return name === 'blockquote' && before.type.name !== 'blockquote';
}

/** A list right below a paragraph begins with 1 and with words. */
function canInterrupt(list: Node): boolean {
	const first = readBlocks(list.firstChild!)[0];
	return (list.attrs.start ?? 1) === 1 && first !== undefined;
}
