import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post } from '../../server/posts/schema.ts';
import type { Thread } from '../../server/threads/schema.ts';
import { asSeenBy, changePost, changeThread, isVisible, subjectOf } from '../live/change-post.ts';

/**
 * An answer's page. `items` are the replies shown, in reading order; `waiting` are replies that have
 * arrived since, oldest first, which the reader has not opened yet.
 */
export type ConversationView = {
	thread: Thread;
	post: Post;
	branch: Post | null;
	items: Post[];
	waiting: Post[];
};

/** The view after an event. Posts keep their places, and others' new replies go to `waiting`. */
export function applyEvent(
	view: ConversationView,
	event: ThreadEvent,
	me: Me | null,
): ConversationView {
	const thread = changeThread(view.thread, event);
	const changed = withPosts({ ...view, thread }, (post) => changePost(post, event, { me, thread }));
	const id = subjectOf(event);
	const [before, after] = [findPost(view, id), findPost(changed, id)];
	if (!before || !after)
		return event.type === 'post.created' || event.type === 'post.restored'
			? withReply(changed, event.post, me)
			: changed;
	const more = Number(isVisible(after)) - Number(isVisible(before));
	const counted = more === 0 ? changed : withAncestors(changed, after, more);
	return isVisible(after) ? counted : withoutWaiting(counted, after);
}

/** One that ends while it waits goes, unless others wait below it. */
function withoutWaiting(view: ConversationView, { id }: Post): ConversationView {
	if (view.waiting.some(({ parentId }) => parentId === id)) return view;
	return { ...view, waiting: view.waiting.filter((reply) => reply.id !== id) };
}

function findPost({ post, branch, items, waiting }: ConversationView, id?: number | null) {
	return [post, ...(branch ? [branch] : []), ...items, ...waiting].find((one) => one.id === id);
}

export function withPost(
	view: ConversationView,
	id: number,
	change: (post: Post) => Post,
): ConversationView {
	return withPosts(view, (post) => (post.id === id ? change(post) : post));
}

export function withPosts(view: ConversationView, change: (post: Post) => Post): ConversationView {
	return {
		...view,
		post: change(view.post),
		branch: view.branch && change(view.branch),
		items: view.items.map(change),
		waiting: view.waiting.map(change),
	};
}

/** Whether a reply is shown before the server has confirmed it. */
export const isOnItsWay = (post: Post) => post.id < 0;

/** the ids under which confirmed replies were shown before */
const keys = new Map<number, number>();

/** What stays the same when a reply is confirmed. */
export const keyOf = ({ id }: Post): number => keys.get(id) ?? id;

/** Takes a reply out that was not confirmed. */
export function withoutDraft(view: ConversationView, id: number): ConversationView {
	const draft = view.items.find((post) => post.id === id);
	if (!draft) return view;
	const items = view.items.filter((post) => post !== draft);
	return withAncestors({ ...view, items }, draft, -1);
}

/** Shows a reply that `me` has just written, right under what it replies to. */
export function withWritten(view: ConversationView, reply: Post): ConversationView {
	const known = findPost(view, reply.id);
	const draft = view.items.find(
		(post) =>
			!known &&
			!isOnItsWay(reply) &&
			isOnItsWay(post) &&
			post.parentId === reply.parentId &&
			post.author.id === reply.author.id &&
			post.body.trim() === reply.body.trim(),
	);
	if (draft) {
		keys.set(reply.id, draft.id);
		return { ...view, items: view.items.map((post) => (post === draft ? reply : post)) };
	}
	if (view.items.some(({ id }) => id === reply.id)) return withPost(view, reply.id, () => reply);
	const counted = known ? view : withAncestors(view, reply, 1);
	return {
		...counted,
		waiting: counted.waiting.filter(({ id }) => id !== reply.id),
		items: placeUnder(counted, reply.parentId, [reply]),
	};
}

/** Shows the waiting replies whose nearest shown ancestor is `parentId`, right under it. */
export function withOpened(view: ConversationView, parentId: number): ConversationView {
	const opened = waitingUnder(view).get(parentId) ?? [];
	const ids = new Set(opened.map(({ id }) => id));
	return {
		...view,
		waiting: view.waiting.filter(({ id }) => !ids.has(id)),
		items: placeUnder(view, parentId, inReadingOrder(opened)),
	};
}

/** The waiting replies by the nearest post above them that is shown. */
export function waitingUnder(view: ConversationView): Map<number, Post[]> {
	const shown = new Set([(view.branch ?? view.post).id, ...view.items.map(({ id }) => id)]);
	const parents = new Map(view.waiting.map(({ id, parentId }) => [id, parentId]));
	const groups = new Map<number, Post[]>();
	for (const reply of view.waiting) {
		let above = reply.parentId;
		while (above !== null && !shown.has(above)) above = parents.get(above) ?? null;
		if (above !== null) groups.set(above, [...(groups.get(above) ?? []), reply]);
	}
	return groups;
}

function placeUnder(
	{ post, branch, items }: ConversationView,
	parentId: number | null,
	replies: Post[],
): Post[] {
	const place = items.findIndex(({ id }) => id === parentId) + 1;
	if (place === 0 && parentId !== (branch ?? post).id) return items;
	return [...items.slice(0, place), ...replies, ...items.slice(place)];
}

function inReadingOrder(replies: Post[]): Post[] {
	const ids = new Set(replies.map(({ id }) => id));
	const withReplies = (post: Post): Post[] => [
		post,
		...replies.filter(({ parentId }) => parentId === post.id).flatMap(withReplies),
	];
	return replies
		.filter(({ parentId }) => parentId === null || !ids.has(parentId))
		.flatMap(withReplies);
}

function withReply(view: ConversationView, made: Post | null, me: Me | null): ConversationView {
	if (!made || made.answerId !== view.post.id || made.kind !== 'reply') return view;
	const reply = asSeenBy(made, { me, thread: view.thread });
	if (reply.author.id === me?.id) return withWritten(view, reply);
	const counted = withAncestors(view, reply, 1);
	return { ...counted, waiting: [...counted.waiting, reply] };
}

/** Counts `change` replies more in the replies above `post`; the answer's own count comes with the event. */
function withAncestors(view: ConversationView, post: Post, change: number): ConversationView {
	const above = new Set<number>();
	for (let next: Post | undefined = post; next?.parentId;) {
		above.add(next.parentId);
		next = findPost(view, next.parentId);
	}
	above.delete(view.post.id);
	return withPosts(view, (one) =>
		above.has(one.id) ? { ...one, replyCount: Math.max(0, one.replyCount + change) } : one,
	);
}
