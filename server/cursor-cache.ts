import { LRUCache } from 'lru-cache';
import type { Live } from './live/hub.ts';

/** Longest that anything is kept, in ms: how many read now, and what “this week” is, make no event. */
const longest = 30_000;

/** What was made of a thread's data, and the cursor of its topic that it is true at. */
export type Kept<T> = { topic: string; cursor: number; value: T };

/** The right to make what others wait for; `end` gives it to them, or null if it cannot be kept. */
export type Claim<T> = { end(kept: Kept<T> | null): Promise<void> };

type Making<T> = { number: number; done: Promise<Kept<T> | null> };

/**
 * Keeps what was made of a thread's data until the thread's next event. What many ask for at once is made once;
 * nobody gets what was begun before they asked, unless it is still true.
 */
export class CursorCache<T> {
	readonly #live: Pick<Live, 'keep' | 'readCursor' | 'askCursor'>;
	readonly #kept: LRUCache<string, Kept<T>>;
	readonly #making = new Map<string, Making<T>>();
	#begun = 0;

	/** @param options.most most that is kept, in the unit of `sizeOf` */
	constructor(options: {
		live: Pick<Live, 'keep' | 'readCursor' | 'askCursor'>;
		most: number;
		sizeOf: (value: T) => number;
	}) {
		this.#live = options.live;
		this.#kept = new LRUCache({
			maxSize: options.most,
			sizeCalculation: ({ value }) => options.sizeOf(value),
			ttl: longest,
		});
	}

	/** What is kept, if it is still true. */
	get(key: string): T | undefined {
		const kept = this.#kept.get(key);
		return kept && this.#isTrue(kept) ? kept.value : undefined;
	}

	/** What is kept, if the database says too that it is still true, whichever server has written last. */
	async confirm(key: string): Promise<T | undefined> {
		const kept = this.#kept.get(key);
		if (!kept || !this.#isTrue(kept)) return undefined;
		return (await this.#live.askCursor(kept.topic)) === kept.cursor ? kept.value : undefined;
	}

	/** Waits for what is being made, or claims the making; null where it was found that it cannot be kept. */
	async claim(key: string): Promise<{ value: T } | Claim<T> | null> {
		const before = this.#begun;
		for (let making = this.#making.get(key); making; making = this.#making.get(key)) {
			const made = await making.done;
			if (!made || making.number > before || this.#isTrue(made)) return made;
		}
		const { promise: done, resolve } = Promise.withResolvers<Kept<T> | null>();
		const making = { number: ++this.#begun, done };
		this.#making.set(key, making);
		return {
			end: async (kept) => {
				if (kept) await this.#live.keep(kept.topic).catch(() => {});
				if (this.#making.get(key) === making) {
					if (kept) this.#kept.set(key, kept);
					this.#making.delete(key);
				}
				resolve(kept);
			},
		};
	}

	/** Forgets everything, what is being made included: something has changed that makes no event. */
	clear(): void {
		this.#kept.clear();
		this.#making.clear();
	}

	#isTrue({ topic, cursor }: Kept<T>): boolean {
		return this.#live.readCursor(topic) === cursor;
	}
}
