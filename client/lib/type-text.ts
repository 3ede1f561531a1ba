/**
 * Puts text in the place of a part of a field as if it were typed: it can be undone, the form hears of it,
 * and the caret stands after it.
 */
export function typeText(
	field: HTMLTextAreaElement,
	text: string,
	{ from = field.selectionStart, to = field.selectionEnd }: { from?: number; to?: number } = {},
): void {
	field.focus({ preventScroll: true });
	field.setSelectionRange(from, to);
	// The only way that keeps the browser's undo; it is deprecated without a successor.
	if (document.execCommand('insertText', false, text)) return;
	field.setRangeText(text, from, to, 'end');
	field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}
