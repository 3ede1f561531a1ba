import '@fontsource-variable/bricolage-grotesque/wght.css';
import '@fontsource-variable/source-serif-4/wght.css';
import './app.css';
import { createInertiaApp } from '@inertiajs/svelte';
import Layout from './Layout.svelte';
import { loadPage } from './pages.ts';

await createInertiaApp({
	resolve: loadPage,
	layout: () => Layout,
	progress: { delay: 150, includeCSS: false },
	dev: false,
});
