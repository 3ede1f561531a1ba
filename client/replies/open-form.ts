import { tick } from 'svelte';

const findField = (postId: string) =>
	document.querySelector<HTMLTextAreaElement>(`#reply-${postId} textarea`);

/** The id of the post that an element shows. */
export const idOf = (post: Element) => post.id.replace(/^[a-z]+-/, '');

/** Whether a reply to the post can be written on this page by whoever reads it. */
export function canReplyTo(post: Element): boolean {
	const opener = post.querySelector<HTMLAnchorElement>('a[data-key="r"]');
	return (opener && opener.pathname !== '/sign-in') || findField(idOf(post)) !== null;
}

/** The field of a reply to the post, whose form is opened if need be; null if there can be none. */
export async function openReplyForm(post: Element): Promise<HTMLTextAreaElement | null> {
	const id = idOf(post);
	if (!findField(id)) {
		post.querySelector<HTMLElement>('[data-key="r"]')?.click();
		await tick();
	}
	return findField(id);
}
