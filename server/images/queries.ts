import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { images } from '../../db/schema.ts';
import type { Images } from './markdown.ts';

/** The path at which a picture is served. */
export const imagePath = (id: string) => `/images/${id}.webp`;

/** Every picture of ours that a text names, whether it shows it or links to it. */
function readImageIds(text: string): string[] {
	const found = text.matchAll(/\/images\/([A-Za-z0-9_-]{22})\.webp(?![\w-])/g);
	return [...new Set([...found].map(([, id]) => id!))];
}

/**
 * The pictures that a member's text names and that are their own, by path. A text that names none
 * makes no statement.
 */
export async function findImages(
	db: Db | Tx,
	{ text, accountId }: { text: string; accountId: number },
): Promise<Images> {
	const ids = readImageIds(text);
	if (ids.length === 0) return new Map();
	const rows = await db
		.select({ id: images.id, width: images.width, height: images.height })
		.from(images)
		.where(
			and(eq(images.accountId, accountId), sql`${images.id} = any(${sql.param(ids)}::text[])`),
		);
	return new Map(rows.map((row) => [imagePath(row.id), row]));
}
