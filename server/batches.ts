import { isDatabaseAway } from '../db/connection.ts';

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
	readonly #tell: (items: Item[], results: Result[]) => void;
	readonly #keyOf: ((item: Item) => string) | undefined;
	#waiting: Waiting<Item, Result>[] = [];
	#isBusy = false;

	/**
	 * @param options.write writes some items in one transaction and returns their results in the same order
	 * @param options.tell is told what was written, before those who wait for it are
	 * @param options.keyOf two items of the same key are never in one batch: the later one waits for the next
	 */
	constructor(options: {
		write: (items: Item[]) => Promise<Result[]>;
		tell?: (items: Item[], results: Result[]) => void;
		keyOf?: (item: Item) => string;
	}) {
		this.#write = options.write;
		this.#tell = options.tell ?? (() => {});
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

	/** What a batch has come to is answered while the next one is on its way already: nobody waits for the other. */
	async #run(): Promise<void> {
		let answer = () => {};
		while (this.#waiting.length > 0) {
			const sent = this.#send(this.#takeNext());
			setImmediate(answer);
			answer = await sent;
		}
		this.#isBusy = false;
		answer();
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

	/**
	 * An item that makes its batch fail must not take the others along: they are written one by one then.
	 *
	 * @returns answers those who wait
	 */
	async #send(batch: Waiting<Item, Result>[]): Promise<() => void> {
		const items = batch.map(({ item }) => item);
		try {
			const results = await this.#write(items);
			return () => {
				this.#tell(items, results);
				batch.forEach(({ resolve }, index) => resolve(results[index]!));
			};
		} catch (error) {
			if (batch.length === 1 || isDatabaseAway(error))
				return () => batch.forEach(({ reject }) => reject(error));
			for (const one of batch) (await this.#send([one]))();
			return () => {};
		}
	}
}
