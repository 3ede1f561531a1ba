import { type Editor, Extension, Node } from '@tiptap/core';
import type { ResolvedPos } from '@tiptap/pm/model';
import { Selection, TextSelection } from '@tiptap/pm/state';

/** How deep in the document the cell is that a place is in; null outside of tables. */
function findCell(place: ResolvedPos): number | null {
	for (let depth = place.depth; depth > 0; depth--)
		if (/^table(Cell|Header)$/.test(place.node(depth).type.name)) return depth;
	return null;
}

/** Goes `step` cells on; behind the last one begins a row. */
function goToCell(editor: Editor, step: 1 | -1): boolean {
	const { $from } = editor.state.selection;
	const depth = findCell($from);
	if (depth === null) return false;
	const [row, rows] = [$from.index(depth - 1), $from.node(depth - 2)];
	const end = $from.end(depth - 2);
	const isLast = row === $from.node(depth - 1).childCount - 1;
	if (step === 1 && isLast && $from.index(depth - 2) === rows.childCount - 1) {
		const { tableRow, tableCell } = editor.schema.nodes;
		const cells = $from.node(depth - 1).children.map(() => tableCell!.create());
		editor.view.dispatch(editor.state.tr.insert(end, tableRow!.create(null, cells)));
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

/** What would join two cells does nothing; in a table with nothing in it, it takes the table away. */
function keepCells(editor: Editor, edge: 'start' | 'end'): boolean {
	const { tr, selection } = editor.state;
	const { $from, empty } = selection;
	const depth = findCell($from);
	if (depth === null || !empty || $from.pos !== $from[edge](depth)) return false;
	const table = $from.node(depth - 2);
	if (table.textContent === '')
		editor.view.dispatch(tr.delete($from.before(depth - 2), $from.after(depth - 2)));
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

/** Before the keys of lists, which a table may be in. */
export const tableKeys = Extension.create({
	name: 'tableKeys',
	priority: 1000,
	addKeyboardShortcuts() {
		return {
			Tab: () => goToCell(this.editor, 1),
			'Shift-Tab': () => goToCell(this.editor, -1),
			Enter: () => goDown(this.editor),
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
