import { ApiError } from './api.ts';
import { deleteDraft, fetchDraft, followDraft, hasAll, isWaiting, putDraft } from './drafts.ts';
import {
	type Content,
	isBlank,
	isEqual,
	keepDraft,
	type Kept,
	loadDraft,
	type Owner,
	type Version,
} from './kept-drafts.ts';

/** How long after the last key a draft goes to the server, in ms. */
const PAUSE_MS = 1_500;

export type DraftOptions = {
	/** names the form, such as `story:ownership` */
	key: string;
	owner: Owner;
	/** what the form has before anything is typed */
	initial: Content;
	/** what the form has now */
	read: () => Content;
	write: (content: Content) => void;
	form: () => Element | null | undefined;
};

/**
 * What is typed in a form and not sent yet: kept on this device with every key, and on the server, for whoever
 * is signed in, after a pause and when the page is left. Of two versions the newer is shown, the other offered.
 */
export class Draft {
	/** when that was written which is back in the form; null where nothing came back */
	back: string | null = $state(null);
	/** a version from elsewhere, or the one that was set aside here */
	other: Version | null = $state.raw(null);
	isAside: boolean = $state(false);
	/** whether it outlives its document, on this device or on the server */
	isKept: boolean = $state(true);

	readonly #options: DraftOptions;
	#kept: Kept | null = null;
	#saved: string | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#queue: Promise<void> = Promise.resolve();
	#isSending = false;
	/** was changed here, and not by another tab, which sends what it has changed itself */
	#isOwn = false;
	#isClosed = false;

	constructor(options: DraftOptions) {
		this.#options = options;
	}

	/**
	 * Brings back what was kept, unless the form shows something that is newer already.
	 *
	 * @returns ends the keeping, after what is left to keep
	 */
	open({ isTaken = false }: { isTaken?: boolean } = {}): () => void {
		const { key, owner } = this.#options;
		this.#take(loadDraft(key, owner));
		if (this.#kept && !isTaken) this.#show(this.#kept);
		else if (this.#kept && !hasAll(this.#options.read(), this.#kept.content))
			this.other = this.#kept;
		const leave = () => this.#flush(true);
		const hide = () => {
			if (document.visibilityState === 'hidden') leave();
		};
		const stop = followDraft(key, owner, (kept, isElsewhere) => this.#hear(kept, isElsewhere));
		document.addEventListener('visibilitychange', hide);
		window.addEventListener('pagehide', leave);
		if (owner !== null) this.#enqueue(() => this.#pull());
		return () => {
			this.#isClosed = true;
			stop();
			document.removeEventListener('visibilitychange', hide);
			window.removeEventListener('pagehide', leave);
			this.#flush(false);
		};
	}

	/** Keeps what the form has now. Call it with every change. */
	keep(): void {
		if (this.#isClosed) return;
		const content = this.#options.read();
		if (this.#kept && isEqual(this.#kept.content, content)) return;
		if (this.isPristine(content)) this.#store(null);
		else
			this.#store({
				content,
				at: new Date().toISOString(),
				saved: this.#saved,
				isSaved: false,
				...(this.other && { other: this.other }),
			});
		this.#schedule();
	}

	/** Drops the draft everywhere; once its words are posted the server has done so itself. */
	clear({ isPosted = false } = {}): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.back = this.other = null;
		const isOnServer = this.#isSending || (this.#saved !== null && !isPosted);
		this.#store(null);
		this.#saved = null;
		if (isOnServer) this.#enqueue(() => deleteDraft(this.#options.key, this.#options.owner));
	}

	/** Empties the form; what was in it can be brought back. */
	startAfresh = (): void => {
		const aside = this.#kept;
		this.clear();
		this.#options.write(this.#options.initial);
		this.other = aside;
		this.isAside = true;
	};

	/** Shows the other version and offers the one that was shown. */
	swap = (): void => {
		const { read, write } = this.#options;
		const shown = read();
		const at = this.#kept?.at ?? new Date().toISOString();
		const next = this.other!;
		this.other = this.isPristine(shown) ? null : { content: shown, at };
		this.isAside = false;
		write(next.content);
		this.keep();
	};

	/** Lets the other version go. */
	dismiss = (): void => {
		this.other = null;
		if (this.#kept) this.#store({ ...this.#kept, other: undefined });
	};

	/** Whether these are the words that the form has by itself, or none. */
	isPristine = (content: Content) => isBlank(content) || isEqual(content, this.#options.initial);

	#take(kept: Kept | null): void {
		this.#kept = kept;
		this.#saved = kept?.saved ?? this.#saved;
		if (kept?.other) this.other = kept.other;
	}

	#store(kept: Kept | null): void {
		const { key, owner } = this.#options;
		this.#kept = kept;
		this.isKept = keepDraft(key, owner, kept) || owner !== null;
	}

	#show({ content, at }: Version): void {
		this.#options.write(content);
		this.back = at;
	}

	/** Another tab typed or sent, or the outbox here did: follows it, unless it is another tab and somebody types here. */
	#hear(kept: Kept | null, isElsewhere: boolean): void {
		const { form, write, initial } = this.#options;
		if (isElsewhere && document.hasFocus() && form()?.contains(document.activeElement)) return;
		clearTimeout(this.#timer);
		this.#isOwn = false;
		if (!kept || !isElsewhere) this.#saved = null;
		this.#take(kept);
		this.back = null;
		write(kept?.content ?? initial);
		if (!isElsewhere) this.#schedule();
	}

	#schedule(): void {
		this.#isOwn = true;
		if (this.#options.owner === null) return;
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#flush(false), PAUSE_MS);
	}

	#flush(leaving: boolean): void {
		if (this.#options.owner === null) return;
		clearTimeout(this.#timer);
		if (leaving) void this.#push(true).catch(() => {});
		else this.#enqueue(() => this.#push(false));
	}

	/** One request after the other; one that fails is made up for by the next key. */
	#enqueue(send: () => Promise<void>): void {
		this.#queue = this.#queue.then(send).catch((error: unknown) => {
			if (!(error instanceof ApiError)) throw error;
		});
	}

	async #push(leaving: boolean): Promise<void> {
		if (!this.#isOwn) return;
		const { key, owner } = this.#options;
		const kept = this.#kept;
		if (!kept) {
			if (this.#saved === null) return;
			await deleteDraft(key, owner);
			this.#saved = null;
			return;
		}
		if (kept.isSaved) return;
		const replaces = this.#isSending ? undefined : this.#saved;
		this.#isSending = true;
		try {
			const { updatedAt } = await putDraft(key, owner, kept.content, { replaces, leaving });
			this.#settle(updatedAt, kept.content);
		} catch (error) {
			if (!(error instanceof ApiError) || error.status !== 409) throw error;
			await this.#pull();
		} finally {
			this.#isSending = false;
		}
	}

	/** The server has this content as of `saved`. */
	#settle(saved: string, content: Content): void {
		this.#saved = saved;
		if (!this.#kept) return;
		const isSaved = isEqual(this.#kept.content, content);
		this.#store({ ...this.#kept, saved, isSaved });
	}

	/** Brings the device and the server together. */
	async #pull(): Promise<void> {
		const { key, owner, read, write, initial } = this.#options;
		const remote = await fetchDraft(key, owner);
		const kept = this.#kept;
		if (!remote) {
			// it was on the server as it is here and is gone: it was posted or dropped on another device, unless it went
			// with a post from the outbox that had been written before
			const isGone = kept?.isSaved && isEqual(kept.content, read()) && !isWaiting();
			this.#saved = null;
			if (isGone) {
				this.#store(null);
				this.back = null;
				write(initial);
			} else if (kept) {
				this.#store({ ...kept, saved: null, isSaved: false });
				this.#schedule();
			}
			return;
		}
		const theirs = { content: remote.content, at: remote.updatedAt };
		if (kept && (kept.saved === remote.updatedAt || isEqual(kept.content, remote.content))) {
			this.#settle(remote.updatedAt, remote.content);
			if (!this.#kept?.isSaved) this.#schedule();
			return;
		}
		this.#saved = remote.updatedAt;
		const isOurs = kept && (kept.at > remote.updatedAt || !isEqual(kept.content, read()));
		const isShown = !kept && !this.isPristine(read());
		if (isOurs || isShown) {
			const shown = read();
			if (!hasAll(shown, theirs.content)) this.other = theirs;
			const at = kept?.at ?? new Date().toISOString();
			const saved = remote.updatedAt;
			this.#store({
				content: shown,
				at,
				saved,
				isSaved: false,
				...(this.other && { other: this.other }),
			});
			this.#schedule();
			return;
		}
		if (kept && !kept.isSaved && !hasAll(theirs.content, kept.content)) this.other = kept;
		this.#store({
			...theirs,
			saved: remote.updatedAt,
			isSaved: true,
			...(this.other && { other: { content: this.other.content, at: this.other.at } }),
		});
		this.#show(theirs);
	}
}
