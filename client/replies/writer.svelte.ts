import { untrack } from 'svelte';
import type { Me } from '../../server/accounts/schema.ts';

/** Who writes in a form. Whoever began stays, also when they are signed out, so that their words do. */
export class Writer {
	#last: Me | null = null;
	#read: () => Me | null;
	readonly me: Me | null = $derived.by(() => {
		const now = this.#read();
		return untrack(() => (this.#last = now ?? this.#last));
	});

	/** @param read who may write now */
	constructor(read: () => Me | null) {
		this.#read = read;
	}
}
