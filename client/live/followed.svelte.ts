import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post } from '../../server/posts/schema.ts';
import type { Thread } from '../../server/threads/schema.ts';
import { announcements } from '../lib/announcements.svelte.ts';
import { ApiError, request } from '../lib/api.ts';
import { type Presence, subscribe } from '../lib/live.svelte.ts';
import { keepStill } from '../lib/still.ts';
import { hearScore } from '../upvotes/vote.svelte.ts';
import { asSeenBy, type Shown } from './change-post.ts';

const MAX_EVENTS = 500;
const RETRY_MS = 5_000;

/** What a page shows of a thread, kept true by the thread's events. Pages say where posts stand in it. */
export abstract class Followed<View extends { thread: Thread }> {
	view: View;
	/** the cursor that everything shown is true at */
	cursor: number;
	protected me: Me | null;
	/** the last events, for data that was read before them and arrives after them */
	#events: { cursor: number; event: ThreadEvent }[] = [];
	#retry: ReturnType<typeof setTimeout> | undefined;
	#isOver = false;

	constructor(view: View, me: Me | null) {
		this.view = $state.raw(view);
		this.cursor = view.thread.liveCursor;
		this.me = me;
	}

	/** The view after an event. */
	protected abstract apply(view: View, event: ThreadEvent): View;
	/** The view with each of its posts changed. */
	protected abstract change(view: View, change: <P extends Shown>(post: P) => P): View;
	/** The view with a post as it was read. */
	protected abstract replace(view: View, post: Post): View;
	/** Reads everything that is shown again, with {@link retry} where that fails. */
	abstract refresh(): unknown;
	protected abstract hearPresence(presence: Presence): void;
	/** Whether what an event brings belongs to what is read here. */
	protected abstract isNews(event: ThreadEvent): boolean;

	get memberId(): number | null {
		return this.me?.id ?? null;
	}

	/** Follows the thread from here on. Returns a function that ends this. */
	follow(): () => void {
		const unsubscribe = subscribe(`thread:${this.view.thread.id}`, this.cursor, {
			onEvent: (event, cursor) => this.receive(event, cursor),
			onReset: () => void this.refresh(),
			onPresence: (presence) => this.hearPresence(presence),
		});
		return () => {
			unsubscribe();
			this.end();
		};
	}

	/** The page is closed: nothing is tried again. */
	end(): void {
		this.#isOver = true;
		clearTimeout(this.#retry);
	}

	receive(event: ThreadEvent, cursor: number): void {
		this.#events = [...this.#events.slice(1 - MAX_EVENTS), { cursor, event }];
		if (cursor <= this.cursor) return;
		this.cursor = cursor;
		if (event.type === 'post.upvoted') hearScore(event.postId, event.score);
		if (this.isNews(event)) announcements.hear(event, this.me?.id);
		this.view = this.apply(this.view, event);
	}

	/** Goes on for another member, or for nobody: what they may do shows at once, what they did is read. */
	become(me: Me | null): void {
		this.me = me;
		const { thread } = this.view;
		this.view = this.change(this.view, (post) =>
			asSeenBy({ ...post, viewer: null }, { me, thread }),
		);
		void this.refresh();
	}

	/** Shows a view of which a part was read at `cursor`, with what has happened since. */
	protected show(view: View, cursor: number): void {
		const past = this.#events.filter((event) => event.cursor > cursor);
		this.view = past.reduce((now, { event }) => this.apply(now, event), view);
		this.cursor = Math.max(this.cursor, cursor, past.at(-1)?.cursor ?? 0);
	}

	/**
	 * Reads one post again, and shows it, or that it is gone, by `how`.
	 *
	 * @throws {ApiError} if there is no answer
	 */
	protected async read(
		id: number,
		how: (change: () => void) => unknown = keepStill,
	): Promise<void> {
		const { cursor } = this;
		const post = await request<Post>('GET', `/api/posts/${id}`).catch((error: unknown) => {
			if (error instanceof ApiError && error.status === 404) return null;
			throw error;
		});
		await how(() => {
			if (post) this.show(this.replace(this.view, post), cursor);
			else this.markDeleted(id);
		});
	}

	/** Shows that a post is gone; an event may say the same. */
	protected markDeleted(postId: number): void {
		const { counts } = this.view.thread;
		this.view = this.apply(this.view, { type: 'post.deleted', postId, counts });
	}

	/** Refreshes again in a while, once, as long as the page is open. */
	protected retry(): void {
		clearTimeout(this.#retry);
		if (!this.#isOver) this.#retry = setTimeout(() => void this.refresh(), RETRY_MS);
	}
}
