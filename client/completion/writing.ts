import { typeText } from '../lib/type-text.ts';
import { locateCharacter } from './caret.ts';

type Place = { x: number; y: number; height: number };

/** What is written at the caret, in a field or in the editor of a story. */
export type Writing = {
	/** has the focus */
	field: HTMLElement;
	/** the text up to the caret: the field's, in an editor that of a piece of a paragraph */
	before: string;
	/** what follows the caret begins with white space */
	isSpaced: boolean;
	/** where a character of `before` stands, in pixels from the upper left corner of `field` */
	locate(position: number): Place;
	/** Puts text in the place of what is between a character of `before` and the caret. */
	type(text: string, from: number): void;
};

/** What is written in a place that takes suggestions; null elsewhere, and while something is selected. */
export function readWriting(target: EventTarget | null): Writing | null {
	if (!(target instanceof HTMLElement) || !target.dataset.writes) return null;
	if (target instanceof HTMLTextAreaElement) return readField(target);
	return readEditor(target);
}

function readField(field: HTMLTextAreaElement): Writing | null {
	const { selectionStart: to, selectionEnd, value } = field;
	if (to !== selectionEnd) return null;
	return {
		field,
		before: value.slice(0, to),
		isSpaced: /^\s/.test(value.slice(to)),
		locate: (position) => locateCharacter(field, position),
		type: (text, from) => typeText(field, text, { from, to: field.selectionStart }),
	};
}

function readEditor(field: HTMLElement): Writing | null {
	const selection = document.getSelection();
	const node = selection?.anchorNode;
	if (!selection?.isCollapsed || !(node instanceof Text) || !field.contains(node)) return null;
	if (node.parentElement?.closest('code, pre')) return null;
	const to = selection.anchorOffset;
	return {
		field,
		before: node.data.slice(0, to),
		isSpaced: /^\s/.test(node.data.slice(to)),
		locate(position) {
			const range = document.createRange();
			range.setStart(node, position);
			range.setEnd(node, to);
			const { left, top, height } = range.getClientRects()[0]!;
			const corner = field.getBoundingClientRect();
			return { x: left - corner.left, y: top - corner.top, height };
		},
		type(text, from) {
			const { anchorNode, anchorOffset } = document.getSelection()!;
			document.getSelection()!.setBaseAndExtent(node, from, anchorNode!, anchorOffset);
			document.execCommand('insertText', false, text);
		},
	};
}
