import './fonts.css';
import './app.css';
import { getInitialPageFromDOM, type Page, setupProgress } from '@inertiajs/core';
import { App, config } from '@inertiajs/svelte';
import { hydrate } from 'svelte';
import Layout from './Layout.svelte';
import { loadPage } from './pages.ts';

/** From page to page with a transition, unless the reader asks for little motion. */
const visitOptions = (href: string) => ({
	viewTransition:
		new URL(href, location.href).pathname !== location.pathname &&
		!matchMedia('(prefers-reduced-motion: reduce)').matches,
});

/** A script that could not be had once stays missing in this document: the page is opened in another one. */
const openPage = (name: string, page?: Page) =>
	loadPage(name).catch((error: unknown) => {
		if (!page) throw error;
		location.assign(page.url);
		return new Promise<never>(() => {});
	});

/** Does what Inertia's createInertiaApp does, without the parts for rendering on the server and in the browser alone. */
async function start(): Promise<void> {
	config.replace({ visitOptions });
	const initialPage = getInitialPageFromDOM<Page>('app')!;
	// Svelte would put a proxy around each object of a plain one, and a signal behind each value that is read there.
	initialPage.props = Object.assign(Object.create(null), initialPage.props);
	const initialComponent = await loadPage(initialPage.component);
	// A finger that waited for the scripts need not wait for what they do as well.
	await new Promise((resolve) => setTimeout(resolve));
	hydrate(App, {
		target: document.getElementById('app')!,
		props: {
			initialPage,
			initialComponent,
			resolveComponent: openPage,
			defaultLayout: () => Layout,
		},
	});
	setupProgress({ delay: 150, includeCSS: false });
}

void start();

/** Without a worker, where it is refused or cannot be had, nothing is kept for times without a connection. */
async function startWorker(): Promise<void> {
	const { serviceWorker: workers } = navigator;
	const registered = await workers?.register('/service-worker.js').catch(() => null);
	if (!registered || workers.controller) return;
	const { active } = await workers.ready;
	active!.postMessage(document.documentElement.outerHTML);
}

if (import.meta.env.PROD) addEventListener('load', () => void startWorker());
