import { router } from '@inertiajs/svelte';

/** Goes to another page of this site; settles once it is there or has not come. */
export const visit = (href: string): Promise<void> =>
	new Promise((resolve) => router.visit(href, { onFinish: () => resolve() }));

/** Opens another document; settles if the reader comes back to this one. */
export const openDocument = (href: string): Promise<void> =>
	new Promise((resolve) => {
		window.addEventListener('pageshow', () => resolve(), { once: true });
		window.location.assign(href);
	});
