import { and, eq, sql } from 'drizzle-orm';
import { unionAll } from 'drizzle-orm/pg-core';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, events, imageRemovals, images, profileRemovals } from '../../db/schema.ts';
import { findAccount } from '../accounts/queries.ts';
import type { Me } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { Conflict, Forbidden, NotFound } from '../errors.ts';
import { imagePath } from '../images/queries.ts';
import { lockAllThreads } from '../threads/service.ts';
import type { MemberRemoval, ProfilePart } from './schema.ts';
import { mayActOn } from './service.ts';

/** What moderators took away of a member, the latest first. */
export async function listRemovals(db: Db | Tx, accountId: number): Promise<MemberRemoval[]> {
	const rows = await unionAll(
		db
			.select({
				part: sql<MemberRemoval['part']>`${profileRemovals.part}`.as('part'),
				imageId: sql<string | null>`null::text`.as('image_id'),
				reason: profileRemovals.reason,
				at: profileRemovals.createdAt,
			})
			.from(profileRemovals)
			.where(eq(profileRemovals.accountId, accountId)),
		db
			.select({
				part: sql<MemberRemoval['part']>`'image'`.as('part'),
				imageId: sql<string | null>`${images.id}`.as('image_id'),
				reason: imageRemovals.reason,
				at: imageRemovals.createdAt,
			})
			.from(imageRemovals)
			.innerJoin(images, eq(images.id, imageRemovals.imageId))
			.where(eq(images.accountId, accountId)),
	)
		.orderBy(sql`created_at desc`)
		.limit(100);
	return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
}

const partNames = { name: 'name', headline: 'headline', avatar: 'picture' };

/**
 * Hides a member's name, headline or picture from everybody, with a reason, or changes the reason: their handle
 * stands for the name. What the events of the past say of it is taken out of them as well.
 *
 * @throws {Forbidden} unless the member may moderate the other
 * @throws {NotFound} if there is no such member
 * @throws {Conflict} if there is nothing to hide
 */
export async function setProfileRemoval(
	context: ActContext,
	member: Me,
	{ handle, part, reason }: { handle: string; part: ProfilePart; reason: string },
): Promise<MemberRemoval> {
	const values = { handle, part, event: 'profile.removed' } as const;
	const removal = await changeProfile(context, member, values, async (tx, account, before) => {
		if (before)
			await tx
				.update(profileRemovals)
				.set({ reason, moderatorId: member.id })
				.where(ofPart(account.id, part));
		else {
			const value = { ...account, avatar: account.avatarId }[part];
			if (value === null || (part === 'name' && value === account.handle))
				throw new Conflict(`There is no ${partNames[part]} to hide.`);
			const values = { accountId: account.id, part, value, moderatorId: member.id, reason };
			await tx.insert(profileRemovals).values(values);
			await show(tx, account, { part, value: part === 'name' ? account.handle : null });
		}
		const [row] = await tx.select().from(profileRemovals).where(ofPart(account.id, part));
		return { part, imageId: null, reason, at: row!.createdAt.toISOString() };
	});
	return removal!;
}

/**
 * Puts back what was hidden of a member; does nothing where it is not hidden.
 *
 * @throws {Forbidden} unless the member may moderate the other
 * @throws {NotFound} if there is no such member
 */
export async function deleteProfileRemoval(
	context: ActContext,
	member: Me,
	{ handle, part }: { handle: string; part: ProfilePart },
): Promise<void> {
	const values = { handle, part, event: 'profile.restored' } as const;
	await changeProfile(context, member, values, async (tx, account, before) => {
		if (!before) return null;
		await tx.delete(profileRemovals).where(ofPart(account.id, part));
		await show(tx, account, { part, value: before.value });
		return before;
	});
}

type Account = typeof accounts.$inferSelect;

const ofPart = (accountId: number, part: ProfilePart) =>
	and(eq(profileRemovals.accountId, accountId), eq(profileRemovals.part, part));

/**
 * Runs a change of what is hidden of a member under the lock of their account, and has every server read it anew.
 *
 * @param change returns null where it changes nothing
 */
async function changeProfile<T>(
	context: ActContext,
	member: Me,
	{
		handle,
		part,
		event,
	}: { handle: string; part: ProfilePart; event: 'profile.removed' | 'profile.restored' },
	change: (
		tx: Tx,
		account: Account,
		before: typeof profileRemovals.$inferSelect | undefined,
	) => Promise<T | null>,
): Promise<T | null> {
	const { id } = await findAccount(context.db, handle);
	const result = await context.db.transaction(async (tx) => {
		// first, as all do who write: an event that is being written would still say what was shown before
		await lockAllThreads(tx);
		const [account] = await tx.select().from(accounts).where(eq(accounts.id, id)).for('update');
		if (!account) throw new NotFound(`There is no member “${handle}”.`);
		if (!mayActOn(member, account)) throw new Forbidden(otherModerators);
		const [before] = await tx.select().from(profileRemovals).where(ofPart(id, part));
		return change(tx, account, before);
	});
	context.changed({ account: id });
	if (result !== null) context.audit(event, { kind: 'account', id }, { part });
	return result;
}

const otherModerators =
	'What a moderator shows is hidden by the host alone, and what the host shows by nobody.';

/** Shows another name, headline or picture of a member, in the events of the past as well. */
async function show(
	tx: Tx,
	{ id }: Account,
	{ part, value }: { part: ProfilePart; value: string | null },
): Promise<void> {
	const column = part === 'avatar' ? 'avatarId' : part;
	await tx
		.update(accounts)
		.set({ [column]: value })
		.where(eq(accounts.id, id));
	const shown = JSON.stringify(part === 'avatar' && value !== null ? imagePath(value) : value);
	const places = [
		{
			place: ['post', 'author'],
			isLikely: sql`post_id in (select id from posts where author_id = ${id})`,
		},
		// the features of the past are in events alone
		{ place: ['post', 'feature', 'by'], isLikely: sql`post_id is not null` },
		{ place: ['feature', 'by'], isLikely: sql`post_id is not null` },
	];
	for (const { place, isLikely } of places) {
		const path = sql.param([...place, 'id']);
		await tx.execute(sql`
			update ${events} set event = jsonb_set(event, ${sql.param([...place, part])}::text[], ${shown}::jsonb)
			where ${isLikely} and event #>> ${path}::text[] = ${String(id)}`);
	}
}

/**
 * Takes a picture away from all posts that show it, with a reason, or changes the reason. Their words stay, and a mark
 * stands in its place.
 *
 * @throws {Forbidden} unless the member may moderate the one whose picture it is
 * @throws {NotFound} if there is no such picture
 */
export async function setImageRemoval(
	context: ActContext,
	member: Me,
	{ imageId, reason }: { imageId: string; reason: string },
): Promise<MemberRemoval> {
	await requireMayRemove(context, member, imageId);
	const values = { moderatorId: member.id, reason };
	const [row] = await context.db
		.insert(imageRemovals)
		.values({ imageId, ...values })
		.onConflictDoUpdate({ target: imageRemovals.imageId, set: values })
		.returning();
	context.changed('all');
	context.audit('image.removed', { kind: 'image', id: imageId });
	return { part: 'image', imageId, reason, at: row!.createdAt.toISOString() };
}

/**
 * Shows a picture again that was taken away; does nothing where it was not.
 *
 * @throws {Forbidden} unless the member may moderate the one whose picture it is
 * @throws {NotFound} if there is no such picture
 */
export async function deleteImageRemoval(
	context: ActContext,
	member: Me,
	imageId: string,
): Promise<void> {
	await requireMayRemove(context, member, imageId);
	const ofImage = eq(imageRemovals.imageId, imageId);
	const { rowCount } = await context.db.delete(imageRemovals).where(ofImage);
	context.changed('all');
	if (rowCount) context.audit('image.restored', { kind: 'image', id: imageId });
}

async function requireMayRemove({ db }: ActContext, member: Me, imageId: string): Promise<void> {
	const [owner] = await db
		.select({ role: accounts.role })
		.from(images)
		.innerJoin(accounts, eq(accounts.id, images.accountId))
		.where(eq(images.id, imageId));
	if (!owner) throw new NotFound('There is no such picture.');
	if (!mayActOn(member, owner)) throw new Forbidden(otherModerators);
}
