import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { drafts } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import { Conflict } from '../errors.ts';
import type { Draft, DraftChange } from './schema.ts';

/** Most drafts of one account, the oldest of which makes room, and how long one is kept. */
const most = 100;
const keptDays = 90;

/**
 * Keeps a draft in place of the one under the same key.
 *
 * @throws {Conflict} if that is another than the one this draft says it replaces
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
		return { key, content, updatedAt: row.updatedAt.toISOString() };
	});
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
