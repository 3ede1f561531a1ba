import { usePage } from '@inertiajs/svelte';
import { createStore, del, get, set, values } from 'idb-keyval';
import type { Problem, SharedProps } from '../../server/schema.ts';
import { ApiError, type Method, request, type RequestOptions } from '../lib/api.ts';
import { changeDraft, isEqual, loadDraft } from '../lib/kept-drafts.ts';
import { writeItem } from '../lib/storage.ts';
import { openChannel } from '../lib/tabs.ts';

type Unsent = { method: Method; path: string; body?: unknown } & RequestOptions;

/** A request that waits on this device, and what it is to its member. */
export type Waiting = {
	id: string;
	/** the account that made it, and the only one that it is sent for */
	owner: number;
	kind: 'definition' | 'reply' | 'vote';
	/** what was written; nothing for a vote */
	words: string;
	/** the page that it was made on */
	href: string;
	/** what keeps the words of its form */
	draft: string | null;
	request: Unsent;
	/** when it was made, and first sent; RFC 3339 */
	at: string;
	triedAt: string | null;
	/** why it was not taken; it waits for its member's decision then */
	refusal: string | null;
};

type Outcome = { answer: unknown } | { problem: Problem };
type Promised = { resolve(answer: unknown): void; reject(error: ApiError): void };
type Message = { id: string; outcome: Outcome } | null;

/** Where `localStorage` says that something waits, for pages that have not loaded this. */
const flag = 'outbox';
const minRetryMs = 2_000;
const maxRetryMs = 60_000;
/** How long the server knows an idempotency key, less an hour, in ms. */
const keyLifetimeMs = 82_800_000;
/** No refusals: not signed in, and what may be otherwise when it is tried again. */
const passing = new Set([401, 408, 425, 429]);

const unsent = (detail: string): Problem => ({
	type: 'about:blank',
	status: 0,
	title: 'Not sent',
	detail,
});

/** What a request means; null for one that is not kept. */
function describe({
	method,
	path,
	body,
}: Unsent): Pick<Waiting, 'kind' | 'words' | 'draft'> | null {
	const { kind, body: words = '' } = (body ?? {}) as { kind?: string; body?: string };
	const [, answered] = /^\/api\/posts\/(\d+)\/replies$/.exec(path) ?? [];
	if (answered && method === 'POST') return { kind: 'reply', words, draft: `reply:${answered}` };
	const [, slug] = /^\/api\/threads\/([^/]+)\/posts$/.exec(path) ?? [];
	if (slug && kind === 'definition') return { kind, words, draft: `definition:${slug}` };
	if (/^\/api\/posts\/\d+\/upvote$/.test(path)) return { kind: 'vote', words: '', draft: null };
	return null;
}

/** Runs one tab's turn after the other; where there are no locks, or none are given, keys and accounts still hold. */
async function takeTurn(run: () => Promise<void>): Promise<void> {
	let isRun = false;
	const turn = () => {
		isRun = true;
		return run();
	};
	await navigator.locks?.request('outbox', turn).catch((error: unknown) => {
		if (isRun) throw error;
	});
	if (!isRun) await turn();
}

/** What members wrote and chose while the line was away, until it is sent or taken back. */
class Outbox {
	/** everything that waits here, of every account, in the order in which it was made */
	items: Waiting[] = $state.raw([]);

	readonly #store = createStore('outbox', 'waiting');
	readonly #channel = openChannel('outbox');
	/** whoever has asked for it on this page and waits for an answer */
	readonly #promised = new Map<string, Promised[]>();
	#timer: ReturnType<typeof setTimeout> | undefined;
	#failures = 0;

	constructor() {
		this.#channel?.addEventListener('message', ({ data }: MessageEvent<Message>) => {
			if (data) this.#settle(data.id, data.outcome);
			else void this.#read();
		});
		window.addEventListener('online', () => void this.send());
		document.addEventListener('visibilitychange', () => {
			if (document.visibilityState === 'visible') void this.send();
		});
		this.#read().then(
			() => this.#showVotes(),
			// A browser without a store has kept nothing, and will not.
			() => {},
		);
	}

	/** What waits of the account that is signed in. */
	get own(): Waiting[] {
		const { me } = usePage<SharedProps>().props;
		return this.items.filter(({ owner }) => owner === me?.id);
	}

	/** The same, read anew: nothing where the browser has no store. */
	async readOwn(): Promise<Waiting[]> {
		await this.#read().catch(() => {});
		return this.own;
	}

	/** Drops what waits of an account, its words with it. */
	async forget(owner: number): Promise<void> {
		for (const item of await values<Waiting>(this.#store))
			if (item.owner === owner) await del(item.id, this.#store);
		await this.#change();
	}

	/**
	 * Keeps a request until the line is back, and answers what the server answers then. From `onWaiting` on its words are
	 * here and no longer in their draft; taken back, they return there.
	 *
	 * @throws {ApiError} `error` if it cannot wait; otherwise as the server refuses it, or, with status 0, once it is
	 * taken back. A refusal stays here as well, unless it is of a vote.
	 */
	async wait<T>(request: Unsent, error: ApiError, onWaiting?: () => void): Promise<T> {
		const described = describe(request);
		const { me } = usePage<SharedProps>().props;
		if (!described || !me) throw error;
		const item: Waiting = {
			...described,
			id: request.idempotencyKey ?? `${request.path} ${Date.now()}`,
			owner: me.id,
			href: location.pathname + location.search,
			request: { ...request, account: me.id },
			at: new Date().toISOString(),
			triedAt: new Date().toISOString(),
			refusal: null,
		};
		const promised = new Promise<T>((resolve, reject) => {
			const mine = { resolve: resolve as Promised['resolve'], reject };
			this.#promised.set(item.id, [...(this.#promised.get(item.id) ?? []), mine]);
		});
		promised.catch(() => {});
		try {
			await this.#replaceVote(item);
			await set(item.id, item, this.#store);
		} catch {
			this.#promised.delete(item.id);
			throw error;
		}
		onWaiting?.();
		this.#takeWords(item);
		await this.#change();
		// The line may be back already.
		void this.send();
		return promised;
	}

	/** Sends what waits of this account, in order, each until there is an answer; one tab at a time. */
	async send(): Promise<void> {
		clearTimeout(this.#timer);
		if (!navigator.onLine || this.own.every(({ refusal }) => refusal)) return;
		let isDone = true;
		await takeTurn(async () => {
			await this.#read();
			for (const item of this.own) {
				if (item.refusal) continue;
				isDone = await this.#sendOne(item);
				if (!isDone) break;
			}
		});
		await this.#change();
		this.#failures = isDone ? 0 : this.#failures + 1;
		const longest = Math.min(maxRetryMs, minRetryMs * 2 ** this.#failures);
		if (!this.own.every(({ refusal }) => refusal))
			this.#timer = setTimeout(() => void this.send(), longest * (0.5 + Math.random() / 2));
	}

	/** Takes a request back that was not answered yet; its words return to their draft, if that can be kept. */
	async takeBack({ id }: Waiting): Promise<void> {
		await takeTurn(async () => {
			const item = await get<Waiting>(id, this.#store);
			if (!item || !this.#giveWordsBack(item)) return;
			await del(id, this.#store);
			this.#tell(id, { problem: unsent('Taken back. It was not sent.') });
		});
		await this.#change();
	}

	/** Sends what was refused once more, as another request. */
	async sendAgain(item: Waiting): Promise<void> {
		const idempotencyKey = item.request.idempotencyKey && `${item.id}-${Date.now()}`;
		const request = { ...item.request, idempotencyKey };
		await set(item.id, { ...item, request, refusal: null, triedAt: null }, this.#store);
		await this.#change();
		await this.send();
	}

	/** Returns whether there was an answer. */
	async #sendOne(item: Waiting): Promise<boolean> {
		const { id, request: unsentRequest, triedAt, at } = item;
		if (triedAt && Date.now() - Date.parse(triedAt) > keyLifetimeMs && item.kind !== 'vote') {
			const refusal =
				'It was tried more than a day ago and may have arrived. Look before you send it.';
			await set(id, { ...item, refusal }, this.#store);
			return true;
		}
		if (!triedAt) await set(id, { ...item, triedAt: new Date().toISOString() }, this.#store);
		const { method, path, body, ...options } = unsentRequest;
		try {
			const answer = await request(method, path, body, options);
			await this.#end(item);
			this.#tell(id, { answer });
			return true;
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			const { status, message, problem } = error;
			if (status < 400 || status >= 500 || passing.has(status)) return false;
			if (this.#isAwaited(item)) await del(id, this.#store);
			else if ((await get<Waiting>(id, this.#store))?.at === at)
				await set(id, { ...item, refusal: message }, this.#store);
			this.#tell(id, { problem });
			return true;
		}
	}

	async #end(item: Waiting): Promise<void> {
		const { id, owner, kind, request } = item;
		const { path, method } = request;
		this.#takeWords(item, { isPosted: true });
		await del(id, this.#store);
		if (kind === 'vote') showVote(owner, path, method);
	}

	/** Of several votes on a post the last one waits; it answers for all. */
	async #replaceVote({ id, kind, owner, request: { path } }: Waiting): Promise<void> {
		if (kind !== 'vote') return;
		for (const other of await values<Waiting>(this.#store)) {
			if (other.owner !== owner || other.request.path !== path || other.id === id) continue;
			await del(other.id, this.#store);
			const before = this.#promised.get(other.id) ?? [];
			this.#promised.delete(other.id);
			this.#promised.set(id, [...before, ...(this.#promised.get(id) ?? [])]);
		}
	}

	/** Words that are here are no draft. What else is typed there is to be kept anew: with a post the server drops its copy. */
	#takeWords({ draft, owner, words }: Waiting, { isPosted = false } = {}): void {
		const kept = draft && loadDraft(draft, owner);
		if (!kept) return;
		if (isEqual(kept.content, { body: words })) changeDraft(draft, owner, null);
		else if (isPosted) changeDraft(draft, owner, { ...kept, saved: null, isSaved: false });
	}

	/** Puts the words before what was typed in their form since. Returns whether they are kept there. */
	#giveWordsBack({ draft, owner, words }: Waiting): boolean {
		if (!draft) return true;
		const kept = loadDraft(draft, owner);
		const since = String(kept?.content.body ?? '');
		const body = since && since !== words ? `${words}\n\n${since}` : words;
		const at = new Date().toISOString();
		return changeDraft(draft, owner, {
			saved: null,
			...kept,
			content: { body },
			at,
			isSaved: false,
		});
	}

	#showVotes(): void {
		for (const { kind, owner, refusal, request } of this.own)
			if (kind === 'vote' && !refusal) showVote(owner, request.path, request.method);
	}

	#tell(id: string, outcome: Outcome): void {
		this.#channel?.postMessage({ id, outcome } satisfies Message);
		this.#settle(id, outcome);
	}

	/** Whether it is a vote whose page is open here: that shows the reason if it is refused. */
	#isAwaited({ id, kind, href }: Waiting): boolean {
		const isOpen = href.split('?', 1)[0] === location.pathname;
		return kind === 'vote' && isOpen && this.#promised.has(id);
	}

	#settle(id: string, outcome: Outcome): void {
		const item = this.items.find((item) => item.id === id);
		const isAwaited = item !== undefined && this.#isAwaited(item);
		const promised = this.#promised.get(id) ?? [];
		this.#promised.delete(id);
		for (const { resolve, reject } of promised) {
			if ('answer' in outcome) resolve(outcome.answer);
			else if (isAwaited || item?.kind !== 'vote') reject(new ApiError(outcome.problem));
		}
		if (isAwaited) void del(id, this.#store).then(() => this.#change());
	}

	async #change(): Promise<void> {
		await this.#read();
		this.#channel?.postMessage(null satisfies Message);
	}

	async #read(): Promise<void> {
		const items = await values<Waiting>(this.#store);
		this.items = items.sort((a, b) => a.at.localeCompare(b.at));
		// Without the flag what waits is found when the line is away again.
		writeItem(flag, items.length > 0 ? String(items.length) : null);
	}
}

/** Shows a vote as given or withdrawn wherever its post is on a page of this member. */
function showVote(memberId: number, path: string, method: Method): void {
	const channel = openChannel('votes');
	channel?.postMessage({ memberId, postId: Number(path.split('/')[3]), upvoted: method === 'PUT' });
	channel?.close();
}

let outbox: Outbox | undefined;

/** The one outbox of this page. */
export const openOutbox = (): Outbox => (outbox ??= new Outbox());
