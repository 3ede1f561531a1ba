import { router } from '@inertiajs/svelte';

/**
 * Loads the page of a newer build where it was to be read again in the background, unless somebody has typed in this
 * document: then it stays as it is until its reader goes on. Returns a function that ends this.
 */
export function followBuild(): () => void {
	let isTyped = false;
	document.addEventListener('input', () => (isTyped = true), { once: true });
	return router.on('location', ({ detail }) => {
		if (detail.versionChange && !isTyped) location.reload();
	});
}
