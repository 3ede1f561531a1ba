import { type Editor, Extension, Node } from '@tiptap/core';
import type { Node as TableNode, ResolvedPos } from '@tiptap/pm/model';
import { GapCursor } from '@tiptap/pm/gapcursor';
import {
	type EditorState,
	Plugin,
	Selection,
	TextSelection,
	type Transaction,
} from '@tiptap/pm/state';

/** How deep in the document the cell is that a place is in; null outside of tables. */
function findCell(place: ResolvedPos): number | null {
	for (let depth = place.depth; depth > 0; depth--)
		if (/^table(Cell|Header)$/.test(place.node(depth).type.name)) return depth;
	return null;
}

export const isInTable = ({ state }: Editor) => findCell(state.selection.$from) !== null;

/** Begins a row below the one with the caret, which goes there. */
export function addRow(editor: Editor): void {
	const { tr, selection, schema } = editor.state;
	const depth = findCell(selection.$from);
	if (depth === null) return;
	const { tableRow, tableCell } = schema.nodes;
	const row = selection.$from.node(depth - 1);
	const behind = selection.$from.after(depth - 1);
	const cells = row.children.map(() => tableCell!.create());
	tr.insert(behind, tableRow!.create(null, cells));
	tr.setSelection(TextSelection.create(tr.doc, behind + 2));
	editor.view.dispatch(tr.scrollIntoView());
}

/** Whether the caret is in a row that can go, which that of the headings cannot. */
export function canRemoveRow({ state: { selection } }: Editor): boolean {
	const depth = findCell(selection.$from);
	return depth !== null && selection.$from.index(depth - 2) > 0;
}

/** Takes the row with the caret away; the row of headings goes with the table. */
export function removeRow(editor: Editor): void {
	const { tr, selection } = editor.state;
	const { $from } = selection;
	const depth = findCell($from);
	if (depth === null) return;
	const isTable = $from.index(depth - 2) === 0;
	const what = isTable ? depth - 2 : depth - 1;
	const from = $from.before(what);
	tr.delete(from, $from.after(what));
	const place = isTable
		? Selection.near(tr.doc.resolve(from))
		: Selection.near(tr.doc.resolve(from), -1);
	editor.view.dispatch(tr.setSelection(place).scrollIntoView());
}

/** Goes `step` cells on; behind the last one begins a row. */
function goToCell(editor: Editor, step: 1 | -1): boolean {
	const { $from } = editor.state.selection;
	const depth = findCell($from);
	if (depth === null) return false;
	const isLast = [depth - 1, depth - 2].every(
		(level) => $from.index(level) === $from.node(level).childCount - 1,
	);
	if (step === 1 && isLast) {
		addRow(editor);
		return true;
	}
	const { tr } = editor.state;
	const edge = tr.doc.resolve(step === 1 ? $from.after(depth) : $from.before(depth));
	const found = Selection.findFrom(edge, step, true);
	if (!found || findCell(found.$from) === null) return true;
	const cell = findCell(found.$from)!;
	const ends = [found.$from.start(cell), found.$from.end(cell)] as const;
	editor.view.dispatch(tr.setSelection(TextSelection.create(tr.doc, ...ends)).scrollIntoView());
	return true;
}

/** Goes to the cell below, and from the last row out of the table. */
function goDown(editor: Editor): boolean {
	const { tr, doc, selection, schema } = editor.state;
	const depth = findCell(selection.$from);
	if (depth === null) return false;
	const { $from } = selection;
	const rows = $from.node(depth - 2);
	const [column, row] = [$from.index(depth - 1), $from.index(depth - 2)];
	if (row < rows.childCount - 1) {
		let place = $from.after(depth - 1) + 1;
		const below = rows.child(row + 1);
		for (let n = 0; n < Math.min(column, below.childCount - 1); n++)
			place += below.child(n).nodeSize;
		tr.setSelection(TextSelection.near(doc.resolve(place + 1)));
	} else {
		const behind = $from.after(depth - 2);
		if (!doc.resolve(behind).nodeAfter?.isTextblock)
			tr.insert(behind, schema.nodes.paragraph!.create());
		tr.setSelection(TextSelection.near(tr.doc.resolve(behind + 1)));
	}
	editor.view.dispatch(tr.scrollIntoView());
	return true;
}

/** Goes from the first row to before a table that nothing stands before. */
function goUp(editor: Editor): boolean {
	const { tr, doc, selection } = editor.state;
	const { $from, empty } = selection;
	const depth = findCell($from);
	if (depth === null || !empty || $from.index(depth - 2) > 0) return false;
	const before = doc.resolve($from.before(depth - 2));
	if (before.nodeBefore || !editor.view.endOfTextblock('up')) return false;
	editor.view.dispatch(tr.setSelection(new GapCursor(before)).scrollIntoView());
	return true;
}

/** What would join two cells does nothing; it takes away a row with nothing in it, and such a table. */
function keepCells(editor: Editor, edge: 'start' | 'end'): boolean {
	const { $from, empty } = editor.state.selection;
	const depth = findCell($from);
	if (depth === null || !empty || $from.pos !== $from[edge](depth)) return false;
	const [row, table] = [$from.node(depth - 1), $from.node(depth - 2)];
	const isEmpty = ({ children }: TableNode) => children.every(({ content }) => content.size === 0);
	if ($from.index(depth - 2) > 0 ? isEmpty(row) : table.children.every(isEmpty)) removeRow(editor);
	return true;
}

export const Table = Node.create({
	name: 'table',
	group: 'block',
	content: 'tableRow+',
	isolating: true,
	parseHTML: () => [{ tag: 'table' }],
	renderHTML: () => ['table', ['tbody', 0]],
});

/** The first row is that of the headings, whatever was there before it. */
function nameCells({ doc, tr, schema }: EditorState): Transaction | null {
	doc.descendants((table, position) => {
		if (table.type.name !== 'table') return !table.inlineContent;
		table.forEach((row, rowOffset, index) => {
			const type = index === 0 ? schema.nodes.tableHeader! : schema.nodes.tableCell!;
			row.forEach((cell, cellOffset) => {
				if (cell.type !== type) tr.setNodeMarkup(position + rowOffset + cellOffset + 2, type);
			});
		});
		return false;
	});
	return tr.docChanged ? tr : null;
}

/** Before the keys of lists, which a table may be in. */
export const tableKeys = Extension.create({
	name: 'tableKeys',
	priority: 1000,
	addProseMirrorPlugins: () => [
		new Plugin({
			appendTransaction: (transactions, _before, state) =>
				transactions.some(({ docChanged }) => docChanged) ? nameCells(state) : null,
		}),
	],
	addKeyboardShortcuts() {
		return {
			Tab: () => goToCell(this.editor, 1),
			'Shift-Tab': () => goToCell(this.editor, -1),
			Enter: () => goDown(this.editor),
			ArrowUp: () => goUp(this.editor),
			// A cell is one line.
			'Shift-Enter': () => findCell(this.editor.state.selection.$from) !== null,
			Backspace: () => keepCells(this.editor, 'start'),
			Delete: () => keepCells(this.editor, 'end'),
		};
	},
});

export const TableRow = Node.create({
	name: 'tableRow',
	content: '(tableCell | tableHeader)+',
	// Between cells nothing can be typed.
	allowGapCursor: false,
	parseHTML: () => [{ tag: 'tr' }],
	renderHTML: () => ['tr', 0],
});

const createCell = (name: string, tag: string) =>
	Node.create({
		name,
		content: 'inline*',
		isolating: true,
		parseHTML: () => [{ tag }],
		renderHTML: () => [tag, 0],
	});

export const TableHeader = createCell('tableHeader', 'th');
export const TableCell = createCell('tableCell', 'td');
