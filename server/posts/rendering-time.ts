import { TooMany } from '../errors.ts';

/** Milliseconds of the processor that the texts of one account may take at once, and that it gets back in a minute. */
const maxMs = 500;
const perMinuteMs = 1000;

/** What an account had left, and when, in ms of the clock that never goes back. */
type Left = { ms: number; at: number };

const readCpuMs = () => {
	const { user, system } = process.threadCpuUsage();
	return (user + system) / 1000;
};

const refill = ({ ms, at }: Left) =>
	Math.min(maxMs, ms + ((performance.now() - at) * perMinuteMs) / 60_000);

/**
 * The time that texts take to be made into HTML, by account: prose is a few milliseconds, and what is made to be costly,
 * a hundred. Each server counts for itself.
 */
export class RenderingTime {
	readonly #isLimited: boolean;
	readonly #left = new Map<number, Left>();

	constructor({ limited }: { limited: boolean }) {
		this.#isLimited = limited;
	}

	/**
	 * Does work on a text of an account and counts the time it takes, whether it succeeds or not.
	 *
	 * @throws {TooMany} if the account has none left
	 */
	spend<T>(accountId: number, work: () => T): T {
		if (!this.#isLimited) return work();
		const left = this.#read(accountId);
		if (left <= 0) {
			const seconds = Math.max(1, Math.ceil((1 - left) / (perMinuteMs / 60)));
			throw new TooMany(
				`Your texts have taken much work in a short time. Send this one again in ${seconds === 1 ? 'a second' : `${seconds} seconds`}.`,
				seconds,
				'renderingTimeByAccount',
			);
		}
		const start = readCpuMs();
		try {
			return work();
		} finally {
			this.#keep(accountId, left - (readCpuMs() - start));
		}
	}

	#read(accountId: number): number {
		const own = this.#left.get(accountId);
		return own ? refill(own) : maxMs;
	}

	/** In the order in which they were last counted: the first are the first to have all of it again, and are forgotten. */
	#keep(accountId: number, ms: number): void {
		this.#left.delete(accountId);
		this.#left.set(accountId, { ms, at: performance.now() });
		for (const [id, left] of this.#left) {
			if (refill(left) < maxMs) break;
			this.#left.delete(id);
		}
	}
}
