import type { Editor } from '@tiptap/core';
import { parseMarkdown, writeMarkdown } from './markdown.ts';

/** Where the caret stood in the Markdown: `to` is `from` where nothing was selected. */
export type Caret = { from: number; to: number };

const signs = ['\uE0F0', '\uE0F1'] as const;

/**
 * The document of a Markdown text with a sign on either end of the selection; null where a sign would change
 * what the text means, as amid `**`.
 */
function parseWithSigns(source: string, { from, to }: Caret) {
	const marked =
		source.slice(0, from) + signs[0] + source.slice(from, to) + signs[1] + source.slice(to);
	const doc = parseMarkdown(marked);
	const plain = writeMarkdown(doc).replaceAll(signs[0], '').replaceAll(signs[1], '').trim();
	return plain === writeMarkdown(parseMarkdown(source)) ? doc : null;
}

/** The end of the line that a place is in. */
function endOfLine(source: string, place: number): number {
	const end = source.indexOf('\n', place);
	return end === -1 ? source.length : end;
}

/** The document of a Markdown text, and what puts the caret where it stood in the text. */
export function openAt(source: string, caret: Caret | null) {
	if (!caret) return { doc: parseMarkdown(source).toJSON(), place: () => {} };
	const end = endOfLine(source, caret.to);
	const doc =
		parseWithSigns(source, caret) ??
		parseWithSigns(source, { from: end, to: end }) ??
		parseWithSigns(source, { from: source.length, to: source.length });
	if (doc) return { doc: doc.toJSON(), place: takeSigns };
	return {
		doc: parseMarkdown(source).toJSON(),
		place: (editor: Editor) => focus(editor, 'end'),
	};
}

function focus(editor: Editor, position: 'end' | Caret): void {
	editor.commands.focus(position === 'end' ? 'end' : null, { scrollIntoView: false });
	if (position !== 'end') editor.commands.setTextSelection(position);
}

function takeSigns(editor: Editor): void {
	const { tr, doc } = editor.state;
	const found: number[] = [];
	doc.descendants((node, position) => {
		for (const [index, sign] of signs.entries()) {
			const at = node.text?.indexOf(sign) ?? -1;
			if (at >= 0) found[index] = position + at;
		}
	});
	const [from, to] = found;
	if (from === undefined || to === undefined) return focus(editor, 'end');
	tr.delete(to, to + 1).delete(from, from + 1);
	editor.view.dispatch(tr.setMeta('addToHistory', false).setMeta('preventUpdate', true));
	return focus(editor, { from, to: to - 1 });
}
