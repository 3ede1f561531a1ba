/** Loads what few visits need: what there is to say without a connection, and what waits for one. */
export const loadOffline = () => import('./bar.ts');

/** Shows it as well, unless it cannot be loaded. */
export const showOffline = (): void =>
	void loadOffline().then(
		({ showBar }) => showBar(),
		() => {},
	);
