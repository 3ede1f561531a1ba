import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post } from '../../server/posts/schema.ts';
import type { Thread } from '../../server/threads/schema.ts';
import { isModerator, viewerOf } from '../threads/viewer.ts';

/**
 * An answer's page. `items` are the replies shown, in reading order; `waiting` are replies that have
 * arrived since, oldest first, which the reader has not opened yet.
 */
export type ConversationState = {
	thread: Thread;
	post: Post;
	branch: Post | null;
	items: Post[];
	waiting: Post[];
};

export const isVisible = (post: Post) => !post.deletedAt && !post.removal;

/**
 * The state after `event`. Posts keep their places: what is deleted or removed becomes a tombstone, and
 * others' new replies go to `waiting`. What `me` has done and may do stays as it was.
 */
export function applyEvent(
	state: ConversationState,
	event: ThreadEvent,
	me: Me | null,
): ConversationState {
	switch (event.type) {
		case 'thread.locked':
			return withLock(state, event.at, me);
		case 'thread.unlocked':
			return withLock(state, null, me);
		case 'post.created':
			return withReply(withCounts(state, event), event.post, me);
		case 'post.upvoted':
			return withPost(state, event.postId, (post) => ({ ...post, score: event.score }));
		case 'post.edited':
			return event.post ? withPost(state, event.post.id, renewedBy(event.post)) : state;
		case 'post.featured':
		case 'post.unfeatured': {
			const feature = event.type === 'post.featured' ? event.feature : null;
			return withPost(
				state,
				event.postId,
				event.post ? renewedBy(event.post) : (post) => ({ ...post, feature }),
			);
		}
		case 'post.deleted':
			return withEnd(withCounts(state, event), event.postId, (post) =>
				asSeenBy(me, asDeleted(post), state.thread),
			);
		case 'post.removed':
			return withEnd(withCounts(state, event), event.postId, (post) =>
				asSeenBy(me, asRemoved(post, event.at, me), state.thread),
			);
		case 'post.restored':
			return withRestored(withCounts(state, event), event, me);
	}
}

function findPost({ post, branch, items, waiting }: ConversationState, id: number) {
	return [post, ...(branch ? [branch] : []), ...items, ...waiting].find((one) => one.id === id);
}

export function withPost(
	state: ConversationState,
	id: number,
	change: (post: Post) => Post,
): ConversationState {
	return withPosts(state, (post) => (post.id === id ? change(post) : post));
}

export function withPosts(
	state: ConversationState,
	change: (post: Post) => Post,
): ConversationState {
	return {
		...state,
		post: change(state.post),
		branch: state.branch && change(state.branch),
		items: state.items.map(change),
		waiting: state.waiting.map(change),
	};
}

/** Whether a reply is shown before the server has confirmed it. */
export const isOnItsWay = (post: Post) => post.id < 0;

/** the ids under which confirmed replies were shown before */
const keys = new Map<number, number>();

/** What stays the same when a reply is confirmed. */
export const keyOf = ({ id }: Post): number => keys.get(id) ?? id;

/** Takes a reply out that was not confirmed. */
export function withoutDraft(state: ConversationState, id: number): ConversationState {
	const draft = state.items.find((post) => post.id === id);
	if (!draft) return state;
	const items = state.items.filter((post) => post !== draft);
	return withAncestors({ ...state, items }, draft, -1);
}

/** Shows a reply that `me` has just written, right under what it replies to. */
export function withWritten(state: ConversationState, reply: Post): ConversationState {
	const known = findPost(state, reply.id);
	const draft = state.items.find(
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
		return { ...state, items: state.items.map((post) => (post === draft ? reply : post)) };
	}
	if (state.items.some(({ id }) => id === reply.id)) return withPost(state, reply.id, () => reply);
	const counted = known ? state : withAncestors(state, reply, 1);
	return {
		...counted,
		waiting: counted.waiting.filter(({ id }) => id !== reply.id),
		items: placeUnder(counted, reply.parentId, [reply]),
	};
}

/** Shows the waiting replies whose nearest shown ancestor is `parentId`, right under it. */
export function withOpened(state: ConversationState, parentId: number): ConversationState {
	const opened = waitingUnder(state).get(parentId) ?? [];
	const ids = new Set(opened.map(({ id }) => id));
	return {
		...state,
		waiting: state.waiting.filter(({ id }) => !ids.has(id)),
		items: placeUnder(state, parentId, inReadingOrder(opened)),
	};
}

/** The waiting replies by the nearest post above them that is shown. */
export function waitingUnder(state: ConversationState): Map<number, Post[]> {
	const shown = new Set([(state.branch ?? state.post).id, ...state.items.map(({ id }) => id)]);
	const parents = new Map(state.waiting.map(({ id, parentId }) => [id, parentId]));
	const groups = new Map<number, Post[]>();
	for (const reply of state.waiting) {
		let above = reply.parentId;
		while (above !== null && !shown.has(above)) above = parents.get(above) ?? null;
		if (above !== null) groups.set(above, [...(groups.get(above) ?? []), reply]);
	}
	return groups;
}

function placeUnder(
	{ post, branch, items }: ConversationState,
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

type Counted = Extract<ThreadEvent, { counts: unknown }>;

function withCounts(state: ConversationState, { counts, answer }: Counted): ConversationState {
	const replyCount = answer?.id === state.post.id ? answer.replyCount : state.post.replyCount;
	return {
		...state,
		thread: { ...state.thread, counts },
		post: { ...state.post, replyCount },
	};
}

function withReply(state: ConversationState, post: Post | null, me: Me | null): ConversationState {
	if (!post || post.answerId !== state.post.id || post.kind !== 'reply') return state;
	if (findPost(state, post.id)) return state;
	const reply = asSeenBy(me, post, state.thread);
	if (reply.author.id === me?.id) return withWritten(state, reply);
	const counted = withAncestors(state, reply, 1);
	return { ...counted, waiting: [...counted.waiting, reply] };
}

/** A tombstone in the post's place; one that was still waiting goes, unless others wait below it. */
function withEnd(
	state: ConversationState,
	id: number,
	end: (post: Post) => Post,
): ConversationState {
	const post = findPost(state, id);
	const less = post && isVisible(post) ? withAncestors(state, post, -1) : state;
	const isParent = less.waiting.some(({ parentId }) => parentId === id);
	const waiting = less.waiting.filter((reply) => isParent || reply.id !== id);
	return withPost({ ...less, waiting }, id, end);
}

function withRestored(
	state: ConversationState,
	{ post }: Extract<ThreadEvent, { type: 'post.restored' }>,
	me: Me | null,
): ConversationState {
	const before = post && findPost(state, post.id);
	if (!post || !before) return withReply(state, post, me);
	const more = isVisible(before) ? state : withAncestors(state, post, 1);
	return withPost(more, post.id, () =>
		asSeenBy(me, { ...post, viewer: before.viewer }, state.thread),
	);
}

/** Counts `change` replies more in the replies above `post`; the answer's own count comes with the event. */
function withAncestors(state: ConversationState, post: Post, change: 1 | -1): ConversationState {
	const above = new Set<number>();
	for (let next: Post | undefined = post; next?.parentId;) {
		above.add(next.parentId);
		next = findPost(state, next.parentId);
	}
	above.delete(state.post.id);
	return withPosts(state, (one) =>
		above.has(one.id) ? { ...one, replyCount: Math.max(0, one.replyCount + change) } : one,
	);
}

function withLock(
	state: ConversationState,
	lockedAt: string | null,
	me: Me | null,
): ConversationState {
	const thread = { ...state.thread, lockedAt };
	return { ...withPosts(state, (post) => asSeenBy(me, post, thread)), thread };
}

/** The post with what `me` may do to it. */
export function asSeenBy(me: Me | null, post: Post, { lockedAt }: Thread): Post {
	const upvoted = post.viewer?.upvoted ?? false;
	return { ...post, viewer: viewerOf(post, me, { locked: lockedAt !== null, upvoted }) };
}

const renewedBy = (now: Post) => (post: Post) => ({ ...now, viewer: post.viewer });

const withoutWords = { title: null, body: '', html: '', practices: [] };

function asDeleted(post: Post): Post {
	const deletedAt = post.deletedAt ?? new Date().toISOString();
	return { ...post, ...withoutWords, feature: null, deletedAt };
}

function asRemoved(post: Post, at: string, me: Me | null): Post {
	const mayRead = me !== null && (isModerator(me) || me.id === post.author.id);
	const removal = { at, reason: post.removal?.reason };
	return { ...post, ...(mayRead ? {} : withoutWords), feature: null, removal };
}
