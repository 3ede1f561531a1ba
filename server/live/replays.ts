import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Db } from '../../db/client.ts';
import { Unavailable } from '../errors.ts';
import { type Line, toLine } from './frames.ts';
import { readEventsAfter } from './queries.ts';

/** Most events that are replayed to one who asks, and most bytes of them; a larger gap is a `reset`. */
const maxReplayEvents = 1_000;
const maxReplayBytes = 1_048_576;
/** Replays that are read at once: in all, and for one address. */
const maxAtOnce = { all: 4, address: 2 };
/** Kilobytes that one address may have replayed in a minute; past them a gap is a `reset`, and nothing is read. */
const maxPerMinute = 16_384;
/** What a replay costs at least, in kilobytes. */
const leastCost = 8;
/** Most who wait for their turn, of one address, where more can be turned away. */
const maxWaiting = 50;

/** Who asks for a replay, and whether they still want it. */
export type Asker = {
	/** by `addressKey` */
	address?: string;
	isGone?: () => boolean;
	/** whether they can come again rather than wait for long */
	mayComeAgain?: boolean;
};

/** Reads again what has happened: few gaps at a time, and none that is larger than the page that it would mend. */
export class Replays {
	readonly #db: Db;
	readonly #spent: RateLimiterMemory | null;
	readonly #turns = new Turns();
	/** by topic and cursor: who asks for the same while it is read gets the same; undefined if nobody waits any more */
	readonly #reading = new Map<string, Promise<Line[] | null | undefined>>();

	/** @param options.limited whether an address has a budget */
	constructor({ db, limited }: { db: Db; limited: boolean }) {
		this.#db = db;
		this.#spent = limited ? new RateLimiterMemory({ points: maxPerMinute, duration: 60 }) : null;
	}

	/**
	 * All events after `after` up to `to` at least.
	 *
	 * @returns null if there are too many, some are gone, or nobody wants them any more
	 * @throws {Unavailable} if too many of the address wait already
	 */
	async read(
		gap: { topic: string; after: number; to: number },
		{ address = 'nobody', isGone = () => false, mayComeAgain = false }: Asker,
	): Promise<Line[] | null> {
		if (gap.to - gap.after > maxReplayEvents || (await this.#hasSpentAll(address))) return null;
		const key = `${gap.topic} ${gap.after}`;
		for (let shared = this.#reading.get(key); shared; shared = this.#reading.get(key)) {
			const lines = await shared;
			if (lines === null || (lines && lines.at(-1)!.cursor >= gap.to)) return lines;
		}
		if (mayComeAgain && this.#turns.countWaiting(address) >= maxWaiting)
			throw new Unavailable('Too many are catching up here. Try again in a moment.');
		const reading = this.#readInTurn(gap, { address, isGone }).finally(() => {
			this.#reading.delete(key);
		});
		this.#reading.set(key, reading);
		return (await reading) ?? null;
	}

	async #readInTurn(
		{ topic, after, to }: { topic: string; after: number; to: number },
		{ address, isGone }: { address: string; isGone: () => boolean },
	): Promise<Line[] | null | undefined> {
		const leave = await this.#turns.enter(address);
		try {
			if (isGone()) return undefined;
			if (await this.#hasSpentAll(address)) return undefined;
			const limits = { limit: maxReplayEvents, maxBytes: maxReplayBytes };
			const events = await readEventsAfter(this.#db, { topic, after, ...limits });
			const lines = events.map(toLine);
			const bytes = lines.reduce((sum, line) => sum + line.bytes, 0);
			await this.#spend(address, Math.max(leastCost, Math.ceil(bytes / 1_024)));
			const isWhole = lines[0]?.cursor === after + 1 && lines.at(-1)!.cursor >= to;
			return isWhole && bytes <= maxReplayBytes ? lines : null;
		} finally {
			leave();
		}
	}

	async #hasSpentAll(address: string): Promise<boolean> {
		const spent = await this.#spent?.get(address);
		return (spent?.consumedPoints ?? 0) >= maxPerMinute;
	}

	async #spend(address: string, kilobytes: number): Promise<void> {
		await this.#spent?.consume(address, kilobytes).catch(() => {});
	}
}

/** Lets few in at a time, and few of one key; the keys that wait take turns. */
export class Turns {
	readonly #inside = new Map<string, number>();
	readonly #waiting = new Map<string, (() => void)[]>();
	#count = 0;

	countWaiting(key: string): number {
		return this.#waiting.get(key)?.length ?? 0;
	}

	/** @returns is to be called on leaving, once */
	async enter(key: string): Promise<() => void> {
		if (this.countWaiting(key) > 0 || !this.#hasRoom(key)) {
			const { promise, resolve } = Promise.withResolvers<void>();
			const queue = this.#waiting.get(key) ?? [];
			queue.push(resolve);
			this.#waiting.set(key, queue);
			await promise;
		} else this.#take(key);
		return () => this.#leave(key);
	}

	#hasRoom(key: string): boolean {
		return this.#count < maxAtOnce.all && (this.#inside.get(key) ?? 0) < maxAtOnce.address;
	}

	#take(key: string): void {
		this.#count++;
		this.#inside.set(key, (this.#inside.get(key) ?? 0) + 1);
	}

	#leave(key: string): void {
		this.#count--;
		const left = this.#inside.get(key)! - 1;
		if (left > 0) this.#inside.set(key, left);
		else this.#inside.delete(key);
		for (const [next, queue] of this.#waiting) {
			if (!this.#hasRoom(next)) continue;
			this.#take(next);
			const enter = queue.shift()!;
			this.#waiting.delete(next);
			if (queue.length > 0) this.#waiting.set(next, queue);
			return enter();
		}
	}
}
