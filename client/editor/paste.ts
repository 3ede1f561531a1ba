import { Fragment, type Node, type Schema, Slice } from '@tiptap/pm/model';

const junk = 'style, script, meta, link, title, xml, head, template, noscript, object, iframe, svg';

/**
 * What is pasted from Word, Google Docs, mail and other pages, with its structure and without the rest:
 * lists that Word draws as paragraphs are lists, headings are of level 2 and 3, pictures from elsewhere are gone.
 */
export function cleanPastedHtml(html: string): string {
	// what Word shows only where lists are not supported is how its items are told from text
	const shown = html.replace(/<!\[if !supportLists\]>/g, '').replace(/<!\[endif\]>/g, '');
	const body = readHtml(shown);
	for (const element of body.querySelectorAll(junk)) element.remove();
	removeComments(body);
	markWordItems(body);
	buildWordLists(body);
	renameAll(body, '.MsoTitle', 'h1');
	renameAll(body, '.MsoSubtitle', 'h2');
	cleanTables(body);
	renameAll(body, 'dt, dd', 'div');
	for (const quote of body.querySelectorAll('.MsoQuote, .MsoIntenseQuote'))
		wrap(quote, 'blockquote');
	levelHeadings(body);
	cleanPictures(body);
	cleanLinks(body);
	return body.innerHTML;
}

/** HTML as a document that loads and runs nothing; style sheets, which the site's policy forbids, do not get in. */
export function readHtml(html: string): HTMLElement {
	const plain = html.replace(/<style\b[^]*?(<\/style>|$)/gi, '');
	return new DOMParser().parseFromString(plain, 'text/html').body;
}

function removeComments(root: Element): void {
	const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
	const comments: ChildNode[] = [];
	while (walker.nextNode()) comments.push(walker.currentNode as ChildNode);
	for (const comment of comments) comment.remove();
}

/** Word on the web puts each item into a list of its own; they become such as Word's others are. */
function markWordItems(root: Element): void {
	for (const item of root.querySelectorAll('li[data-aria-level]')) {
		const list = item.parentElement!;
		const isNumbered = list.tagName === 'OL';
		const paragraph = root.ownerDocument.createElement('p');
		paragraph.dataset.list = isNumbered ? 'numbered' : 'bulleted';
		paragraph.setAttribute(
			'style',
			`mso-list:l0 level${item.getAttribute('data-aria-level')} lfo1`,
		);
		for (const inner of item.querySelectorAll('p')) inner.replaceWith(...inner.childNodes);
		paragraph.append(...item.childNodes);
		const wrapper = list.closest('.ListContainerWrapper') ?? list;
		wrapper.before(paragraph);
		item.remove();
		if (!wrapper.querySelector('li')) wrapper.remove();
	}
}

/** Word's items: `style="mso-list:l0 level2 lfo1"`, with the bullet or number in a span that says `mso-list:Ignore`. */
function buildWordLists(root: Element): void {
	const levels: HTMLElement[] = [];
	let end: Element | null = null;
	for (const item of root.querySelectorAll<HTMLElement>('[style*="mso-list"]')) {
		const level = Number(/mso-list:\s*l\d+ level(\d)/.exec(item.getAttribute('style')!)?.[1] ?? 0);
		if (level === 0) continue;
		const mark = item.querySelector('[style*="mso-list:Ignore"], [style*="mso-list: Ignore"]');
		const isNumbered =
			item.dataset.list === 'numbered' ||
			/^\W?(\d+|[a-z]{1,4})[.)]/i.test(mark?.textContent?.trim() ?? '');
		mark?.remove();
		if (item.previousElementSibling !== end) levels.length = 0;
		levels.length = Math.min(levels.length, level);
		while (levels.length < level) {
			const list = root.ownerDocument.createElement(isNumbered ? 'ol' : 'ul');
			const above = levels.at(-1);
			if (!above) item.before(list);
			else
				(
					above.lastElementChild ?? above.appendChild(list.ownerDocument.createElement('li'))
				).append(list);
			levels.push(list);
		}
		const entry = root.ownerDocument.createElement('li');
		entry.append(...item.childNodes);
		levels.at(-1)!.append(entry);
		item.remove();
		end = levels[0]!;
	}
}

/** A table of data stays one, each cell on a line; what a table only lays out becomes paragraphs. */
function cleanTables(root: Element): void {
	for (const table of [...root.querySelectorAll('table')].toReversed()) {
		const rows = [...table.querySelectorAll('tr')];
		const columns = Math.max(0, ...rows.map(({ cells }) => cells.length));
		const lays = table.querySelector('table, ul, ol, h1, h2, h3, h4, h5, h6, img, pre, blockquote');
		if (rows.length < 2 || columns < 2 || lays) {
			renameAll(table, 'td, th', 'div');
			for (const part of [...table.querySelectorAll('thead, tbody, tfoot, tr'), table])
				part.replaceWith(...part.childNodes);
			continue;
		}
		for (const aside of table.querySelectorAll('caption, colgroup')) aside.remove();
		for (const cell of table.querySelectorAll<HTMLTableCellElement>('td, th')) {
			for (let n = 1; n < Math.min(cell.colSpan, 100); n++)
				cell.after(root.ownerDocument.createElement('td'));
			for (const block of cell.querySelectorAll('p, div, br'))
				block.replaceWith(' ', ...block.childNodes);
		}
		renameAll(rows[0]!, 'td', 'th');
	}
}

function levelHeadings(root: Element): void {
	const headings = [...root.querySelectorAll('h1, h2, h3, h4, h5, h6')];
	const highest = Math.min(...headings.map(({ tagName }) => Number(tagName[1])));
	for (const heading of headings) {
		for (const bold of heading.querySelectorAll('b, strong')) bold.replaceWith(...bold.childNodes);
		for (const styled of heading.querySelectorAll('[style]')) styled.removeAttribute('style');
		if (heading.textContent?.trim())
			rename(heading, Number(heading.tagName[1]) === highest ? 'h2' : 'h3');
		else heading.remove();
	}
}

/** Pictures of this site stay; those from elsewhere would not be shown to anybody else. */
function cleanPictures(root: Element): void {
	for (const picture of root.querySelectorAll('img')) {
		const src = picture.getAttribute('src') ?? '';
		const url = URL.canParse(src, location.href) ? new URL(src, location.href) : null;
		if (url?.origin === location.origin && /^\/images\/[\w-]{22}\.webp$/.test(url.pathname))
			picture.setAttribute('src', url.pathname);
		else picture.remove();
	}
}

function cleanLinks(root: Element): void {
	for (const link of root.querySelectorAll('a'))
		if (!/^(https?:|mailto:)/i.test(link.getAttribute('href') ?? ''))
			link.replaceWith(...link.childNodes);
}

function rename(element: Element, tag: string): void {
	const renamed = element.ownerDocument.createElement(tag);
	renamed.append(...element.childNodes);
	element.replaceWith(renamed);
}

function renameAll(root: Element, selector: string, tag: string): void {
	for (const element of root.querySelectorAll(selector)) rename(element, tag);
}

function wrap(element: Element, tag: string): void {
	const wrapper = element.ownerDocument.createElement(tag);
	element.replaceWith(wrapper);
	wrapper.append(element);
}

/** Parts paragraphs where two lines break, drops empty ones, and makes one space of many. */
export function cleanPastedSlice({ content, openStart, openEnd }: Slice): Slice {
	const cleaned = cleanBlocks(content);
	if (cleaned.eq(content)) return new Slice(content, openStart, openEnd);
	return Slice.maxOpen(cleaned);
}

function cleanBlocks(content: Fragment): Fragment {
	const nodes: Node[] = [];
	content.forEach((node) => {
		if (node.isText) nodes.push(singleSpaces(node));
		else if (node.type.spec.code || node.isAtom) nodes.push(node);
		else if (/^table(Cell|Header)$/.test(node.type.name))
			nodes.push(node.copy(cleanBlocks(node.content)));
		else if (node.isTextblock) nodes.push(...partParagraph(node));
		else {
			const inside = cleanBlocks(node.content);
			if (node.type.validContent(inside)) nodes.push(node.copy(inside));
			else if (inside.size > 0) nodes.push(node);
		}
	});
	return Fragment.from(nodes);
}

function partParagraph(block: Node): Node[] {
	const parts: Node[][] = [[]];
	const children = block.content.content;
	children.forEach((child, index) => {
		const isBreak = child.type.name === 'hardBreak';
		if (!isBreak) parts.at(-1)!.push(singleSpaces(child));
		else if (children[index + 1]?.type.name === 'hardBreak') parts.push([]);
		else if (parts.at(-1)!.length > 0 && index < children.length - 1) parts.at(-1)!.push(child);
	});
	const written = parts.filter((part) =>
		part.some(({ text }) => text?.trim() || text === undefined),
	);
	return written.map((part) => block.copy(Fragment.from(part)));
}

function singleSpaces(node: Node): Node {
	const text = node.text
		?.replace(/[ \u00A0\n\t]{2,}|[\n\t]/g, ' ')
		// but for those that French puts before its signs
		.replace(/(?<!«)\u00A0(?![:;!?»%€])/g, ' ');
	return text && text !== node.text ? (node.type.schema as Schema).text(text, node.marks) : node;
}
