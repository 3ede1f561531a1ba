import '@fontsource-variable/bricolage-grotesque/wght.css';
import '@fontsource-variable/source-serif-4/wght.css';
import './app.css';
import { createInertiaApp } from '@inertiajs/svelte';
import Layout from './Layout.svelte';
import { loadPage } from './pages.ts';

/** From page to page with a transition, unless the reader asks for little motion. */
const visitOptions = (href: string) => ({
	viewTransition:
		new URL(href, location.href).pathname !== location.pathname &&
		!matchMedia('(prefers-reduced-motion: reduce)').matches,
});

await createInertiaApp({
	resolve: loadPage,
	layout: () => Layout,
	defaults: { visitOptions },
	progress: { delay: 150, includeCSS: false },
	dev: false,
});
