import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, imageRemovals, images, postImages, posts } from '../../db/schema.ts';
import type { Images } from './markdown.ts';

/** The path at which a picture is served. */
export const imagePath = (id: string) => `/images/${id}.webp`;

/** Every picture of ours that a text names, whether it shows it or links to it. */
export function readImageIds(text: string): string[] {
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

/** Of the pictures that `html` shows, the ids of those that were taken away; null where it shows none or all are there. */
export const selectRemovedImages = (html: AnyPgColumn | SQL) => sql<string[] | null>`
	case when ${html} like '%<img %' then (
		select array_agg(${imageRemovals.imageId}) from ${imageRemovals}
		where ${imageRemovals.imageId} in (
			select (regexp_matches(${html}, '<img src="/images/([A-Za-z0-9_-]{22})\\.webp"', 'g'))[1])
	) end`;

/** Where a picture stands: `shown` where everybody may see a post or a member that it belongs to. */
export type ImageState = { accountId: number; shown: boolean; removed: boolean };

/** The state of a picture; null where there is none. */
export async function findImageState(db: Db | Tx, id: string): Promise<ImageState | null> {
	const { rows } = await db.execute<ImageState>(sql`
		select images.account_id as "accountId",
			exists (
				select from ${postImages} join ${posts} on posts.id = post_images.post_id
				where post_images.image_id = images.id and posts.visible
			) or exists (select from ${accounts} where accounts.avatar_id = images.id) as shown,
			exists (select from ${imageRemovals} where image_removals.image_id = images.id) as removed
		from ${images} where images.id = ${id}`);
	return rows[0] ?? null;
}

/** Bytes of an account's pictures, in all and of the last 24 hours. Each counts as one block of a disk at least. */
export async function readImageUse(
	db: Db,
	accountId: number,
): Promise<{ all: number; today: number }> {
	const bytes = sql`sum(greatest(${images.size}, 4096))`;
	const isNew = sql`${images.createdAt} > now() - interval '24 hours'`;
	const [use] = await db
		.select({
			all: sql`coalesce(${bytes}, 0)`.mapWith(Number),
			today: sql`coalesce(${bytes} filter (where ${isNew}), 0)`.mapWith(Number),
		})
		.from(images)
		.where(eq(images.accountId, accountId));
	return use!;
}
