import { tick } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post, PostPageProps } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';
import type { Thread } from '../../server/threads/schema.ts';
import { ApiError, request } from '../lib/api.ts';
import type { Presence } from '../lib/live.svelte.ts';
import { keepStill, showHeld, stayAt } from '../lib/still.ts';
import type { Shown } from '../live/change-post.ts';
import { Followed } from '../live/followed.svelte.ts';
import {
	applyEvent,
	type ConversationView,
	isOnItsWay,
	waitingUnder,
	withOpened,
	withoutDraft,
	withPost,
	withPosts,
	withWritten,
} from './conversation-view.ts';
import { draftReply } from './draft-reply.ts';
import { buildTree } from './tree.ts';
import { Writers } from './writers.svelte.ts';

type Reading = Pick<PostPageProps, 'thread' | 'post' | 'branch' | 'replies'>;

/** Most replies that are read again after a long absence. */
const MAX_READ = 2_000;

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
export class Conversation extends Followed<ConversationView> {
	#next: string | null;
	#isLoading = $state(false);
	#sort: string;

	readonly folded = new SvelteSet<number>();
	readonly replying = new SvelteSet<number>();
	readonly editing = new SvelteSet<number>();
	/** replies that appeared since the page was opened */
	readonly arrived = new SvelteSet<number>();

	readonly writers = new Writers(() => {
		const { post, items, waiting } = this.view;
		return [post, ...items, ...waiting].map(({ author }) => author);
	});

	readonly tree = $derived.by(() => buildTree(this.view.items, this.root.id));
	readonly waiting = $derived.by(() => waitingUnder(this.view));

	constructor(
		{ sort, replyTo, ...reading }: Reading & { sort: string; replyTo: number | null },
		me: Me | null,
	) {
		const { thread, post, branch, replies } = reading;
		super({ thread, post, branch, items: replies.items, waiting: [] }, me);
		this.#next = $state(replies.next);
		this.#sort = sort;
		if (replyTo !== null) this.replying.add(replyTo);
	}

	protected apply(view: ConversationView, event: ThreadEvent): ConversationView {
		return applyEvent(view, event, this.me);
	}
	protected change(view: ConversationView, change: <P extends Shown>(post: P) => P) {
		return withPosts(view, change);
	}
	protected replace(view: ConversationView, post: Post): ConversationView {
		return withPost(view, post.id, () => post);
	}
	protected isNews(event: ThreadEvent): boolean {
		return 'post' in event && event.post?.answerId === this.post.id;
	}
	protected hearPresence({ typing }: Presence): void {
		this.writers.hear(typing);
	}

	get thread() {
		return this.view.thread;
	}
	get post() {
		return this.view.post;
	}
	get branch() {
		return this.view.branch;
	}
	/** what the replies shown reply to */
	get root() {
		return this.view.branch ?? this.view.post;
	}
	get next() {
		return this.#next;
	}
	get isLoading() {
		return this.#isLoading;
	}

	/** Everything shown, as the page's props. */
	get reading(): Reading {
		const { thread, post, branch, items } = this.view;
		return {
			thread: { ...thread, liveCursor: this.cursor },
			post,
			branch,
			replies: { items: items.filter((post) => !isOnItsWay(post)), next: this.#next },
		};
	}

	/** Takes what was read again: what is here changes in place, what is later than all of it waits. */
	take({ thread, post, branch, replies }: Reading, me: Me | null): void {
		this.me = me;
		const read = new Map(replies.items.map((reply) => [reply.id, reply]));
		const renew = (reply: Post) => read.get(reply.id) ?? reply;
		const [items, known] = [this.view.items.map(renew), this.view.waiting.map(renew)];
		const latest = Math.max(this.root.id, ...[...items, ...known].map(({ id }) => id));
		const waiting = [...known, ...replies.items.filter(({ id }) => id > latest)];
		this.show({ thread, post, branch, items, waiting }, thread.liveCursor);
	}

	/** Shows the replies that wait under the post `parentId` and returns the first. */
	open(parentId: number): Post | undefined {
		const opened = this.waiting.get(parentId) ?? [];
		for (const { id } of opened) this.arrived.add(id);
		this.folded.delete(parentId);
		this.view = withOpened(this.view, parentId);
		return opened[0];
	}

	/** Unfolds all that hides a reply. */
	unfold(id: number): void {
		const parents = new Map(this.view.items.map((post) => [post.id, post.parentId]));
		for (let above = parents.get(id); above; above = parents.get(above)) this.folded.delete(above);
	}

	addOwn(reply: Post): void {
		this.arrived.add(reply.id);
		if (reply.parentId) this.folded.delete(reply.parentId);
		this.view = withWritten(this.view, reply);
	}

	/** Shows a reply before the server has it, and returns what takes it away again. */
	addDraft(parent: Post, body: string, me: Me): () => void {
		const draft = draftReply(parent, body, me);
		this.addOwn(draft);
		return () => {
			this.view = withoutDraft(this.view, draft.id);
		};
	}

	/** Shows a post as its author has revised it. */
	revise(post: Post): void {
		this.view = withPost(this.view, post.id, () => post);
	}

	/** Reads one post again after one's own change to it and shows it at once. Live events say the same, if they arrive. */
	async reread(id: number): Promise<void> {
		try {
			await this.read(id, (change) => showOwn(id, change));
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
		}
	}

	/** Shows one's own deletion at once. */
	deleteOwn(id: number): Promise<void> {
		return showOwn(id, () => this.markDeleted(id));
	}

	/** Appends the next page and returns the id of the first reply that is new in it; throws ApiError. */
	async loadMore(): Promise<number | undefined> {
		if (!this.#next || this.#isLoading) return;
		this.#isLoading = true;
		const readAt = this.cursor;
		try {
			const { items, next } = await this.#readReplies(this.#next);
			const shown = new Set(this.view.items.map(({ id }) => id));
			const read = new Set(items.map(({ id }) => id));
			const added = items.filter(({ id }) => !shown.has(id));
			const view = {
				...this.view,
				items: [...this.view.items, ...added],
				waiting: this.view.waiting.filter(({ id }) => !read.has(id)),
			};
			this.#next = next;
			this.show(view, readAt);
			return added[0]?.id;
		} finally {
			this.#isLoading = false;
		}
	}

	/** Reads everything shown again, because events are missing; tries until there is an answer or its page is gone. */
	async refresh(): Promise<void> {
		try {
			const { thread, post, branch } = this.view;
			// First, as everything else has to be at least as new as its cursor.
			const threadNow = await request<Thread>('GET', `/api/threads/${thread.slug}`);
			const [postNow, branchNow] = await Promise.all([
				request<Post>('GET', `/api/posts/${post.id}`),
				branch && request<Post>('GET', `/api/posts/${branch.id}`),
			]);
			const shown = new Set(this.view.items.map(({ id }) => id));
			const items: Post[] = [];
			let cursor: string | null = '';
			do {
				const page: List<Post> = await this.#readReplies(cursor, 100);
				items.push(...page.items);
				for (const { id } of page.items) shown.delete(id);
				cursor = page.next;
			} while (cursor && shown.size > 0 && items.length < MAX_READ);
			const replies = { items, next: this.#next };
			keepStill(() =>
				this.take({ thread: threadNow, post: postNow, branch: branchNow, replies }, this.me),
			);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (error.status === 404) keepStill(() => this.markDeleted(this.root.id));
			else this.retry();
		}
	}

	#readReplies(cursor: string, limit = 30): Promise<List<Post>> {
		const query = new URLSearchParams({ sort: this.#sort, limit: String(limit) });
		if (cursor) query.set('cursor', cursor);
		return request<List<Post>>('GET', `/api/posts/${this.root.id}/replies?${query}`);
	}
}
