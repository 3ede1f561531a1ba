import { router } from '@inertiajs/svelte';
import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post } from '../../server/posts/schema.ts';
import type { List, SharedProps } from '../../server/schema.ts';
import type { ThreadPageProps } from '../../server/threads/schema.ts';
import { ApiError, request } from '../lib/api.ts';
import type { Presence } from '../lib/live.svelte.ts';
import { keepStill } from '../lib/still.ts';
import { Followed } from '../live/followed.svelte.ts';
import { Writers } from '../replies/writers.svelte.ts';
import type { Selection } from './addresses.ts';
import {
	addOwn,
	type Answer,
	appendPage,
	applyEvent,
	changeAll,
	type ListName,
	openFresh,
	readPosts,
	renewView,
	replacePost,
	type ThreadView,
	viewThread,
} from './thread-view.ts';

type Kept = { memberId: number | null; cursor: number; view: ThreadView };

const MAX_READS_AT_ONCE = 6;

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
export class ThreadState extends Followed<ThreadView> {
	readers: number = $state(0);
	/** the list whose next page is on its way */
	loading: ListName | null = $state(null);
	/** why the last next page did not come */
	failure: { list: ListName; reason: string } | null = $state(null);
	readonly writers = new Writers(() => readPosts(this.view).map(({ author }) => author));

	constructor(props: ThreadPageProps, me: Me | null) {
		super(viewThread(props), me);
		this.readers = props.readers;
	}

	protected apply(view: ThreadView, event: ThreadEvent): ThreadView {
		return applyEvent(view, event, this.me);
	}
	protected change = changeAll;
	protected replace = replacePost;
	protected isNews(): boolean {
		return true;
	}
	protected hearPresence({ readers, typing }: Presence): void {
		this.readers = readers;
		this.writers.hear(typing);
	}

	/** What `restore` needs to show the page again as it is now. */
	keep(): Kept {
		const { memberId, cursor, view } = this;
		return $state.snapshot({ memberId, cursor, view }) as Kept;
	}

	/** Shows what was kept, unless that was for somebody else. */
	restore(kept: Kept | undefined): void {
		if (kept?.memberId !== this.memberId || kept.view.thread.id !== this.view.thread.id) return;
		this.view = kept.view;
		this.cursor = kept.cursor;
	}

	/** Reads the page's data again and takes it in; tries until that is done. */
	refresh(): void {
		const again = () => {
			this.retry();
			return false;
		};
		router.reload({
			only: ['thread', 'featured', 'definitions', 'stories', 'mine', 'readers'],
			onSuccess: ({ props }) =>
				void this.#take(props as unknown as ThreadPageProps & SharedProps).catch(
					(error: unknown) => {
						if (!(error instanceof ApiError)) throw error;
						again();
					},
				),
			onNetworkError: again,
			onHttpException: again,
		});
	}

	/**
	 * Takes what was read again into the page: nothing changes its place, and nothing leaves it.
	 *
	 * @throws {ApiError} if the rest cannot be read
	 */
	async #take(props: ThreadPageProps & SharedProps): Promise<void> {
		const newest = await this.#readNewest();
		let missing: number[] = [];
		keepStill(() => {
			this.me = props.me;
			const renewed = renewView(this.view, props, newest);
			({ missing } = renewed);
			this.readers = props.readers;
			this.show(renewed.view, props.thread.liveCursor);
		});
		for (let i = 0; i < missing.length; i += MAX_READS_AT_ONCE)
			await Promise.all(missing.slice(i, i + MAX_READS_AT_ONCE).map((id) => this.read(id)));
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
		const readAt = this.cursor;
		try {
			const page =
				name === 'featured' ? await readFeatured(cursor) : await this.#readAnswers(query);
			const { length } = this.view.listed[name];
			this.show(appendPage(this.view, name, page), readAt);
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
}
