import { router } from '@inertiajs/svelte';

/**
 * Keeps a page's state in its history entry, so that Back finds it as it was left: half a second after
 * the call and before every visit. Returns a function that ends this.
 */
export function rememberState(key: string, read: () => unknown): () => void {
	const keep = () => router.remember(read(), key);
	const timer = setTimeout(keep, 500);
	const stop = router.on('before', keep);
	return () => {
		clearTimeout(timer);
		stop();
	};
}
