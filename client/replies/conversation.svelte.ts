import { tick } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post, PostPageProps } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';
import type { Thread } from '../../server/threads/schema.ts';
import { announcements } from '../lib/announcements.svelte.ts';
import { ApiError, request } from '../lib/api.ts';
import { keepStill, showHeld, stayAt } from '../lib/still.ts';
import {
	applyEvent,
	asSeenBy,
	type ConversationState,
	isOnItsWay,
	waitingUnder,
	withOpened,
	withoutDraft,
	withPost,
	withPosts,
	withWritten,
} from '../posts/apply-event.ts';
import { hearScore } from '../upvotes/vote.svelte.ts';
import { draftReply } from './draft-reply.ts';
import { buildTree } from './tree.ts';
import { Writers } from './writers.svelte.ts';

type Reading = Pick<PostPageProps, 'thread' | 'post' | 'branch' | 'replies'>;

const KEPT_EVENTS = 500;
const RETRY_MS = 5_000;
/** Most replies that are read again after a long absence. */
const MOST_READ = 2_000;

/** Runs a change of one's own to a post and shows all of it, also what an event has brought before. */
async function showOwn(id: number, change: () => void): Promise<void> {
	const { activeElement } = document;
	await stayAt(activeElement, () => {
		change();
		return tick();
	});
	const post = document.getElementById(`post-${id}`);
	showHeld(post, post?.contains(activeElement) ? activeElement : post);
}

/** What an open answer's page shows, kept up with events without moving anything. */
export class Conversation {
	#state: ConversationState;
	#next: string | null;
	#isLoading = $state(false);
	#sort: string;
	#me: Me | null;
	/** the cursor everything shown is true at */
	#cursor: number;
	/** the last events, for data that was read before them and arrives after them */
	#events: { cursor: number; event: ThreadEvent }[] = [];
	#retry: ReturnType<typeof setTimeout> | undefined;
	#isOver = false;

	readonly folded = new SvelteSet<number>();
	readonly replying = new SvelteSet<number>();
	readonly editing = new SvelteSet<number>();
	/** replies that appeared since the page was opened */
	readonly arrived = new SvelteSet<number>();

	readonly writers = new Writers(() => {
		const { post, items, waiting } = this.#state;
		return [post, ...items, ...waiting].map(({ author }) => author);
	});

	readonly tree = $derived.by(() => buildTree(this.#state.items, this.root.id));
	readonly waiting = $derived.by(() => waitingUnder(this.#state));

	constructor(
		{ sort, replyTo, ...reading }: Reading & { sort: string; replyTo: number | null },
		me: Me | null,
	) {
		const { thread, post, branch, replies } = reading;
		this.#state = $state.raw({ thread, post, branch, items: replies.items, waiting: [] });
		this.#next = $state(replies.next);
		this.#cursor = thread.liveCursor;
		this.#sort = sort;
		this.#me = me;
		if (replyTo !== null) this.replying.add(replyTo);
	}

	get thread() {
		return this.#state.thread;
	}
	get post() {
		return this.#state.post;
	}
	get branch() {
		return this.#state.branch;
	}
	/** what the replies shown reply to */
	get root() {
		return this.#state.branch ?? this.#state.post;
	}
	get next() {
		return this.#next;
	}
	get isLoading() {
		return this.#isLoading;
	}
	get cursor() {
		return this.#cursor;
	}
	get memberId(): number | null {
		return this.#me?.id ?? null;
	}

	/** Everything shown, as the page's props. */
	get reading(): Reading {
		const { thread, post, branch, items } = this.#state;
		return {
			thread: { ...thread, liveCursor: this.#cursor },
			post,
			branch,
			replies: { items: items.filter((post) => !isOnItsWay(post)), next: this.#next },
		};
	}

	receive(event: ThreadEvent, cursor: number): void {
		if (cursor <= this.#cursor) return;
		this.#cursor = cursor;
		this.#events = [...this.#events.slice(1 - KEPT_EVENTS), { cursor, event }];
		if (event.type === 'post.upvoted') hearScore(event.postId, event.score);
		if (event.type === 'post.created' && event.post?.answerId === this.post.id)
			announcements.hear(event, this.#me?.id);
		this.#state = applyEvent(this.#state, event, this.#me);
	}

	/** Takes what was read again: what is here changes in place, what is later than all of it waits. */
	take({ thread, post, branch, replies }: Reading, me: Me | null): void {
		this.#me = me;
		const read = new Map(replies.items.map((reply) => [reply.id, reply]));
		const renew = (reply: Post) => read.get(reply.id) ?? reply;
		const [items, known] = [this.#state.items.map(renew), this.#state.waiting.map(renew)];
		const latest = Math.max(this.root.id, ...[...items, ...known].map(({ id }) => id));
		const waiting = [...known, ...replies.items.filter(({ id }) => id > latest)];
		this.#state = { thread, post, branch, items, waiting };
		this.#cursor = Math.max(this.#cursor, thread.liveCursor);
		this.#repeatAfter(thread.liveCursor);
	}

	/** Goes on for another member, or for nobody: what they may do shows at once, what they did is read. */
	become(me: Me | null): void {
		this.#me = me;
		const { thread } = this.#state;
		this.#state = withPosts(this.#state, (post) => asSeenBy(me, { ...post, viewer: null }, thread));
		void this.refresh();
	}

	/** Shows the replies that wait under the post `parentId` and returns the first. */
	open(parentId: number): Post | undefined {
		const opened = this.waiting.get(parentId) ?? [];
		for (const { id } of opened) this.arrived.add(id);
		this.folded.delete(parentId);
		this.#state = withOpened(this.#state, parentId);
		return opened[0];
	}

	/** Unfolds all that hides a reply. */
	unfold(id: number): void {
		const parents = new Map(this.#state.items.map((post) => [post.id, post.parentId]));
		for (let above = parents.get(id); above; above = parents.get(above)) this.folded.delete(above);
	}

	addOwn(reply: Post): void {
		this.arrived.add(reply.id);
		if (reply.parentId) this.folded.delete(reply.parentId);
		this.#state = withWritten(this.#state, reply);
	}

	/** Shows a reply before the server has it, and returns what takes it away again. */
	addDraft(parent: Post, body: string, me: Me): () => void {
		const draft = draftReply(parent, body, me);
		this.addOwn(draft);
		return () => {
			this.#state = withoutDraft(this.#state, draft.id);
		};
	}

	change(id: number, change: (post: Post) => Post): void {
		this.#state = withPost(this.#state, id, change);
	}

	/** Shows that an answer or a reply is gone; an event may say the same. */
	markDeleted(postId: number): void {
		const { counts } = this.#state.thread;
		this.#state = applyEvent(this.#state, { type: 'post.deleted', postId, counts }, this.#me);
	}

	/** Reads one post again after one's own change to it and shows it at once. Live events say the same, if they arrive. */
	async reread(id: number): Promise<void> {
		const readAfter = this.#cursor;
		const post = await request<Post>('GET', `/api/posts/${id}`).catch(() => null);
		if (post)
			await showOwn(id, () => {
				this.change(id, () => post);
				this.#repeatAfter(readAfter);
			});
	}

	/** Shows one's own deletion at once. */
	deleteOwn(id: number): Promise<void> {
		return showOwn(id, () => this.markDeleted(id));
	}

	/** Appends the next page and returns the id of the first reply that is new in it; throws ApiError. */
	async loadMore(): Promise<number | undefined> {
		if (!this.#next || this.#isLoading) return;
		this.#isLoading = true;
		const readAfter = this.#cursor;
		try {
			const { items, next } = await this.#readReplies(this.#next);
			const shown = new Set(this.#state.items.map(({ id }) => id));
			const read = new Set(items.map(({ id }) => id));
			const added = items.filter(({ id }) => !shown.has(id));
			this.#state = {
				...this.#state,
				items: [...this.#state.items, ...added],
				waiting: this.#state.waiting.filter(({ id }) => !read.has(id)),
			};
			this.#next = next;
			this.#repeatAfter(readAfter);
			return added[0]?.id;
		} finally {
			this.#isLoading = false;
		}
	}

	/** Reads everything shown again, because events are missing; tries until there is an answer or its page is gone. */
	async refresh(): Promise<void> {
		clearTimeout(this.#retry);
		try {
			const { thread, post, branch } = this.#state;
			// First, as everything else has to be at least as new as its cursor.
			const threadNow = await request<Thread>('GET', `/api/threads/${thread.slug}`);
			const [postNow, branchNow] = await Promise.all([
				request<Post>('GET', `/api/posts/${post.id}`),
				branch && request<Post>('GET', `/api/posts/${branch.id}`),
			]);
			const shown = new Set(this.#state.items.map(({ id }) => id));
			const items: Post[] = [];
			let cursor: string | null = '';
			do {
				const page: List<Post> = await this.#readReplies(cursor, 100);
				items.push(...page.items);
				for (const { id } of page.items) shown.delete(id);
				cursor = page.next;
			} while (cursor && shown.size > 0 && items.length < MOST_READ);
			const replies = { items, next: this.#next };
			keepStill(() =>
				this.take({ thread: threadNow, post: postNow, branch: branchNow, replies }, this.#me),
			);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (error.status === 404) keepStill(() => this.markDeleted(this.root.id));
			else if (!this.#isOver) this.#retry = setTimeout(() => void this.refresh(), RETRY_MS);
		}
	}

	/** Its page is gone: nothing is tried again. */
	end(): void {
		this.#isOver = true;
		clearTimeout(this.#retry);
	}

	#readReplies(cursor: string, limit = 30): Promise<List<Post>> {
		const query = new URLSearchParams({ sort: this.#sort, limit: String(limit) });
		if (cursor) query.set('cursor', cursor);
		return request<List<Post>>('GET', `/api/posts/${this.root.id}/replies?${query}`);
	}

	#repeatAfter(cursor: number): void {
		for (const past of this.#events) {
			if (past.cursor > cursor) this.#state = applyEvent(this.#state, past.event, this.#me);
		}
	}
}
