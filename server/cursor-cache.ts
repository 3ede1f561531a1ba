import { LRUCache } from 'lru-cache';
import type { Live } from './live/hub.ts';

/** Longest that anything is kept, in ms: how many read now, and what “this week” is, make no event. */
const longest = 30_000;

/** Whether what was made once is used again. Answers are the same: `off` is there to show that. */
export type Caches = 'on' | 'off';

/** What was made of a thread's data: what it was made for, and the cursor of its topic that it is true at. */
export type Kept<T, Key extends string = string> = {
	key: Key;
	topic: string;
	cursor: number;
	value: T;
};

/**
 * The right to make what others wait for; `end` gives it to them, or null if it cannot be kept. What was made
 * for another key is as good as nothing.
 */
export type Claim<T, Key extends string = string> = {
	end(made: Kept<T, Key> | null): Promise<void>;
};

type Making<T, Key extends string> = { number: number; done: Promise<Kept<T, Key> | null> };

/**
 * Keeps what was made of a thread's data until the thread's next event. What many ask for at once is made once;
 * nobody gets what was begun before they asked, unless it is still true.
 */
export class CursorCache<T, Key extends string = string> {
	readonly #live: Pick<Live, 'keep' | 'readCursor' | 'askCursor'>;
	readonly #isOn: boolean;
	readonly #kept: LRUCache<Key, Kept<T, Key>>;
	readonly #making = new Map<Key, Making<T, Key>>();
	#begun = 0;

	/**
	 * @param options.most most that is kept, in the unit of `sizeOf`
	 * @param options.caches `off` keeps nothing and lets nobody wait for what another makes
	 */
	constructor(options: {
		live: Pick<Live, 'keep' | 'readCursor' | 'askCursor'>;
		most: number;
		sizeOf: (value: T) => number;
		caches?: Caches;
	}) {
		this.#live = options.live;
		this.#isOn = options.caches !== 'off';
		this.#kept = new LRUCache({
			maxSize: options.most,
			sizeCalculation: ({ value }) => options.sizeOf(value),
			ttl: longest,
		});
	}

	/** What is kept, if it is still true. */
	get(key: Key): T | undefined {
		const kept = this.#kept.get(key);
		return kept && this.#isTrue(kept) ? kept.value : undefined;
	}

	/** What is kept, if the database says too that it is still true, whichever server has written last. */
	async confirm(key: Key): Promise<T | undefined> {
		const kept = this.#kept.get(key);
		if (!kept || !this.#isTrue(kept)) return undefined;
		return (await this.#live.askCursor(kept.topic)) === kept.cursor ? kept.value : undefined;
	}

	/** Waits for what is being made, or claims the making; null where it was found that it cannot be kept. */
	async claim(key: Key): Promise<{ value: T } | Claim<T, Key> | null> {
		if (!this.#isOn) return { end: async () => {} };
		const before = this.#begun;
		for (let making = this.#making.get(key); making; making = this.#making.get(key)) {
			const made = await making.done;
			if (!made || making.number > before || this.#isTrue(made)) return made;
		}
		const { promise: done, resolve } = Promise.withResolvers<Kept<T, Key> | null>();
		const making = { number: ++this.#begun, done };
		this.#making.set(key, making);
		return {
			end: async (made) => {
				const kept = made?.key === key ? made : null;
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

	#isTrue({ topic, cursor }: Kept<T, Key>): boolean {
		return this.#live.readCursor(topic) === cursor;
	}
}
