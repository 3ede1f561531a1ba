import { router } from '@inertiajs/svelte';

/**
 * Follows links that are marked `data-visit` without loading a document; with the value `keep` the page stays where
 * it is scrolled to. One listener for all, as a page has a hundred links. Returns a function that ends this.
 */
export function followLinks(): () => void {
	const follow = (event: MouseEvent) => {
		const { target, defaultPrevented, button, altKey, ctrlKey, metaKey, shiftKey } = event;
		if (defaultPrevented || button !== 0 || altKey || ctrlKey || metaKey || shiftKey) return;
		const link = (target as Element).closest<HTMLAnchorElement>('a[data-visit]');
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
