import { router } from '@inertiajs/svelte';

/** Whether a click is for this page to answer: with a modifier, or another button, it is the browser's. */
export const isPlainClick = ({ button, altKey, ctrlKey, metaKey, shiftKey }: MouseEvent): boolean =>
	button === 0 && !(altKey || ctrlKey || metaKey || shiftKey);

/**
 * Follows links that are marked `data-visit` without loading a document; with the value `keep` the page stays where
 * it is scrolled to. One listener for all, as a page has a hundred links. Returns a function that ends this.
 */
export function followLinks(): () => void {
	const follow = (event: MouseEvent) => {
		if (event.defaultPrevented || !isPlainClick(event)) return;
		const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-visit]');
		if (!link) return;
		event.preventDefault();
		const showLoading = (isLoading: boolean) =>
			void link.toggleAttribute('data-loading', isLoading);
		router.visit(link.href, {
			preserveScroll: link.dataset.visit === 'keep',
			onStart: () => showLoading(true),
			onFinish: () => showLoading(false),
		});
	};
	document.addEventListener('click', follow);
	return () => document.removeEventListener('click', follow);
}
