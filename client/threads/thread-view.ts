import type { Me } from '../../server/accounts/schema.ts';
import type { PublicPost, ThreadEvent } from '../../server/live/schema.ts';
import type { Post, Practice, StoryCard } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';
import type { Thread, ThreadPageProps, ThreadTab } from '../../server/threads/schema.ts';
import {
	asSeenBy,
	changePost,
	changeThread,
	isVisible,
	type Shown,
	subjectOf,
} from '../live/change-post.ts';
import { toCard } from './card.ts';

export type Answer = Shown;
type Lists = { featured: Answer[]; definitions: Post[]; stories: StoryCard[] };
export type ListName = keyof Lists;
const listNames: ListName[] = ['featured', 'definitions', 'stories'];

/**
 * What a thread's page shows. `listed` is as the server sorted it, `fresh` has been
 * announced but not opened, `arrived` was opened or is one's own and stands above the list.
 */
export type ThreadView = {
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

/** The view after an event. Nothing changes its place. */
export function applyEvent(view: ThreadView, event: ThreadEvent, me: Me | null): ThreadView {
	const thread = changeThread(view.thread, event);
	const mine = changeMine(view.mine, event);
	const changed = changeAll({ ...view, thread, mine }, (post) =>
		changePost(post, event, { me, thread }),
	);
	switch (event.type) {
		case 'post.created':
		case 'post.restored':
			return announce(changed, event.post, me);
		case 'post.featured':
			return event.post
				? announceIn(changed, 'featured', asSeenBy<Post>(event.post, { me, thread }))
				: changed;
		case 'post.unfeatured':
			return forget(changed, event.postId, ['featured']);
		case 'post.deleted':
		case 'post.removed':
			return forget(changed, event.postId, listNames);
		default:
			return changed;
	}
}

function changeMine(mine: ThreadView['mine'], event: ThreadEvent): ThreadView['mine'] {
	if (!mine || subjectOf(event) !== mine.id) return mine;
	if (event.type === 'post.deleted') return null;
	if (event.type === 'post.removed') return { ...mine, removed: true };
	return 'post' in event && event.post
		? { id: mine.id, body: event.post.body, removed: false }
		: mine;
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
	let next: ThreadView = { ...view, thread, mine };
	for (const post of read.values()) {
		next = replacePost(next, post);
		const name = post.kind === 'story' ? 'stories' : 'definitions';
		if (post.kind !== 'reply' && post.id > latest && isVisible(post))
			next = announceIn(next, name, post);
		if (features.has(post.id)) next = announceIn(next, 'featured', post);
	}
	const missing = before.map(({ id }) => id).filter((id) => !read.has(id));
	return { view: next, missing: [...new Set(missing)] };
}

/** Every answer of a view, those not opened yet included. */
export const readPosts = ({ listed, fresh, arrived }: ThreadView): Answer[] =>
	[listed, fresh, arrived].flatMap((lists) => listNames.flatMap((name): Answer[] => lists[name]));

/** Takes over a post that was read for the member who looks on. */
export function replacePost(view: ThreadView, post: Answer): ThreadView {
	return changeAll(view, <P extends Answer>(known: P) => {
		if (known.id !== post.id) return known;
		return ('excerpt' in known || !('html' in post) ? toCard(post) : post) as P;
	});
}

function announceIn(view: ThreadView, name: ListName, post: Answer): ThreadView {
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

/** A new answer waits to be opened; one's own is there at once. */
function announce(view: ThreadView, made: PublicPost | null, me: Me | null): ThreadView {
	if (!made || made.kind === 'reply') return view;
	const name = made.kind === 'story' ? 'stories' : 'definitions';
	const post = asSeenBy<Post>(made, { me, thread: view.thread });
	if (post.author.id !== me?.id) return announceIn(view, name, post);
	const added = addOwn(view, post);
	return belongs(view, name, post) ? added : { ...view, mine: added.mine };
}

function belongs(
	{ tab, practice }: ThreadView,
	name: ListName,
	post: Pick<PublicPost, 'practices'>,
): boolean {
	if (tab !== 'all' && tab !== name) return false;
	return name === 'featured' || !practice || post.practices.includes(practice);
}

/** Changes posts wherever they stand; a list of which none changes stays the same one. */
export function changeAll(view: ThreadView, change: <P extends Answer>(post: P) => P): ThreadView {
	const inList = <P extends Answer>(posts: P[]): P[] => {
		const changed = posts.map(change);
		return changed.some((post, index) => post !== posts[index]) ? changed : posts;
	};
	const inLists = ({ featured, definitions, stories }: Lists): Lists => ({
		featured: inList(featured),
		definitions: inList(definitions),
		stories: inList(stories),
	});
	return {
		...view,
		listed: inLists(view.listed),
		fresh: inLists(view.fresh),
		arrived: inLists(view.arrived),
	};
}

/** Takes a post out of what has been announced and not opened. */
function forget(view: ThreadView, id: number, names: ListName[]): ThreadView {
	const kept = names.map((name) => [
		name,
		(view.fresh[name] as Answer[]).filter((post) => post.id !== id),
	]);
	return { ...view, fresh: { ...view.fresh, ...(Object.fromEntries(kept) as Partial<Lists>) } };
}
