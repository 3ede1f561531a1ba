import type { Draft, DraftOptions } from './draft.svelte.ts';
import { nameDraft } from './kept-drafts.ts';

type Parts = typeof import('../posts/draft-parts.ts');

/**
 * A draft for a page that must be light: what keeps it is loaded when there is something to bring back, or with
 * the first key.
 */
export class LazyDraft {
	draft: Draft | null = $state.raw(null);
	/** shows the other version, where there is one */
	Other: Parts['DraftOther'] | null = $state.raw(null);

	readonly #options: DraftOptions;
	#isTaken = false;
	#isClosed = false;
	#loading: Promise<void> | null = null;
	#close = () => {};

	constructor(options: DraftOptions) {
		this.#options = options;
	}

	/** As {@link Draft.open}. */
	open({ isTaken = false } = {}): () => void {
		this.#isTaken = isTaken;
		if (this.#options.owner !== null || hasDraft(this.#options.key)) void this.#load();
		return () => {
			this.#isClosed = true;
			this.#close();
		};
	}

	/** As {@link Draft.keep}. */
	keep(): void {
		if (this.draft) this.draft.keep();
		else void this.#load().then(() => this.draft?.keep());
	}

	/** As {@link Draft.clear}. */
	clear(options?: { isPosted?: boolean }): void {
		this.draft?.clear(options);
	}

	#load(): Promise<void> {
		this.#loading ??= import('../posts/draft-parts.ts').then(
			({ Draft, DraftOther }) => {
				if (this.#isClosed) return;
				const draft = new Draft(this.#options);
				const isTyped = !draft.isPristine(this.#options.read());
				this.#close = draft.open({ isTaken: this.#isTaken || isTyped });
				this.draft = draft;
				this.Other = DraftOther;
			},
			// Without a connection it is tried again with the next key.
			() => void (this.#loading = null),
		);
		return this.#loading;
	}
}

function hasDraft(key: string): boolean {
	try {
		return localStorage.getItem(nameDraft(key, null)) !== null;
	} catch {
		return false;
	}
}
