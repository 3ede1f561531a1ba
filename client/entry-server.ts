import type { Page } from '@inertiajs/core';
import { createInertiaApp } from '@inertiajs/svelte';
import { render } from 'svelte/server';
import Layout from './Layout.svelte';
import { loadPage } from './pages.ts';

const renderApp = createInertiaApp({ resolve: loadPage, layout: () => Layout, dev: false });

/**
 * Renders an Inertia page object to the inside of `<head>` and `<body>`.
 *
 * Inertia keeps the current page in a module, so a rendering must not give way to another one midway:
 * reading `body` and `head` at once makes Svelte render synchronously.
 */
export async function renderPage(page: Page): Promise<{ head: string; body: string }> {
	const renderWith = await renderApp;
	if (!renderWith) throw new Error('Inertia returned no server renderer.');
	const { head, body } = await renderWith(page, (component, options) => {
		const { body, head } = render(component, options);
		return { body, head };
	});
	return { head: head.join('\n'), body };
}
