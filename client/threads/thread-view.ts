import type { Me } from '../../server/accounts/schema.ts';
import type { PublicPost, ThreadEvent } from '../../server/live/schema.ts';
import type { Post, Practice, StoryCard } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';
import type {
	Thread,
	ThreadCounts,
	ThreadPageProps,
	ThreadTab,
} from '../../server/threads/schema.ts';
import { toCard } from './card.ts';
import { isModerator, viewerOf } from './viewer.ts';

export type Answer = Post | StoryCard;
type Lists = { featured: Answer[]; definitions: Post[]; stories: StoryCard[] };
export type ListName = keyof Lists;
const listNames: ListName[] = ['featured', 'definitions', 'stories'];

/**
 * What a thread's page shows, true at `cursor`. `listed` is as the server sorted it, `fresh` has been
 * announced but not opened, `arrived` was opened or is one's own and stands above the list.
 */
export type ThreadView = {
	cursor: number;
	thread: Thread;
	tab: ThreadTab;
	practice: Practice | null;
	listed: Lists;
	next: Record<ListName, string | null>;
	fresh: Lists;
	arrived: Lists;
	mine: ThreadPageProps['mine'];
};

const none = (): Lists => ({ featured: [], definitions: [], stories: [] });

export function viewThread(props: ThreadPageProps): ThreadView {
	const { thread, tab, practice, mine, featured, definitions, stories } = props;
	return {
		cursor: thread.liveCursor,
		thread,
		tab,
		practice,
		mine,
		listed: {
			featured: featured.items.map(shapeFor('featured')),
			definitions: definitions.items,
			stories: stories.items,
		},
		next: { featured: featured.next, definitions: definitions.next, stories: stories.next },
		fresh: none(),
		arrived: none(),
	};
}

/** The view after an event; the same view for an event that it already holds. Nothing changes its place. */
export function applyEvent(
	view: ThreadView,
	cursor: number,
	event: ThreadEvent,
	me: Me | null,
): ThreadView {
	if (cursor <= view.cursor) return view;
	return { ...change(view, event, me), cursor };
}

function change(view: ThreadView, event: ThreadEvent, me: Me | null): ThreadView {
	switch (event.type) {
		case 'post.created':
		case 'post.restored':
			return announce(count(view, event), event.post, me);
		case 'post.edited':
			return event.post ? rewrite(view, event.post, me) : view;
		case 'post.upvoted':
			return edit(view, event.postId, (post) => ({ ...post, score: event.score }));
		case 'post.featured': {
			const { feature } = event;
			const marked = event.post
				? rewrite(view, event.post, me)
				: edit(view, event.postId, (post) => ({ ...post, feature }));
			return event.post ? announceIn(marked, 'featured', event.post, me) : marked;
		}
		case 'post.unfeatured': {
			const plain = event.post ? rewrite(view, event.post, me) : view;
			return edit(forget(plain, event.postId, ['featured']), event.postId, (post) => ({
				...post,
				feature: null,
			}));
		}
		case 'post.deleted':
			return empty(count(view, event), event.postId, { deletedAt: new Date().toISOString() }, me);
		case 'post.removed': {
			const mine = view.mine?.id === event.postId ? { ...view.mine, removed: true } : view.mine;
			const counted = forget({ ...count(view, event), mine }, event.postId, listNames);
			if (!mayReadRemoved(view, event.postId, me))
				return empty(counted, event.postId, { removal: { at: event.at } }, me);
			return edit(counted, event.postId, (post) =>
				asSeenBy(view, me, {
					...post,
					...('excerpt' in post && { excerpt: '' }),
					feature: null,
					removal: { at: event.at, reason: post.removal?.reason },
				}),
			);
		}
		case 'thread.locked':
			return lock(view, event.at, me);
		case 'thread.unlocked':
			return lock(view, null, me);
	}
}

/** Puts the announced answers of one list on the page, above it. */
export function openFresh(view: ThreadView, name: ListName): ThreadView {
	return {
		...view,
		fresh: { ...view.fresh, [name]: [] },
		arrived: { ...view.arrived, [name]: [...view.fresh[name], ...view.arrived[name]] },
	};
}

/** Adds the next page of a list, without what is on the page already. */
export function appendPage(view: ThreadView, name: ListName, page: List<Answer>): ThreadView {
	const known = new Set([...view.listed[name], ...view.arrived[name]].map(({ id }) => id));
	const items = page.items.filter(({ id }) => !known.has(id));
	const added = new Set(items.map(({ id }) => id));
	return {
		...view,
		listed: { ...view.listed, [name]: [...view.listed[name], ...items.map(shapeFor(name))] },
		fresh: { ...view.fresh, [name]: view.fresh[name].filter(({ id }) => !added.has(id)) },
		next: { ...view.next, [name]: page.next },
	};
}

/**
 * The view with data that was read again: what is shown changes in place, and `newest`, the latest
 * answers of their thread, are announced as far as they are not on the page.
 */
export function renewView(
	view: ThreadView,
	props: ThreadPageProps,
	newest: Answer[],
): { view: ThreadView; missing: number[] } {
	const { thread, mine } = props;
	const read = new Map(
		[...props.featured.items, ...props.definitions.items, ...props.stories.items, ...newest].map(
			(post) => [post.id, post],
		),
	);
	const features = new Set(props.featured.items.map(({ id }) => id));
	const before = readPosts(view);
	const latest = Math.max(0, ...before.map(({ id }) => id));
	let next: ThreadView = { ...view, thread, mine, cursor: thread.liveCursor };
	for (const post of read.values()) {
		next = replacePost(next, post);
		const name = post.kind === 'story' ? 'stories' : 'definitions';
		if (
			post.kind !== 'reply' &&
			post.id > latest &&
			post.removal === null &&
			post.deletedAt === null
		)
			next = announceRead(next, name, post);
		if (features.has(post.id)) next = announceRead(next, 'featured', post);
	}
	const missing = before.map(({ id }) => id).filter((id) => !read.has(id));
	return { view: next, missing: [...new Set(missing)] };
}

/** Every answer of a view, those not opened yet included. */
export const readPosts = ({ listed, fresh, arrived }: ThreadView): Answer[] =>
	[listed, fresh, arrived].flatMap((lists) => listNames.flatMap((name): Answer[] => lists[name]));

/** Takes over a post that was read for the member who looks on. */
export function replacePost(view: ThreadView, post: Answer): ThreadView {
	return edit(view, post.id, (known) =>
		'excerpt' in known || !('html' in post) ? toCard(post) : post,
	);
}

export function markGone(view: ThreadView, id: number, me: Me | null): ThreadView {
	return empty(view, id, { deletedAt: new Date().toISOString() }, me);
}

function announceRead(view: ThreadView, name: ListName, post: Answer): ThreadView {
	if (holds(view, name, post.id) || !belongs(view, name, post)) return view;
	return { ...view, fresh: { ...view.fresh, [name]: [shapeFor(name)(post), ...view.fresh[name]] } };
}

/** Shows one's own answer at once. */
export function addOwn(view: ThreadView, post: Post): ThreadView {
	const name = post.kind === 'story' ? 'stories' : 'definitions';
	const mine =
		post.kind === 'definition' ? { id: post.id, body: post.body, removed: false } : view.mine;
	if (holds(view, name, post.id)) return { ...view, mine };
	return {
		...view,
		mine,
		arrived: { ...view.arrived, [name]: [shapeFor(name)(post), ...view.arrived[name]] },
	};
}

const shapeFor = (name: ListName) => (post: Answer) =>
	(name === 'definitions' || post.kind === 'definition' ? post : toCard(post)) as Post & StoryCard;

const holds = ({ listed, fresh, arrived }: ThreadView, name: ListName, id: number) =>
	[listed, fresh, arrived].some((lists) => lists[name].some((post) => post.id === id));

function count(
	view: ThreadView,
	{ counts, answer }: { counts: ThreadCounts; answer?: { id: number; replyCount: number } },
): ThreadView {
	const counted = { ...view, thread: { ...view.thread, counts } };
	if (!answer) return counted;
	return edit(counted, answer.id, (post) => ({ ...post, replyCount: answer.replyCount }));
}

/** A new answer waits to be opened; one's own is there at once; one on the page is brought up to date. */
function announce(view: ThreadView, post: PublicPost | null, me: Me | null): ThreadView {
	if (!post || post.kind === 'reply') return view;
	const known = rewrite(view, post, me);
	const name = post.kind === 'story' ? 'stories' : 'definitions';
	if (post.author.id !== me?.id) return announceIn(known, name, post, me);
	const added = addOwn(known, { ...post, viewer: viewerOf(post, me, { locked: isLocked(view) }) });
	return belongs(known, name, post) ? added : { ...known, mine: added.mine };
}

function announceIn(view: ThreadView, name: ListName, post: PublicPost, me: Me | null) {
	if (holds(view, name, post.id) || !belongs(view, name, post)) return view;
	const mineToo = shapeFor(name)({
		...post,
		viewer: viewerOf(post, me, { locked: isLocked(view) }),
	});
	return { ...view, fresh: { ...view.fresh, [name]: [mineToo, ...view.fresh[name]] } };
}

function belongs(
	{ tab, practice }: ThreadView,
	name: ListName,
	post: Pick<PublicPost, 'practices'>,
): boolean {
	if (tab !== 'all' && tab !== name) return false;
	return name === 'featured' || !practice || post.practices.includes(practice);
}

const isLocked = ({ thread }: ThreadView) => thread.lockedAt !== null;

function lock(view: ThreadView, lockedAt: string | null, me: Me | null): ThreadView {
	const locked = { ...view, thread: { ...view.thread, lockedAt } };
	return edit(locked, null, (post) => asSeenBy(locked, me, post));
}

/** The post with what `me` may do to it. */
function asSeenBy(view: ThreadView, me: Me | null, post: Answer): Answer {
	const upvoted = post.viewer?.upvoted ?? false;
	return { ...post, viewer: viewerOf(post, me, { locked: isLocked(view), upvoted }) };
}

/** Alters one post, or with null every one, wherever it stands. */
function edit(view: ThreadView, id: number | null, alter: (post: Answer) => Answer): ThreadView {
	const isMeant = (post: Answer) => id === null || post.id === id;
	const inLists = (lists: Lists): Lists => {
		const found = listNames.filter((name) => lists[name].some(isMeant));
		if (found.length === 0) return lists;
		const altered = found.map((name) => [
			name,
			(lists[name] as Answer[]).map((post) => (isMeant(post) ? alter(post) : post)),
		]);
		return { ...lists, ...(Object.fromEntries(altered) as Partial<Lists>) };
	};
	return {
		...view,
		listed: inLists(view.listed),
		fresh: inLists(view.fresh),
		arrived: inLists(view.arrived),
	};
}

/** Takes over everything of a post but what the member did to it. */
function rewrite(view: ThreadView, post: PublicPost, me: Me | null): ThreadView {
	const mine =
		view.mine?.id === post.id ? { id: post.id, body: post.body, removed: false } : view.mine;
	return edit({ ...view, mine }, post.id, (known) =>
		asSeenBy(view, me, {
			...('excerpt' in known ? toCard(post) : post),
			viewer: known.viewer,
		}),
	);
}

function forget(view: ThreadView, id: number, names: ListName[]): ThreadView {
	const kept = names.map((name) => [
		name,
		(view.fresh[name] as Answer[]).filter((post) => post.id !== id),
	]);
	return { ...view, fresh: { ...view.fresh, ...(Object.fromEntries(kept) as Partial<Lists>) } };
}

function mayReadRemoved(view: ThreadView, id: number, me: Me | null): boolean {
	if (!me) return false;
	if (isModerator(me)) return true;
	const lists = [view.listed, view.arrived].flatMap((of) => listNames.flatMap((name) => of[name]));
	return lists.some((post) => post.id === id && post.author.id === me.id);
}

/** Leaves a tombstone in the post's place. */
function empty(
	view: ThreadView,
	id: number,
	end: { deletedAt: string } | { removal: { at: string } },
	me: Me | null,
): ThreadView {
	const mine = 'deletedAt' in end && view.mine?.id === id ? null : view.mine;
	return edit(forget({ ...view, mine }, id, listNames), id, (post) =>
		asSeenBy(view, me, {
			...post,
			...('excerpt' in post ? { excerpt: '' } : { body: '', html: '' }),
			...end,
			title: null,
			feature: null,
		}),
	);
}
