import { and, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { linkPreviews } from '../../db/schema.ts';
import type { LinkPreview } from './schema.ts';

/** How long a preview is kept; one that found nothing is tried again sooner. */
const isFresh = sql`${linkPreviews.fetchedAt} > now() - case when ${linkPreviews.title} is null then interval '1 hour' else interval '7 days' end`;

const columns = {
	url: linkPreviews.url,
	title: linkPreviews.title,
	description: linkPreviews.description,
	siteName: linkPreviews.siteName,
};

/** What is kept of an address, also that there is nothing to show; null if it has to be fetched. */
export async function findPreview(db: Db | Tx, url: string): Promise<LinkPreview | null> {
	const [row] = await db
		.select(columns)
		.from(linkPreviews)
		.where(and(inArray(linkPreviews.url, [url]), isFresh));
	return row ?? null;
}

/** The previews of those addresses that have something to show. */
export async function findPreviews(
	db: Db | Tx,
	urls: string[],
): Promise<ReadonlyMap<string, LinkPreview>> {
	if (urls.length === 0) return new Map();
	const rows = await db
		.select(columns)
		.from(linkPreviews)
		.where(and(inArray(linkPreviews.url, urls), isNotNull(linkPreviews.title), isFresh));
	return new Map(rows.map((row) => [row.url, row]));
}

/** @returns how many were deleted */
export async function deleteOldPreviews(db: Db): Promise<number> {
	const { rowCount } = await db.delete(linkPreviews).where(sql`not (${isFresh})`);
	return rowCount ?? 0;
}
