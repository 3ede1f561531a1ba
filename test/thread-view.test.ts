import { describe, expect, test } from 'vitest';
import { describeWriters, Writers } from '../client/replies/writers.svelte.ts';
import {
	type Answer,
	appendPage,
	applyEvent,
	openFresh,
	readPosts,
	renewView,
	type ThreadView,
	viewThread,
} from '../client/threads/thread-view.ts';
import type { Me } from '../server/accounts/schema.ts';
import type { PublicPost, ThreadEvent } from '../server/live/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import type { ThreadPageProps } from '../server/threads/schema.ts';

const at = '2026-03-01T10:00:00.000Z';
const counts = { definitions: 3, stories: 0, replies: 0, members: 3 };
const author = (id: number) => ({
	id,
	handle: `member${id}`,
	name: `Member ${id}`,
	headline: null,
	avatar: null,
});

const definition = (id: number, more: Partial<Post> = {}): Post => ({
	id,
	threadId: 1,
	answerId: id,
	parentId: null,
	depth: 0,
	kind: 'definition',
	title: null,
	body: `Words ${id}`,
	html: `<p>Words ${id}</p>`,
	author: author(id),
	score: 0,
	replyCount: 0,
	revisionCount: 0,
	minutes: 1,
	practices: [],
	feature: null,
	createdAt: at,
	editedAt: null,
	deletedAt: null,
	removal: null,
	viewer: null,
	...more,
});

const member = (id: number): Me => ({
	...author(id),
	email: '',
	role: 'member',
	suspension: null,
	hidden: false,
	createdAt: at,
});

const none = { items: [], next: null };
const propsWith = (items: Post[], liveCursor = 10): ThreadPageProps => ({
	meta: {
		title: '',
		description: '',
		canonical: '',
		type: 'website',
		image: { url: '', alt: '' },
	},
	thread: {
		id: 1,
		slug: 'ownership',
		question: 'What?',
		introduction: '',
		introductionHtml: '',
		host: author(9),
		lockedAt: null,
		liveCursor,
		createdAt: at,
		counts,
	},
	tab: 'all',
	sort: 'top',
	period: 'all',
	practice: null,
	featured: none,
	stories: none,
	definitions: { items, next: 'more' },
	mine: null,
	canLock: false,
	readers: 1,
	draft: '',
});

const view = viewThread(propsWith([definition(1), definition(2)]));
const apply = (from: ThreadView, ...events: ThreadEvent[]) =>
	events.reduce((now, event) => applyEvent(now, event, null), from);
const created = (post: Post): ThreadEvent => ({
	type: 'post.created',
	post: post as PublicPost,
	counts,
});
const ids = (posts: Answer[]) => posts.map(({ id }) => id);

describe('events', () => {
	test('announce new answers, which open above the list', () => {
		const after = apply(view, created(definition(3)), created(definition(4)));
		expect(ids(after.listed.definitions)).toEqual([1, 2]);
		expect(ids(after.fresh.definitions)).toEqual([4, 3]);
		const opened = openFresh(after, 'definitions');
		expect(ids(opened.arrived.definitions)).toEqual([4, 3]);
		expect(opened.fresh.definitions).toEqual([]);
	});

	test('tell a member that their definition was removed, and restored', () => {
		const mine = { id: 2, body: 'Mine.', removed: false };
		const own = viewThread({ ...propsWith([definition(1), definition(2)]), mine });
		const event = { type: 'post.removed', at, counts } as const;
		const removed = apply(own, { ...event, postId: 2 });
		for (const me of [null, member(2)]) {
			const after = applyEvent(own, { ...event, postId: 2 }, me);
			expect(after.mine).toEqual({ ...mine, removed: true });
		}
		expect(apply(own, { ...event, postId: 1 }).mine).toEqual(mine);
		const post = definition(2) as PublicPost;
		const restored = apply(removed, { type: 'post.restored', postId: 2, post, counts });
		expect(restored.mine).toEqual({ id: 2, body: post.body, removed: false });
		expect(apply(own, { type: 'post.deleted', postId: 2, counts }).mine).toBeNull();
	});

	test('never change the order', () => {
		const after = apply(view, { type: 'post.upvoted', postId: 2, score: 99 });
		expect(ids(after.listed.definitions)).toEqual([1, 2]);
		expect(after.listed.definitions[1]!.score).toBe(99);
	});
});

describe('data that was read again', () => {
	test('changes in place, keeps appended pages and announces what is new', () => {
		const longer = appendPage(view, 'definitions', {
			items: [definition(0)],
			next: 'further',
		});
		const fresh = propsWith([definition(2, { score: 8 }), definition(1, { body: 'Better' })], 5000);
		const { view: after, missing } = renewView(longer, fresh, [definition(3), definition(2)]);
		expect(ids(after.listed.definitions)).toEqual([1, 2, 0]);
		expect(after.listed.definitions[0]!.body).toBe('Better');
		expect(after.next.definitions).toBe('further');
		expect(ids(after.fresh.definitions)).toEqual([3]);
		expect(missing).toEqual([0]);
	});

	test('does not call an old answer new that has only risen', () => {
		const risen = propsWith([definition(1), definition(2)]);
		const { view: after } = renewView(viewThread(propsWith([definition(2)])), risen, []);
		expect(ids(readPosts(after))).toEqual([2]);
	});
});

describe('who is writing', () => {
	test('is told in at most two names', () => {
		expect(describeWriters([])).toBe('');
		expect(describeWriters(['Ines'])).toBe('Ines is writing …');
		expect(describeWriters(['Ines', 'Bo'])).toBe('Ines and Bo are writing …');
		expect(describeWriters(['Ines', 'Bo', 'Kim'])).toBe('Ines, Bo and 1 other are writing …');
		expect(describeWriters(['Ines', 'Bo', 'Kim', 'Lu'])).toBe(
			'Ines, Bo and 2 others are writing …',
		);
	});

	test('is named where the name is on the page, and never oneself', () => {
		const writers = new Writers(() => [author(1)]);
		writers.hear([
			{ handle: 'member1', postId: 7 },
			{ handle: 'stranger', postId: 7 },
			{ handle: 'myself', postId: 7 },
			{ handle: 'other', postId: 8 },
		]);
		expect(writers.describe(7, 'myself')).toBe('Member 1 and @stranger are writing …');
		expect(writers.describe(9, undefined)).toBe('');
	});
});
