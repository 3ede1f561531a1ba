import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
	applyEvent,
	type ConversationView,
	waitingUnder,
	withOpened,
	withoutDraft,
	withWritten,
} from '../client/replies/conversation-view.ts';
import { Conversation } from '../client/replies/conversation.svelte.ts';
import { buildTree, countReplies } from '../client/replies/tree.ts';
import type { Me } from '../server/accounts/schema.ts';
import type { PublicPost, ThreadEvent } from '../server/live/schema.ts';
import type { Post } from '../server/posts/schema.ts';

const at = '2026-03-01T10:00:00.000Z';
const counts = { definitions: 2, stories: 1, replies: 9, members: 5 };
const author = (id: number) => ({
	id,
	handle: `member${id}`,
	name: `Member ${id}`,
	headline: null,
	avatar: null,
});

const me = (id: number, role: Me['role'] = 'member'): Me => ({
	...author(id),
	email: 'm@example.org',
	role,
	hidden: false,
	suspension: null,
	createdAt: at,
});

const answer: Post = {
	id: 1,
	threadId: 1,
	answerId: 1,
	parentId: null,
	depth: 0,
	kind: 'definition',
	title: null,
	body: 'Mine until handed over.',
	html: '<p>Mine until handed over.</p>',
	author: author(1),
	score: 3,
	replyCount: 3,
	revisionCount: 0,
	minutes: 1,
	practices: [],
	feature: null,
	createdAt: at,
	editedAt: null,
	deletedAt: null,
	removal: null,
	viewer: null,
};

const reply = (id: number, parentId: number, depth: number, more: Partial<Post> = {}): Post => ({
	...answer,
	id,
	parentId,
	depth,
	kind: 'reply',
	author: author(id),
	score: 0,
	replyCount: 0,
	body: `Reply ${id}`,
	html: `<p>Reply ${id}</p>`,
	...more,
});

const asPublic = (post: Post): PublicPost => ({ ...post, viewer: null });
const created = (post: Post, replyCount = 4): ThreadEvent => ({
	type: 'post.created',
	post: asPublic(post),
	counts,
	answer: { id: 1, replyCount },
});

/** 1 ← 2 ← 3, 1 ← 4 */
const state: ConversationView = {
	thread: {
		id: 1,
		slug: 'ownership',
		question: 'What?',
		introduction: '',
		introductionHtml: '',
		host: author(9),
		lockedAt: null,
		liveCursor: 10,
		createdAt: at,
		counts: { definitions: 2, stories: 1, replies: 3, members: 4 },
	},
	post: answer,
	branch: null,
	items: [reply(2, 1, 1, { replyCount: 1 }), reply(3, 2, 2), reply(4, 1, 1)],
	waiting: [],
};

const ids = (posts: Post[]) => posts.map(({ id }) => id);
const post = ({ post: root, items, waiting }: ConversationView, id: number) =>
	[root, ...items, ...waiting].find((one) => one.id === id)!;
const apply = (from: ConversationView, who: Me | null, ...events: ThreadEvent[]) =>
	events.reduce((now, event) => applyEvent(now, event, who), from);

describe('a new reply', () => {
	test('by another waits under its parent and moves nothing', () => {
		const after = apply(state, null, created(reply(5, 2, 2)));
		expect(ids(after.items)).toEqual([2, 3, 4]);
		expect([...waitingUnder(after)].map(([id, posts]) => [id, ids(posts)])).toEqual([[2, [5]]]);
		expect(after.post.replyCount).toBe(4);
		expect(post(after, 2).replyCount).toBe(2);
		expect(after.thread.counts).toEqual(counts);
	});

	test('below a waiting one waits with it, and both open in reading order', () => {
		const after = apply(
			state,
			null,
			created(reply(5, 2, 2)),
			created(reply(6, 1, 1)),
			created(reply(7, 5, 3)),
			created(reply(8, 2, 2)),
		);
		expect(ids(waitingUnder(after).get(2)!)).toEqual([5, 7, 8]);
		const opened = withOpened(after, 2);
		expect(ids(opened.items)).toEqual([2, 5, 7, 8, 3, 4]);
		expect(ids(opened.waiting)).toEqual([6]);
		expect(ids(withOpened(opened, 1).items)).toEqual([6, 2, 5, 7, 8, 3, 4]);
	});

	test('of one’s own shows at once, whether the answer or the event comes first', () => {
		const own = reply(5, 2, 2, { author: author(20) });
		const eventFirst = withWritten(apply(state, me(20), created(own)), own);
		const answerFirst = apply(withWritten(state, own), me(20), created(own));
		for (const after of [eventFirst, answerFirst]) {
			expect(ids(after.items)).toEqual([2, 5, 3, 4]);
			expect(after.waiting).toEqual([]);
			expect(post(after, 2).replyCount).toBe(2);
			expect(after.post.replyCount).toBe(4);
		}
	});

	test('on its way gives way to the real one, whether the answer or the event comes first', () => {
		const own = reply(5, 2, 2, { author: author(20), body: 'Mine' });
		const onItsWay = withWritten(state, { ...own, id: -1, body: 'Mine ' });
		expect(ids(onItsWay.items)).toEqual([2, -1, 3, 4]);
		const eventFirst = withWritten(apply(onItsWay, me(20), created(own)), own);
		const answerFirst = apply(withWritten(onItsWay, own), me(20), created(own));
		for (const after of [eventFirst, answerFirst]) {
			expect(ids(after.items)).toEqual([2, 5, 3, 4]);
			expect(post(after, 2).replyCount).toBe(2);
		}
		const back = withoutDraft(onItsWay, -1);
		expect(ids(back.items)).toEqual([2, 3, 4]);
		expect(post(back, 2).replyCount).toBe(1);
	});

	test('gets the member’s view; heard twice it counts once', () => {
		const event = created(reply(5, 2, 2));
		const after = apply(state, me(20), event, event);
		expect(ids(after.waiting)).toEqual([5]);
		expect(after.waiting[0]!.viewer).toMatchObject({
			canReply: true,
			canUpvote: true,
			canEdit: false,
		});
		expect(post(after, 2).replyCount).toBe(2);
	});

	test('in another conversation only changes the thread’s counts', () => {
		const other = { ...reply(5, 40, 1), answerId: 40 };
		const event = { ...created(other), answer: { id: 40, replyCount: 1 } } as ThreadEvent;
		const after = apply(state, null, event);
		expect(after.waiting).toEqual([]);
		expect(after.post.replyCount).toBe(3);
		expect(after.thread.counts).toEqual(counts);
	});

	test('that is gone by the time of the replay leaves only its counts', () => {
		const after = apply(
			state,
			null,
			{ type: 'post.created', post: null, counts, answer: { id: 1, replyCount: 4 } },
			{ type: 'post.deleted', postId: 5, counts, answer: { id: 1, replyCount: 3 } },
		);
		expect(ids(after.items)).toEqual([2, 3, 4]);
		expect(after.post.replyCount).toBe(3);
		expect(post(after, 2).replyCount).toBe(1);
	});
});

describe('a change in place', () => {
	const seen = {
		...state,
		items: state.items.map((item) => ({
			...item,
			viewer: {
				upvoted: true,
				canUpvote: true,
				canReply: true,
				canEdit: false,
				canDelete: false,
				canFeature: false,
				canRemove: false,
			},
		})),
	};

	test('a score', () => {
		const after = apply(seen, me(20), { type: 'post.upvoted', postId: 3, score: 12 });
		expect(post(after, 3)).toMatchObject({ score: 12, viewer: { upvoted: true } });
		expect(after.items[0]).toBe(seen.items[0]);
	});

	test('an edit keeps what the member did', () => {
		const edited = asPublic(
			reply(3, 2, 2, { body: 'Better', html: '<p>Better</p>', editedAt: at }),
		);
		const after = apply(seen, me(20), { type: 'post.edited', post: edited });
		expect(post(after, 3)).toMatchObject({ body: 'Better', viewer: { upvoted: true } });
	});

	test('a feature comes with its mark and goes without', () => {
		const feature = { note: 'Yes', highlight: 'handed', by: author(9), at };
		const marked = asPublic({ ...answer, feature, html: '<p>Mine until <mark>handed</mark>…</p>' });
		const on = apply(seen, null, { type: 'post.featured', postId: 1, feature, post: marked });
		expect(on.post).toMatchObject({ feature: { note: 'Yes' }, html: marked.html });
		const off = apply(on, null, { type: 'post.unfeatured', postId: 1, post: asPublic(answer) });
		expect(off.post).toMatchObject({ feature: null, html: answer.html });
	});

	test('a deletion leaves a tombstone and is counted once', () => {
		const event: ThreadEvent = {
			type: 'post.deleted',
			postId: 3,
			counts,
			answer: { id: 1, replyCount: 2 },
		};
		const after = apply(seen, me(20), event, event);
		expect(ids(after.items)).toEqual([2, 3, 4]);
		expect(post(after, 3)).toMatchObject({ body: '', html: '', viewer: { canReply: false } });
		expect(post(after, 3).deletedAt).not.toBeNull();
		expect(post(after, 2).replyCount).toBe(0);
		expect(after.post.replyCount).toBe(2);
	});

	test('a removal takes the words from everybody but the author and moderators', () => {
		const event: ThreadEvent = { type: 'post.removed', postId: 3, at, counts };
		expect(post(apply(seen, null, event), 3)).toMatchObject({ html: '', removal: { at } });
		expect(post(apply(seen, me(20), event), 3).html).toBe('');
		expect(post(apply(seen, me(3), event), 3).html).toBe('<p>Reply 3</p>');
		expect(post(apply(seen, me(20, 'moderator'), event), 3)).toMatchObject({
			html: '<p>Reply 3</p>',
			viewer: { canFeature: false, canRemove: true },
		});
	});

	test('a restoration brings the words and the vote back', () => {
		const after = apply(
			seen,
			me(20),
			{ type: 'post.removed', postId: 3, at, counts },
			{ type: 'post.restored', postId: 3, post: asPublic(reply(3, 2, 2)), counts },
		);
		expect(post(after, 3)).toMatchObject({
			html: '<p>Reply 3</p>',
			removal: null,
			viewer: { upvoted: true, canReply: true },
		});
		expect(post(after, 2).replyCount).toBe(1);
	});

	test('a waiting reply that is deleted goes, unless another waits below it', () => {
		const alone = apply(seen, null, created(reply(5, 2, 2)), {
			type: 'post.deleted',
			postId: 5,
			counts,
		});
		expect(alone.waiting).toEqual([]);
		const parent = apply(seen, null, created(reply(5, 2, 2)), created(reply(6, 5, 3)), {
			type: 'post.deleted',
			postId: 5,
			counts,
		});
		expect(ids(waitingUnder(parent).get(2)!)).toEqual([5, 6]);
	});

	test('a lock closes every reply button, unlocking opens them again', () => {
		const locked = apply(seen, me(20), { type: 'thread.locked', at });
		expect(locked.thread.lockedAt).toBe(at);
		expect(post(locked, 3).viewer).toMatchObject({ canReply: false, upvoted: true });
		const open = apply(locked, me(20), { type: 'thread.unlocked' });
		expect(post(open, 3).viewer).toMatchObject({ canReply: true, upvoted: true });
	});
});

describe('a branch’s page', () => {
	const onBranch = { ...state, branch: state.items[0]!, items: [state.items[1]!] };

	test('opens what comes below its root and leaves the rest alone', () => {
		const after = apply(onBranch, null, created(reply(5, 2, 2)), created(reply(6, 1, 1)));
		expect([...waitingUnder(after).keys()]).toEqual([2]);
		expect(after.branch!.replyCount).toBe(2);
		expect(ids(withOpened(after, 2).items)).toEqual([5, 3]);
	});
});

test('the tree hangs replies under their parents; those of another page stray', () => {
	const tree = buildTree([...state.items, reply(8, 77, 3)], 1);
	expect(tree.map(({ post, strayed }) => [post.id, strayed])).toEqual([
		[2, false],
		[4, false],
		[8, true],
	]);
	expect(ids(tree[0]!.children.map((child) => child.post))).toEqual([3]);
	expect(countReplies(tree[0]!)).toBe(1);
});

describe('an open conversation', () => {
	const open = () =>
		new Conversation(
			{
				thread: state.thread,
				post: answer,
				branch: null,
				sort: 'best',
				replyTo: null,
				replies: { items: state.items, next: null },
			},
			null,
		);

	test('ignores events that its data holds already', () => {
		const conversation = open();
		conversation.receive({ type: 'post.upvoted', postId: 1, score: 1 }, 10);
		expect(conversation.post.score).toBe(3);
		conversation.receive({ type: 'post.upvoted', postId: 1, score: 4 }, 11);
		expect(conversation.post.score).toBe(4);
		expect(conversation.cursor).toBe(11);
	});

	test('read again changes in place, announces what it did not show and keeps later events', () => {
		const conversation = open();
		conversation.receive({ type: 'post.upvoted', postId: 2, score: 9 }, 13);
		conversation.take(
			{
				thread: { ...state.thread, liveCursor: 12 },
				post: answer,
				branch: null,
				replies: {
					items: [reply(5, 1, 1), reply(2, 1, 1, { body: 'Better' }), reply(4, 1, 1)],
					next: null,
				},
			},
			null,
		);
		const { items } = conversation.reading.replies;
		expect(ids(items)).toEqual([2, 3, 4]);
		expect(items[0]).toMatchObject({ body: 'Better', score: 9 });
		expect(ids(conversation.waiting.get(1)!)).toEqual([5]);
		expect(conversation.open(1)?.id).toBe(5);
		expect(conversation.tree.map(({ post }) => post.id)).toEqual([5, 2, 4]);
	});

	test('read again further than it shows, it announces only what is later than all it knows', () => {
		const conversation = open();
		conversation.receive(created(reply(30, 1, 1)), 11);
		conversation.take(
			{
				thread: { ...state.thread, liveCursor: 12 },
				post: { ...answer, replyCount: 6 },
				branch: null,
				replies: {
					items: [4, 7, 20, 30, 31].map((id) => reply(id, 1, 1, { body: `Now ${id}` })),
					next: null,
				},
			},
			null,
		);
		expect(conversation.waiting.get(1)!.map(({ body }) => body)).toEqual(['Now 30', 'Now 31']);
	});

	test('is read again until there is a whole answer, and no longer than its page is open', async () => {
		vi.useFakeTimers();
		const ask = vi.fn(async () => new Response('<title>Sign in to this network</title>'));
		vi.stubGlobal('fetch', ask);
		onTestFinished(() => {
			vi.useRealTimers();
			vi.unstubAllGlobals();
		});
		const conversation = open();
		await conversation.refresh();
		expect(ask).toHaveBeenCalledTimes(1);
		await vi.runOnlyPendingTimersAsync();
		expect(ask).toHaveBeenCalledTimes(2);
		conversation.end();
		await vi.runAllTimersAsync();
		expect(ask).toHaveBeenCalledTimes(2);

		const late = open();
		const reading = late.refresh();
		late.end();
		await reading;
		await vi.runAllTimersAsync();
		expect(ask).toHaveBeenCalledTimes(3);
	});
});
