import { router } from '@inertiajs/svelte';
import { readAt } from '../lib/reading.ts';
import { idOf, openReplyForm } from '../replies/open-form.ts';

export type Key = {
	key: string;
	says: string;
	act(): void | Promise<void>;
	/** whether there is something on this page that it could do it to; always unless given */
	isThere?(): boolean;
};

const posts = ':is(article, li)[id^="post-"], article[id^="featured-"]';

const find = <T extends HTMLElement>(selector: string, within: ParentNode = document) =>
	[...within.querySelectorAll<T>(selector)].find((element) => element.checkVisibility());

const listPosts = () =>
	[...document.querySelectorAll<HTMLElement>(`#main :is(${posts})`)].filter((post) =>
		post.checkVisibility(),
	);

const focusedPost = () => document.activeElement?.closest<HTMLElement>(posts) ?? null;

/** To the next or previous post from the focused one, else to the first below the window's upper edge or the last above. */
function move(step: 1 | -1): void {
	const all = listPosts();
	const focused = focusedPost();
	const next = focused
		? all[all.indexOf(focused) + step]
		: step === 1
			? all.find((post) => post.getBoundingClientRect().top >= 0)
			: all.findLast((post) => post.getBoundingClientRect().top < 0);
	if (next) readAt(next);
}

const click = (key: string, within: ParentNode | null = document) =>
	within && find(`[data-key="${key}"]`, within)?.click();

function focusField(field: HTMLElement | null | undefined): void {
	if (!field) return;
	field.focus({ preventScroll: true });
	field.scrollIntoView({ block: 'center', behavior: 'instant' });
}

async function reply(): Promise<void> {
	const post = focusedPost();
	if (!post) return;
	const field = await openReplyForm(post);
	if (field || post.querySelector('[data-key="r"]')) return focusField(field);
	// On the page of a conversation, what has no reply form is gone or closed; in a list the form is on its page.
	if (post.matches('article[id^="post-"]')) return;
	const id = idOf(post);
	if (window.location.pathname !== `/posts/${id}`)
		router.visit(`/posts/${id}#reply-${id}`, {
			onSuccess: async () =>
				focusField(await openReplyForm(document.getElementById(`post-${id}`) ?? post)),
		});
}

/** Also where no mouse is and the button is hidden. */
const showKeys = () => document.querySelector<HTMLElement>('[data-key="?"]')?.click();

const search = () => find('input[type="search"]');
const open = () => {
	const post = focusedPost();
	if (!post) return;
	const links = [...post.querySelectorAll('a')];
	links.find(({ pathname }) => pathname === `/posts/${idOf(post)}`)?.click();
};

export const keys: Key[] = [
	{ key: 'j', says: 'Next answer or reply', act: () => move(1) },
	{ key: 'k', says: 'Previous answer or reply', act: () => move(-1) },
	{ key: 'u', says: 'Upvote it, or withdraw the upvote', act: () => click('u', focusedPost()) },
	{ key: 'r', says: 'Reply to it', act: reply },
	{ key: 'o', says: 'Open it', act: open },
	{ key: 'q', says: 'Quote the selected words in a reply', act: () => click('q') },
	{ key: 'n', says: 'Next new reply', act: () => click('n') },
	{ key: 'p', says: 'Previous new reply', act: () => click('p') },
	{ key: 'c', says: 'Begin to write', act: () => focusField(find('#main form textarea')) },
	{ key: '/', says: 'Search', act: () => focusField(search()), isThere: () => !!search() },
	{ key: '?', says: 'This list', act: showKeys },
];
