import type { Draft, DraftOptions } from './draft.svelte.ts';
import { type Content, isBlank, isEqual, keepDraft, type Kept, loadDraft } from './kept-drafts.ts';
import { lazy } from './lazy.ts';

type Parts = typeof import('../posts/draft-parts.ts');

/**
 * A draft for a page that must be light. What was kept on this device comes back, and what is typed is kept there, by
 * itself; what brings device, server and tabs together is loaded when there is something to bring back, or with the
 * first key.
 */
export class LazyDraft {
	draft: Draft | null = $state.raw(null);
	/** shows the other version, where there is one */
	Other: Parts['DraftOther'] | null = $state.raw(null);
	/** whether the rest could not be had; what is typed meanwhile is on this device alone, or, not `isKept`, in this document */
	isAlone = $state(false);
	isKept = $state(true);

	readonly #options: DraftOptions;
	#kept: Kept | null = null;
	/** what the form has had of the device */
	#shown: Content | null = null;
	#isTaken = false;
	#isClosed = false;
	#loading: Promise<void> | null = null;
	#close = () => {};

	constructor(options: DraftOptions) {
		this.#options = options;
	}

	/** As {@link Draft.open}. */
	open({ isTaken = false } = {}): () => void {
		const { key, owner, write } = this.#options;
		this.#isTaken = isTaken || this.#isTyped();
		this.#kept = loadDraft(key, owner);
		if (this.#kept && !this.#isTaken) {
			this.#shown = this.#kept.content;
			write(this.#shown);
		}
		if (owner !== null || this.#kept) void this.#load();
		return () => {
			this.#isClosed = true;
			this.#close();
		};
	}

	/** As {@link Draft.keep}. */
	keep(): void {
		if (this.draft) return this.draft.keep();
		this.#keepHere();
		void this.#load().then(() => this.draft?.keep());
	}

	/** As {@link Draft.clear}. */
	clear(options?: { isPosted?: boolean }): void {
		if (this.draft) return this.draft.clear(options);
		const { key, owner } = this.#options;
		this.#kept = null;
		keepDraft(key, owner, null);
	}

	#isTyped(): boolean {
		const content = this.#options.read();
		const isPristine = isBlank(content) || isEqual(content, this.#options.initial);
		return !isPristine && !(this.#shown && isEqual(content, this.#shown));
	}

	/** As {@link Draft.keep} does, with what it will have to know of the version that was kept before. */
	#keepHere(): void {
		const { key, owner, read } = this.#options;
		const content = read();
		const before = this.#kept;
		const other = before?.other ?? (before && !this.#shown ? before : undefined);
		const { saved = null } = before ?? {};
		const at = new Date().toISOString();
		this.#kept = { content, at, saved, isSaved: false, ...(other && { other }) };
		this.#shown = content;
		const isEmpty = isBlank(content) && !other;
		this.isKept = keepDraft(key, owner, isEmpty ? null : this.#kept);
	}

	#load(): Promise<void> {
		this.#loading ??= lazy(() => import('../posts/draft-parts.ts')).then(
			({ Draft, DraftOther }) => {
				if (this.#isClosed) return;
				const draft = new Draft(this.#options);
				this.#close = draft.open({ isTaken: this.#isTaken || this.#isTyped() });
				draft.isKept = this.isKept;
				this.draft = draft;
				this.Other = DraftOther;
				this.isAlone = false;
			},
			// It is tried again with the next key.
			() => {
				this.#loading = null;
				this.isAlone = true;
			},
		);
		return this.#loading;
	}
}
