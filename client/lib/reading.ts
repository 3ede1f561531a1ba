import { showHeld } from './still.ts';

/** The share of the window above and below that what is read keeps clear of. */
const margin = 0.16;

/** Moves the focus and the reading position to `element`, all of which is shown. */
export function readAt(element: HTMLElement): void {
	element.focus({ preventScroll: true });
	showHeld(element);
	const { top, bottom } = element.getBoundingClientRect();
	const { innerHeight } = window;
	const isComfortable = top >= innerHeight * margin && bottom <= innerHeight * (1 - margin);
	// At once: a smooth scrolling would be cut short by the next live event.
	if (!isComfortable) window.scrollBy({ top: top - innerHeight * margin, behavior: 'instant' });
}
