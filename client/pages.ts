import type { Component } from 'svelte';
import { lazy } from './lib/lazy.ts';
import ThreadPage from './threads/ThreadPage.svelte';

/** The thread comes with the first script, as most visits begin at it or lead to it; the others when they are opened. */
const pages = {
	ErrorPage: () => import('./ErrorPage.svelte'),
	ThreadPage: async () => ({ default: ThreadPage }),
	ThreadsPage: () => import('./threads/ThreadsPage.svelte'),
	PostPage: () => import('./posts/PostPage.svelte'),
	StoryFormPage: () => import('./posts/StoryFormPage.svelte'),
	EditPage: () => import('./posts/EditPage.svelte'),
	RevisionsPage: () => import('./posts/RevisionsPage.svelte'),
	MemberPage: () => import('./members/MemberPage.svelte'),
	SignUpPage: () => import('./accounts/SignUpPage.svelte'),
	PasswordPage: () => import('./accounts/PasswordPage.svelte'),
	SignInPage: () => import('./accounts/SignInPage.svelte'),
};

/** A build leaves them out. */
const developmentPages = import.meta.env.DEV
	? { StyleguidePage: () => import('./styleguide/StyleguidePage.svelte') }
	: null;
const all = { ...pages, ...developmentPages };

type Pages = typeof pages & NonNullable<typeof developmentPages>;
export type PageName = keyof Pages;

/** The props of the page `Name`, as its component declares them. */
export type PageProps<Name extends PageName> =
	Awaited<ReturnType<Pages[Name]>>['default'] extends Component<infer Props> ? Props : never;

/** Loads a page's component; rejects for a name that is not registered. */
export function loadPage(name: string): Promise<{ default: Component }> {
	const load = Object.hasOwn(all, name) ? all[name as PageName] : undefined;
	if (!load) return Promise.reject(new Error(`There is no page named ${name}.`));
	return lazy(load as () => Promise<{ default: Component }>);
}
