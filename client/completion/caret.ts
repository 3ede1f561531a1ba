const copied = [
	'boxSizing',
	'width',
	'paddingTop',
	'paddingRight',
	'paddingBottom',
	'paddingLeft',
	'borderTopWidth',
	'borderRightWidth',
	'borderBottomWidth',
	'borderLeftWidth',
	'font',
	'letterSpacing',
	'lineHeight',
	'textIndent',
	'tabSize',
	'overflowWrap',
] as const;

/**
 * Where the character at `position` stands in a field, in pixels from the field's upper left corner, and the
 * height of its line. Browsers do not tell, so the text is laid out once more out of sight.
 */
export function locateCharacter(
	field: HTMLTextAreaElement,
	position: number,
): { x: number; y: number; height: number } {
	const mirror = document.createElement('div');
	const style = getComputedStyle(field);
	for (const property of copied) mirror.style[property] = style[property];
	Object.assign(mirror.style, {
		position: 'absolute',
		visibility: 'hidden',
		whiteSpace: 'pre-wrap',
		borderStyle: 'solid',
	});
	mirror.textContent = field.value.slice(0, position);
	const mark = document.createElement('span');
	mark.textContent = field.value.slice(position) || '.';
	mirror.append(mark);
	document.body.append(mirror);
	const { offsetLeft: x, offsetTop } = mark;
	mirror.remove();
	const height = Number.parseFloat(style.lineHeight) || Number.parseFloat(style.fontSize) * 1.25;
	return { x, y: offsetTop - field.scrollTop, height };
}
