const places = 'article, li, section, aside, main header';

let last: Element | null = null;
let around: HTMLElement[] = [];

const isLost = () => document.activeElement === document.body;

function note({ target }: Event): void {
	last = target as Element;
	around = [];
	for (let place = last.parentElement; place; place = place.parentElement)
		if (place.matches(places)) around.push(place);
}

/** When what has the focus is taken away, the part of the page around it gets it: keys go on from there. */
export function start(focused: Event[]): void {
	focused.forEach(note);
	document.addEventListener('focusin', note);
	new MutationObserver(() => {
		if (!last || last.isConnected || !isLost()) return;
		last = null;
		// Whoever took it away may have a better place for the focus.
		requestAnimationFrame(() => {
			const place = around.find(({ isConnected }) => isConnected);
			if (!place || !isLost()) return;
			place.tabIndex = -1;
			place.focus({ preventScroll: true });
		});
	}).observe(document.body, { childList: true, subtree: true });
}
