import { sql } from 'drizzle-orm';
import { linkPreviews } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import { Invalid, TooMany } from '../errors.ts';
import { normalizeAddress } from './addresses.ts';
import type { FetchOptions } from './fetch.ts';
import { findPreview } from './queries.ts';
import type { LinkPreview } from './schema.ts';

/** Pages that are read at once: in all, and for one member. */
const maxAtOnce = { all: 32, member: 4 };

export type LinkPreviews = {
	/**
	 * What a pasted address says of itself: what is kept of it, else fetched. However many ask for one
	 * address at once, it is fetched once.
	 *
	 * @throws {Forbidden} if the member is suspended
	 * @throws {Invalid} if it is no address of a web page
	 * @throws {TooMany} while too many others are read
	 */
	read(member: Me, pasted: string): Promise<LinkPreview>;
};

export function createLinkPreviews({ db }: Context, options?: FetchOptions): LinkPreviews {
	const underWay = new Map<string, Promise<LinkPreview>>();

	const readers: number[] = [];

	async function readHead(member: Me, url: string) {
		const own = readers.filter((id) => id === member.id).length;
		if (readers.length >= maxAtOnce.all || own >= maxAtOnce.member)
			throw new TooMany(
				'Too many pages are being read. Try again in a few seconds.',
				5,
				'linkPreviewsAtOnce',
			);
		readers.push(member.id);
		try {
			// with it comes a whole HTTP client, which a start need not wait for
			const { fetchHead } = await import('./fetch.ts');
			return await fetchHead(url, options);
		} finally {
			readers.splice(readers.indexOf(member.id), 1);
		}
	}

	async function find(member: Me, url: string): Promise<LinkPreview> {
		const kept = await findPreview(db, url);
		if (kept) return kept;
		const head = await readHead(member, url);
		const found = { title: null, description: null, siteName: null, ...head };
		await db
			.insert(linkPreviews)
			.values({ url, ...found })
			.onConflictDoUpdate({
				target: linkPreviews.url,
				set: { ...found, fetchedAt: sql`now()` },
			});
		return { url, ...found };
	}

	return {
		async read(member, pasted) {
			const url = normalizeAddress(pasted);
			if (url === null) throw new Invalid('/url', 'This is not the address of a web page.');
			const reading = underWay.get(url) ?? find(member, url).finally(() => underWay.delete(url));
			underWay.set(url, reading);
			return reading;
		},
	};
}
