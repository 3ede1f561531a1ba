import { router } from '@inertiajs/svelte';

/**
 * Notes where the page stands when a visit begins or something is clicked, which may lead to another document, for
 * Back. Inertia does so only 100 ms after the last scrolling, which is too late for a quick click. Returns a function
 * that ends this.
 */
export function keepScroll(): () => void {
	const keep = () => {
		const { state } = window.history;
		if (!state?.page) return;
		const documentScrollPosition = { top: window.scrollY, left: window.scrollX };
		window.history.replaceState({ ...state, documentScrollPosition }, '');
	};
	const stop = router.on('start', keep);
	document.addEventListener('click', keep);
	return () => {
		stop();
		document.removeEventListener('click', keep);
	};
}
