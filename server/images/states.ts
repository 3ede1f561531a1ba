import { LRUCache } from 'lru-cache';
import type { Db } from '../../db/client.ts';
import { findImageState, type ImageState } from './queries.ts';

/** How long a picture that is shown counts as shown without looking again, in ms, and how many are remembered. */
const keptMs = 10_000;
const maxKept = 20_000;

/**
 * Reads where pictures stand: one statement for all who ask at once. That one is shown is good for ten seconds; all
 * else is read anew each time, as a post may show it in the next moment.
 */
export class ImageStates {
	readonly #db: Db;
	readonly #kept = new LRUCache<string, Promise<ImageState | null>>({ max: maxKept, ttl: keptMs });

	constructor(db: Db) {
		this.#db = db;
	}

	async read(id: string): Promise<ImageState | null> {
		const known = this.#kept.get(id);
		if (known) return known;
		const reading = findImageState(this.#db, id);
		this.#kept.set(id, reading);
		const isKept = await reading.then(
			(state) => state !== null && state.shown && !state.removed,
			() => false,
		);
		if (!isKept && this.#kept.peek(id) === reading) this.#kept.delete(id);
		return reading;
	}

	/** Reads all anew from here on: something was taken away or put back. */
	forget(): void {
		this.#kept.clear();
	}
}
