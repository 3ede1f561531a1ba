import './fonts.css';
import './app.css';
import { getInitialPageFromDOM, type Page, setupProgress } from '@inertiajs/core';
import { App, config } from '@inertiajs/svelte';
import { hydrate } from 'svelte';
import type { SharedProps } from '../server/schema.ts';
import Layout from './Layout.svelte';
import { loadPage } from './pages.ts';

/** From page to page with a transition, unless the reader asks for little motion. */
const visitOptions = (href: string) => ({
	viewTransition:
		new URL(href, location.href).pathname !== location.pathname &&
		!matchMedia('(prefers-reduced-motion: reduce)').matches,
});

/** A script that cannot be had here may be in another document. */
const openPage = (name: string, page?: Page) =>
	loadPage(name).catch((error: unknown) => {
		if (!page) throw error;
		location.assign(page.url);
		return new Promise<never>(() => {});
	});

/**
 * The page as it was left, where Back has opened a document anew: with all that was read there since. Not what another
 * build or account has left.
 */
function findLeft(opened: Page): Page | null {
	const [navigation] = performance.getEntriesByType('navigation');
	const left = history.state?.page as Page | undefined;
	if ((navigation as PerformanceNavigationTiming)?.type !== 'back_forward' || !left) return null;
	if (left.version === opened.version && memberOf(left) === memberOf(opened)) return left;
	history.replaceState(null, '');
	return null;
}

const memberOf = ({ props }: Page) => (props as Partial<SharedProps>).me?.id;

/** In place of a page that is kept here without a script that shows it. */
const lost = {
	status: 0,
	title: 'Not whole on this device',
	detail: 'The page is kept here, but not all that shows it.',
};

/** Does what Inertia's createInertiaApp does, without the parts for rendering on the server and in the browser alone. */
async function start(): Promise<void> {
	config.replace({ visitOptions });
	const target = document.getElementById('app')!;
	const opened = getInitialPageFromDOM<Page>('app')!;
	const left = findLeft(opened);
	let initialPage = left ?? opened;
	// Svelte would put a proxy around each object of a plain one, and a signal behind each value that is read there.
	initialPage.props = Object.assign(Object.create(null), initialPage.props);
	const initialComponent = await loadPage(initialPage.component).catch((error: unknown) => {
		// What the site has sent is readable without; what the worker has made is nothing but its scripts.
		if (target.hasChildNodes()) throw error;
		const props = { ...initialPage.props, ...lost };
		initialPage = { ...initialPage, component: 'ErrorPage', props };
		return loadPage('ErrorPage');
	});
	// A finger that waited for the scripts need not wait for what they do as well.
	await new Promise((resolve) => setTimeout(resolve));
	if (left) target.replaceChildren();
	hydrate(App, {
		target,
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
	const registered = await workers?.register('/service-worker.js');
	if (!registered || workers.controller) return;
	const { active } = await workers.ready;
	active!.postMessage(document.documentElement.outerHTML);
}

if (import.meta.env.PROD) addEventListener('load', () => startWorker().catch(() => {}));
