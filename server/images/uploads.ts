import { addressKey, siteKey } from '../addresses.ts';
import { Busy, TooMany } from '../errors.ts';

/** Most files that a server has in memory at once: of all, of one account, address and IPv6 site. Each is up to 10 MB. */
const maxAtOnce = { all: 20, account: 2, address: 6, site: 10 };
const retryAfter = 5;

/** The files that a server has in memory: it reads the body of no other. */
export class Uploads {
	/** by account, address and site */
	readonly #places = new Map<string, number>();
	#all = 0;

	/**
	 * Receives and takes a file while there is a place for it.
	 *
	 * @param sender.ip the address it comes from
	 * @throws {TooMany} if the account or the address sends as many as it may at once
	 * @throws {Busy} if all accounts together do
	 */
	async hold<T>(
		{ accountId, ip }: { accountId: number; ip: string },
		take: () => Promise<T>,
	): Promise<T> {
		const address = addressKey(ip);
		const site = siteKey(address);
		const account = `account ${accountId}`;
		if (this.#count(account) >= maxAtOnce.account)
			throw new TooMany(
				'Two pictures of yours are on their way already. Send this one when they have arrived.',
				retryAfter,
				'uploadsAtOnceByAccount',
			);
		if (this.#count(address) >= maxAtOnce.address || (site && this.#count(site) >= maxAtOnce.site))
			throw new TooMany(
				'Several pictures are arriving from your network. Send this one when they have arrived.',
				retryAfter,
				'uploadsAtOnceByAddress',
			);
		if (this.#all >= maxAtOnce.all)
			throw new Busy('Too many pictures are arriving. Try again in a moment.');
		const places = [account, address, ...(site ? [site] : [])];
		this.#all++;
		for (const place of places) this.#places.set(place, this.#count(place) + 1);
		try {
			return await take();
		} finally {
			this.#all--;
			for (const place of places) {
				const left = this.#count(place) - 1;
				if (left > 0) this.#places.set(place, left);
				else this.#places.delete(place);
			}
		}
	}

	#count(place: string): number {
		return this.#places.get(place) ?? 0;
	}
}
