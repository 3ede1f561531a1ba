import { lazy } from '../lib/lazy.ts';

/**
 * Loads what few visits need: what there is to say without a connection, and what waits for one. It is one file
 * with the page for missing pages, as devices keep both.
 */
export const loadOffline = () => lazy(() => import('../ErrorPage.svelte'));

/** Shows it as well, unless it cannot be loaded. */
export const showOffline = (): void =>
	void loadOffline().then(
		({ showBar }) => showBar(),
		() => {},
	);
