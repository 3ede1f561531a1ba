import { router } from '@inertiajs/svelte';

const fields =
	'textarea, input:not([type=hidden], [type=radio], [type=checkbox]), [contenteditable]';

const isWritten = () =>
	Array.from(
		document.querySelectorAll<HTMLInputElement>(fields),
		({ value, textContent }) => value ?? textContent,
	).some(Boolean);

/**
 * Loads the page of a newer build where it was to be read again in the background, unless something is typed in
 * this one: it stays as it is until its reader goes on. Returns a function that ends this.
 */
export const followBuild = (): (() => void) =>
	router.on('location', ({ detail }) => {
		if (detail.versionChange && !isWritten()) location.reload();
	});
