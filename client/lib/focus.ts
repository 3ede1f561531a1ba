import { router } from '@inertiajs/svelte';

function focusHeading() {
	const heading = document.querySelector<HTMLElement>('#main h1');
	if (!heading || window.location.hash) return;
	heading.tabIndex = -1;
	heading.focus({ preventScroll: true });
}

function focusCurrentLink() {
	const links = document.querySelectorAll<HTMLAnchorElement>('#main a[aria-current]');
	[...links].find(({ href }) => href === window.location.href)?.focus({ preventScroll: true });
}

const places = 'article, li, section, aside';

/** When what has the focus is taken away, the part of the page around it gets it: keys go on from there. */
function rescueFocus(): () => void {
	let last: Element | null = null;
	let around: HTMLElement[] = [];
	const note = ({ target }: FocusEvent) => {
		last = target as Element;
		around = [];
		for (let place = last.closest<HTMLElement>(places); place;) {
			if (place !== last) around.push(place);
			place = place.parentElement?.closest<HTMLElement>(places) ?? null;
		}
	};
	const isLost = () => document.activeElement === document.body;
	const observer = new MutationObserver(() => {
		if (!last || last.isConnected || !isLost()) return;
		last = null;
		// Whoever took it away may have a better place for the focus.
		requestAnimationFrame(() => {
			const place = around.find(({ isConnected }) => isConnected);
			if (!place || !isLost()) return;
			place.tabIndex = -1;
			place.focus({ preventScroll: true });
		});
	});
	document.addEventListener('focusin', note);
	observer.observe(document.body, { childList: true, subtree: true });
	return () => {
		document.removeEventListener('focusin', note);
		observer.disconnect();
	};
}

/**
 * After a link was followed, moves the focus to the new page's heading; after one that changes the
 * page in place, keeps it on that link. Going back moves no focus. What is taken away
 * leaves it to what was around it. Returns a function that ends this.
 */
export function followFocus(): () => void {
	let followed: 'page' | 'place' | null = null;
	const stopStart = router.on('start', ({ detail: { visit } }) => {
		if (visit.prefetch || visit.only.length > 0) return;
		followed = visit.preserveScroll ? 'place' : 'page';
	});
	const stopNavigate = router.on('navigate', () => {
		if (followed === 'page') requestAnimationFrame(focusHeading);
		if (followed === 'place') requestAnimationFrame(focusCurrentLink);
		followed = null;
	});
	const stopFinish = router.on('finish', () => {
		followed = null;
	});
	const stopRescue = rescueFocus();
	return () => {
		stopRescue();
		stopStart();
		stopNavigate();
		stopFinish();
	};
}
