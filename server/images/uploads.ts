import { Busy, TooMany } from '../errors.ts';

/** Most files that a server has in memory at once, of all and of one account: each up to 10 MB. */
const maxAtOnce = { all: 20, account: 2 };
const retryAfter = 5;

/** The files that a server has in memory: it reads the body of no other. */
export class Uploads {
	readonly #ofAccounts = new Map<number, number>();
	#all = 0;

	/**
	 * Receives and takes a file while there is a place for it.
	 *
	 * @throws {TooMany} if the account sends as many as it may at once
	 * @throws {Busy} if all accounts together do
	 */
	async hold<T>(accountId: number, take: () => Promise<T>): Promise<T> {
		const own = this.#ofAccounts.get(accountId) ?? 0;
		if (own >= maxAtOnce.account)
			throw new TooMany(
				'Two pictures of yours are on their way already. Send this one when they have arrived.',
				retryAfter,
			);
		if (this.#all >= maxAtOnce.all)
			throw new Busy('Too many pictures are arriving. Try again in a moment.');
		this.#all++;
		this.#ofAccounts.set(accountId, own + 1);
		try {
			return await take();
		} finally {
			this.#all--;
			const left = this.#ofAccounts.get(accountId)! - 1;
			if (left > 0) this.#ofAccounts.set(accountId, left);
			else this.#ofAccounts.delete(accountId);
		}
	}
}
