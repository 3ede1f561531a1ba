import { randomBytes } from 'node:crypto';
import { and, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, drafts, images, postImages } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import type { Shape } from './encoding.ts';
import type { Images } from './markdown.ts';
import { imagePath } from './queries.ts';
import type { Image } from './schema.ts';
import type { ImageStorage } from './storage.ts';

/**
 * Keeps a picture, encoded anew. Its row is there before its file, so that no file is ever without a row.
 *
 * @throws {Refusal} as {@link Encoder.encode}; 503 if the file cannot be kept now
 */
export async function createImage(
	{ db, storage, encoder }: Context,
	member: Me,
	{ file, shape }: { file: Buffer; shape: Shape },
): Promise<Image> {
	const { data, width, height } = await encoder.encode({ file, shape });
	const id = randomBytes(16).toString('base64url');
	await db.insert(images).values({ id, accountId: member.id, width, height, size: data.length });
	await storage.write(id, data);
	return { id, url: imagePath(id), width, height };
}

/** Notes which pictures some posts show, beside those of their earlier versions. Where there are none, no statement. */
export async function keepPostImages(
	tx: Tx,
	shown: { postId: number; images: Images }[],
): Promise<void> {
	const rows = shown.flatMap(({ postId, images }) =>
		[...images.values()].map(({ id }) => ({ postId, id })),
	);
	if (rows.length === 0) return;
	await tx.execute(sql`
		insert into ${postImages} (post_id, image_id)
		select post_id, images.id
		from unnest(
			${sql.param(rows.map(({ postId }) => postId))}::int[],
			${sql.param(rows.map(({ id }) => id))}::text[]
		) as shown (post_id, image_id) join ${images} on images.id = image_id
		for key share of images
		on conflict do nothing`);
}

/** Pictures may wait this long for a post, a draft or an account that uses them. */
const waitingHours = 24;
const mostAtOnce = 200;

/**
 * Deletes the pictures, and their files, that have waited a day and that no post, draft or account uses.
 *
 * @returns how many were deleted
 */
export async function trimImages(db: Db, storage: ImageStorage): Promise<number> {
	let count = 0;
	for (let last = mostAtOnce; last === mostAtOnce; count += last)
		last = await db.transaction((tx) => trimSome(tx, storage));
	return count;
}

async function trimSome(tx: Tx, storage: ImageStorage): Promise<number> {
	const unused = sql`not exists (select from ${postImages} where ${postImages.imageId} = ${images.id})
		and not exists (select from ${accounts} where ${accounts.avatarId} = ${images.id})
		and not exists (select from ${drafts} where ${drafts.accountId} = ${images.accountId}
			and position(${images.id} in ${drafts.content}::text) > 0)`;
	const old = sql`${images.createdAt} < now() - make_interval(hours => ${waitingHours})`;
	const locked = await tx
		.select({ id: images.id })
		.from(images)
		.where(and(old, unused))
		.limit(mostAtOnce)
		.for('update', { skipLocked: true });
	const ids = locked.map(({ id }) => id);
	// a post may have taken one in the moment before it was locked: that is looked at again
	const rows = await tx
		.delete(images)
		.where(and(sql`${images.id} = any(${sql.param(ids)}::text[])`, unused))
		.returning({ id: images.id });
	for (const { id } of rows) await storage.delete(id);
	return rows.length;
}
