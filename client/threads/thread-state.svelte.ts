import { router } from '@inertiajs/svelte';
import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post } from '../../server/posts/schema.ts';
import type { List } from '../../server/schema.ts';
import type { ThreadPageProps } from '../../server/threads/schema.ts';
import { announcements } from '../lib/announcements.svelte.ts';
import { ApiError, request } from '../lib/api.ts';
import { subscribe } from '../lib/live.svelte.ts';
import { keepStill } from '../lib/still.ts';
import { Writers } from '../replies/writers.svelte.ts';
import { hearScore } from '../upvotes/vote.svelte.ts';
import type { Selection } from './addresses.ts';
import {
	addOwn,
	type Answer,
	appendPage,
	applyEvent,
	type ListName,
	markGone,
	openFresh,
	readPosts,
	renewView,
	replacePost,
	type ThreadView,
	viewThread,
} from './thread-view.ts';

type Kept = { memberId: number | null; view: ThreadView };

const KEPT_EVENTS = 500;
const READS_AT_ONCE = 6;

/** The next page of the tab “featured”, whose order only the page has. */
function readFeatured(cursor: string): Promise<List<Answer>> {
	return new Promise((resolve, reject) => {
		const fail = (status: number, detail: string) => {
			reject(new ApiError({ type: 'about:blank', status, title: 'Not loaded', detail }));
			return false;
		};
		router.reload({
			only: ['featured'],
			data: { tab: 'featured', cursor },
			preserveUrl: true,
			onSuccess: ({ props }) => resolve(props.featured as List<Answer>),
			onNetworkError: () =>
				fail(0, 'The site did not answer. Check your connection and try again.'),
			onHttpException: ({ status }) =>
				fail(status, 'The server could not do this. Try again in a moment.'),
			onCancel: () => fail(0, 'Nothing more was loaded. Try again.'),
			onFinish: () => fail(409, 'The site is another one since. Load the page again to see more.'),
		});
	});
}

/** What a thread's page shows, kept up to date while it is followed. */
export class ThreadState {
	view: ThreadView = $state.raw({} as ThreadView);
	readers: number = $state(0);
	/** the list whose next page is on its way */
	loading: ListName | null = $state(null);
	/** why the last next page did not come */
	failure: { list: ListName; reason: string } | null = $state(null);
	readonly writers: Writers;

	#me: Me | null;
	/** the last events, for data that was read before them and arrives after them */
	#events: { cursor: number; event: ThreadEvent }[] = [];

	constructor(props: ThreadPageProps, me: Me | null) {
		this.#me = me;
		this.view = viewThread(props);
		this.readers = props.readers;
		this.writers = new Writers(() => readPosts(this.view).map(({ author }) => author));
	}

	get memberId(): number | null {
		return this.#me?.id ?? null;
	}

	/** What `restore` needs to show the page again as it is now. */
	keep(): Kept {
		return $state.snapshot({ memberId: this.memberId, view: this.view }) as Kept;
	}

	/** Shows what was kept, unless that was for somebody else. */
	restore(kept: Kept | undefined): void {
		if (kept?.memberId === this.memberId && kept.view.thread.id === this.view.thread.id)
			this.view = kept.view;
	}

	/** Follows the thread from here on; `reload` reads its data again. Returns a function that ends this. */
	follow(reload: () => void): () => void {
		const { thread, cursor } = this.view;
		return subscribe(`thread:${thread.id}`, cursor, {
			onEvent: (event, at) => {
				this.#events = [...this.#events.slice(1 - KEPT_EVENTS), { cursor: at, event }];
				if (event.type === 'post.upvoted') hearScore(event.postId, event.score);
				if (at > this.view.cursor) announcements.hear(event, this.#me?.id);
				this.view = applyEvent(this.view, at, event, this.#me);
			},
			onReset: reload,
			onPresence: ({ readers, typing }) => {
				this.readers = readers;
				this.writers.hear(typing);
			},
		});
	}

	/**
	 * Takes what was read again into the page: nothing changes its place, and nothing leaves it.
	 *
	 * @throws {ApiError} if the rest cannot be read
	 */
	async take(props: ThreadPageProps, me: Me | null): Promise<void> {
		const newest = await this.#readNewest();
		let missing: number[] = [];
		keepStill(() => {
			this.#me = me;
			const { cursor } = this.view;
			const renewed = renewView(this.view, props, newest);
			({ missing } = renewed);
			this.readers = props.readers;
			this.view = this.#repeatAfter(props.thread.liveCursor, renewed.view, cursor);
		});
		for (let i = 0; i < missing.length; i += READS_AT_ONCE)
			await Promise.all(missing.slice(i, i + READS_AT_ONCE).map((id) => this.#reread(id)));
	}

	/** Shows the announced answers of a list and returns the first one's id. */
	open(name: ListName): number | undefined {
		const first = this.view.fresh[name][0]?.id;
		this.view = openFresh(this.view, name);
		return first;
	}

	add(post: Post): void {
		this.view = addOwn(this.view, post);
	}

	/** Appends the next page of a list and returns the id of the first that is new in it. */
	async more(name: ListName, { sort, period, practice }: Selection): Promise<number | undefined> {
		const cursor = this.view.next[name];
		if (this.loading || !cursor) return;
		const query = new URLSearchParams({ sort, period, cursor });
		query.set('kind', name === 'stories' ? 'story' : 'definition');
		if (practice && name === 'stories') query.set('practice', practice);

		this.loading = name;
		this.failure = null;
		const readAfter = this.view.cursor;
		try {
			const page =
				name === 'featured' ? await readFeatured(cursor) : await this.#readAnswers(query);
			const { length } = this.view.listed[name];
			this.view = this.#repeatAfter(readAfter, appendPage(this.view, name, page));
			return this.view.listed[name][length]?.id;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.failure = { list: name, reason: error.message };
		} finally {
			this.loading = null;
		}
	}

	async #readNewest(): Promise<Answer[]> {
		const query = new URLSearchParams({ sort: 'new', limit: '100' });
		return (await this.#readAnswers(query)).items;
	}

	#readAnswers(query: URLSearchParams): Promise<List<Answer>> {
		return request('GET', `/api/threads/${this.view.thread.slug}/posts?${query}`);
	}

	async #reread(id: number): Promise<void> {
		const readAfter = this.view.cursor;
		try {
			const post = await request<Post>('GET', `/api/posts/${id}`);
			keepStill(() => {
				this.view = this.#repeatAfter(readAfter, replacePost(this.view, post));
			});
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 404) throw error;
			keepStill(() => {
				this.view = markGone(this.view, id, this.#me);
			});
		}
	}

	/** The view with the events that came after `cursor`, at least up to where it was. */
	#repeatAfter(cursor: number, view: ThreadView, reached = view.cursor): ThreadView {
		const past = this.#events.filter((event) => event.cursor > cursor);
		const renewed = past.reduce(
			(now, { event }) => applyEvent(now, now.cursor + 1, event, this.#me),
			view,
		);
		return { ...renewed, cursor: Math.max(cursor, reached, past.at(-1)?.cursor ?? 0) };
	}
}
