import { keys } from './keys.ts';
import { areKeysOn } from './settings.ts';

const fields = 'input, textarea, select, [contenteditable]';
const dialogs = 'dialog[open], [role="dialog"], [role="alertdialog"], [role="menu"]';

/** Lets keys act, from these on. */
export function start(pressed: Event[]): void {
	document.addEventListener('keydown', press);
	for (const event of pressed) press(event as KeyboardEvent);
}

/** Never while something is typed, with a modifier or while a dialog is open. */
function press(event: KeyboardEvent): void {
	const { key, target } = event;
	if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
	if (event.isComposing || (event.repeat && key !== 'j' && key !== 'k')) return;
	if (target instanceof Element && target.closest(fields)) return;
	if (document.querySelector(dialogs) || !areKeysOn()) return;
	const known = keys.find((one) => one.key === key);
	if (!known || known.isThere?.() === false) return;
	event.preventDefault();
	void known.act();
}
