import { eq, sql, sum } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { draftImages, drafts, images } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import { Conflict, Refusal } from '../errors.ts';
import { readImageIds } from '../images/queries.ts';
import type { Draft, DraftChange } from './schema.ts';

/** Most drafts of one account, the oldest of which makes room, and how long one is kept. */
const most = 100;
const keptDays = 90;
/** Most bytes of all drafts of one account. */
const maxBytes = 5 * 1024 * 1024;

/**
 * Keeps a draft in place of the one under the same key.
 *
 * @throws {Conflict} if that is another than the one this draft says it replaces
 * @throws {Refusal} 413 if all the drafts of the account would be too large together
 */
export async function saveDraft(
	{ db }: Context,
	member: Me,
	{ key, content, replaces }: DraftChange & { key: string },
): Promise<Draft> {
	const accountId = member.id;
	const isExpected =
		replaces === undefined
			? undefined
			: // a leap second is a time for the API, and none here
				sql`${drafts.updatedAt} = to_timestamp(${(replaces && Date.parse(replaces)) || null}::float8 / 1000)::timestamptz(3)`;
	return db.transaction(async (tx) => {
		const [row] = await tx
			.insert(drafts)
			.values({ accountId, key, content })
			.onConflictDoUpdate({
				target: [drafts.accountId, drafts.key],
				set: { content, updatedAt: sql`now()` },
				setWhere: isExpected,
			})
			.returning({ updatedAt: drafts.updatedAt });
		if (!row)
			throw new Conflict('Another version of this draft was kept meanwhile. Read that one first.');
		await tx.delete(drafts).where(sql`${drafts.accountId} = ${accountId} and ${drafts.key} in (
			select key from drafts where account_id = ${accountId}
			order by updated_at desc, key offset ${most})`);
		const [use] = await tx
			.select({ bytes: sum(drafts.size).mapWith(Number) })
			.from(drafts)
			.where(eq(drafts.accountId, accountId));
		if (use!.bytes > maxBytes)
			throw new Refusal(
				413,
				'Too large',
				'Your drafts take up all the room there is for them: 5 megabytes. Send or delete some of them.',
			);
		await keepDraftImages(tx, { accountId, key, content });
		return { key, content, updatedAt: row.updatedAt.toISOString() };
	});
}

/** Notes which of the member's pictures a draft names, in place of those it has named before. */
async function keepDraftImages(
	tx: Tx,
	{ accountId, key, content }: Pick<DraftChange, 'content'> & { accountId: number; key: string },
): Promise<void> {
	const ids = sql.param(readImageIds(JSON.stringify(content)));
	await tx.execute(sql`
		with gone as (
			delete from ${draftImages}
			where account_id = ${accountId} and key = ${key} and image_id <> all(${ids}::text[])
		), named as (
			select id from ${images} where id = any(${ids}::text[]) and account_id = ${accountId}
			for key share
		)
		insert into ${draftImages} (account_id, key, image_id)
		select ${accountId}, ${key}, id from named on conflict do nothing`);
}

/** Deletes drafts; does nothing where there are none. */
export async function deleteDrafts(
	db: Db | Tx,
	named: { accountId: number; key: string }[],
): Promise<void> {
	await db.execute(sql`
		delete from ${drafts} using unnest(
			${sql.param(named.map(({ accountId }) => accountId))}::int[],
			${sql.param(named.map(({ key }) => key))}::text[]
		) as named (account_id, key)
		where drafts.account_id = named.account_id and drafts.key = named.key`);
}

/**
 * Deletes drafts that were not touched for 90 days.
 *
 * @returns how many were deleted
 */
export async function trimDrafts(db: Db): Promise<number> {
	const { rowCount } = await db
		.delete(drafts)
		.where(sql`${drafts.updatedAt} < now() - make_interval(days => ${keptDays})`);
	return rowCount ?? 0;
}
