import { isDatabaseAway } from './errors.ts';

/** Most that are written together. */
const mostTogether = 500;

type Waiting<Item, Result> = {
	item: Item;
	resolve: (result: Result) => void;
	reject: (error: unknown) => void;
};

/**
 * Writes together what arrives while the last batch is on its way: one commit for all of them. What arrives
 * alone is written alone and at once.
 */
export class Batches<Item, Result> {
	readonly #write: (items: Item[]) => Promise<Result[]>;
	readonly #keyOf: ((item: Item) => string) | undefined;
	#waiting: Waiting<Item, Result>[] = [];
	#isBusy = false;

	/**
	 * @param write writes some items in one transaction and returns their results in the same order
	 * @param options.keyOf two items of the same key are never in one batch: the later one waits for the next
	 */
	constructor(options: {
		write: (items: Item[]) => Promise<Result[]>;
		keyOf?: (item: Item) => string;
	}) {
		this.#write = options.write;
		this.#keyOf = options.keyOf;
	}

	/** Writes one item; settles after its transaction has ended. */
	add(item: Item): Promise<Result> {
		return new Promise((resolve, reject) => {
			this.#waiting.push({ item, resolve, reject });
			if (this.#isBusy) return;
			this.#isBusy = true;
			// what has arrived in the same turn of the event loop goes along
			setImmediate(() => void this.#run());
		});
	}

	async #run(): Promise<void> {
		while (this.#waiting.length > 0) await this.#send(this.#takeNext());
		this.#isBusy = false;
	}

	#takeNext(): Waiting<Item, Result>[] {
		const keys = new Set<string>();
		const next: Waiting<Item, Result>[] = [];
		const later: Waiting<Item, Result>[] = [];
		for (const one of this.#waiting) {
			const key = this.#keyOf?.(one.item);
			const goes = next.length < mostTogether && (key === undefined || !keys.has(key));
			if (key !== undefined) keys.add(key);
			(goes ? next : later).push(one);
		}
		this.#waiting = later;
		return next;
	}

	/** An item that makes its batch fail must not take the others along: they are written one by one then. */
	async #send(batch: Waiting<Item, Result>[]): Promise<void> {
		try {
			const results = await this.#write(batch.map(({ item }) => item));
			batch.forEach(({ resolve }, index) => resolve(results[index]!));
		} catch (error) {
			if (batch.length === 1 || isDatabaseAway(error))
				for (const { reject } of batch) reject(error);
			else for (const one of batch) await this.#send([one]);
		}
	}
}
