import { mount } from 'svelte';
import { openOutbox } from '../outbox/outbox.svelte.ts';
import OfflineBar from './OfflineBar.svelte';

let isShown = false;

/** Says at the edge of every page from here on what is not as it would be with a connection, and sends what waits. */
export function showBar(): void {
	if (!isShown) mount(OfflineBar, { target: document.body });
	isShown = true;
}

/** See {@link Outbox.wait}. */
export const waitForLine: ReturnType<typeof openOutbox>['wait'] = (...waiting) => {
	showBar();
	return openOutbox().wait(...waiting);
};
