import { randomBytes } from 'node:crypto';
import { and, eq, gt, lte, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, draftImages, images, postImages, profileRemovals } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { TooMany } from '../errors.ts';
import type { Shape } from './encoding.ts';
import { refuseFile } from './faults.ts';
import type { Images } from './markdown.ts';
import { imagePath, readImageUse } from './queries.ts';
import type { Image } from './schema.ts';
import type { ImageStorage } from './storage.ts';

const MB = 1024 * 1024;
/** Most bytes of pictures of one account, in all and in a day. */
const maxBytes = { all: 500 * MB, today: 100 * MB };

/**
 * Keeps a picture, encoded anew. Its row is there before its file, so that no file is ever without a row, and goes
 * again where the file cannot be kept.
 *
 * @throws {Refusal} as {@link Encoder.encode} and {@link ImageStorage.write}; 413 if the account has no room for it
 * @throws {TooMany} if the account has sent too much today
 */
export async function createImage(
	{ db, storage, encoder, audit }: ActContext,
	member: Me,
	{ file, shape }: { file: Buffer; shape: Shape },
): Promise<Image> {
	requireRoom(await readImageUse(db, member.id));
	const { data, width, height } = await encoder.encode({ file, shape });
	const id = randomBytes(16).toString('base64url');
	await db.insert(images).values({ id, accountId: member.id, width, height, size: data.length });
	try {
		await storage.write(id, data);
	} catch (error) {
		// one that stays is trimmed within the day
		await db
			.delete(images)
			.where(eq(images.id, id))
			.catch(() => {});
		throw error;
	}
	audit('image.created', { kind: 'image', id });
	return { id, url: imagePath(id), width, height };
}

function requireRoom(use: { all: number; today: number }): void {
	if (use.all >= maxBytes.all)
		throw refuseFile({
			status: 413,
			message:
				'Your pictures take up all the room there is for them: 500 megabytes. Delete posts with pictures; their room is yours again within a day.',
		});
	if (use.today >= maxBytes.today)
		throw new TooMany(
			'Your pictures of the last 24 hours are 100 megabytes, which is as much as fits in a day. Try again in some hours.',
			3600,
			'imageBytesByAccount',
		);
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
/** Most pictures of one transaction. */
const maxAtOnce = 100;

/**
 * Deletes the pictures, and their files, that have waited a day and that no post, draft or account uses. Each picture
 * is looked at once, by indexes alone.
 *
 * @returns how many were deleted
 */
export async function trimImages(db: Db, storage: ImageStorage): Promise<number> {
	let count = 0;
	for (let after: string | null = ''; after !== null;) {
		const batch: { id: string }[] = await db
			.select({ id: images.id })
			.from(images)
			.where(gt(images.id, after))
			.orderBy(images.id)
			.limit(maxAtOnce);
		const last: string | undefined = batch.at(-1)?.id;
		if (last !== undefined) {
			const range = { after, last };
			count += await db.transaction((tx) => trimSome(tx, storage, range));
		}
		after = batch.length === maxAtOnce ? last! : null;
	}
	return count;
}

async function trimSome(
	tx: Tx,
	storage: ImageStorage,
	{ after, last }: { after: string; last: string },
): Promise<number> {
	const unused = sql`not exists (select from ${postImages} where ${postImages.imageId} = ${images.id})
		and not exists (select from ${accounts} where ${accounts.avatarId} = ${images.id})
		and not exists (select from ${profileRemovals}
			where ${profileRemovals.part} = 'avatar' and ${profileRemovals.value} = ${images.id})
		and not exists (select from ${draftImages} where ${draftImages.imageId} = ${images.id})`;
	const old = sql`${images.createdAt} < now() - make_interval(hours => ${waitingHours})`;
	const locked = await tx
		.select({ id: images.id })
		.from(images)
		.where(and(gt(images.id, after), lte(images.id, last), old, unused))
		.for('update', { skipLocked: true });
	const ids = locked.map(({ id }) => id);
	if (ids.length === 0) return 0;
	// a post may have taken one in the moment before it was locked: that is looked at again
	const rows = await tx
		.delete(images)
		.where(and(sql`${images.id} = any(${sql.param(ids)}::text[])`, unused))
		.returning({ id: images.id });
	// one after the other, a bucket might take longer than a transaction may stand idle
	await Promise.all(rows.map(({ id }) => storage.delete(id)));
	return rows.length;
}
