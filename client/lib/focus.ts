import { router } from '@inertiajs/svelte';
import { tick } from 'svelte';

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

/**
 * After a link was followed, moves the focus to the new page's heading; after one that changes the
 * page in place, keeps it on that link. Going back moves no focus. Returns a function that ends this.
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
	return () => {
		stopStart();
		stopNavigate();
		stopFinish();
	};
}

/** Moves the focus from what was pressed to the first of what that brought, unless it went elsewhere meanwhile. */
export async function focusBrought(pressed: EventTarget | null, id: string): Promise<void> {
	await tick();
	const { activeElement, body } = document;
	if (activeElement === pressed || activeElement === body)
		document.getElementById(id)?.focus({ preventScroll: true });
}
