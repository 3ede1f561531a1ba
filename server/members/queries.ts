import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, posts, scores, suspensions, threads } from '../../db/schema.ts';
import { isModerator } from '../accounts/permissions.ts';
import { authorColumns } from '../accounts/queries.ts';
import type { Author, Me } from '../accounts/schema.ts';
import { packCursor, unpackCursor } from '../cursors.ts';
import { imagePath } from '../images/queries.ts';
import type { List } from '../schema.ts';
import type { Member, MembersQuery } from './schema.ts';

/** A member by handle, in any case, with what they have written; null if there is none. */
export async function findMember(
	db: Db | Tx,
	handle: string,
	viewer: Me | null,
): Promise<Member | null> {
	const count = (kind: string) =>
		sql<number>`count(*) filter (where ${posts.kind} = ${kind})`.mapWith(Number);
	const [row] = await db
		.select({
			account: accounts,
			suspension: suspensions,
			definitions: count('definition'),
			stories: count('story'),
			replies: count('reply'),
			upvotes: sql<number>`coalesce(sum(${scores.score}), 0)`.mapWith(Number),
		})
		.from(accounts)
		.leftJoin(suspensions, eq(suspensions.accountId, accounts.id))
		.leftJoin(posts, sql`${eq(posts.authorId, accounts.id)} and ${posts.visible}`)
		.leftJoin(scores, eq(scores.postId, posts.id))
		.where(eq(sql`lower(${accounts.handle})`, handle.toLowerCase()))
		.groupBy(accounts.id, suspensions.accountId);
	if (!row) return null;
	const { account, suspension, ...counts } = row;
	const { id, name, headline, avatarId, role, createdAt } = account;
	const mayReadReason = viewer !== null && (viewer.id === id || isModerator(viewer));
	return {
		id,
		handle: account.handle,
		name,
		headline,
		avatar: avatarId && imagePath(avatarId),
		role,
		counts,
		createdAt: createdAt.toISOString(),
		suspension: suspension && {
			...(mayReadReason && { reason: suspension.reason }),
			at: suspension.createdAt.toISOString(),
		},
	};
}

/** The questions of some threads, by id. */
export async function listQuestions(
	db: Db | Tx,
	ids: number[],
): Promise<Record<number, { slug: string; question: string }>> {
	const rows = await db
		.select({ id: threads.id, slug: threads.slug, question: threads.question })
		.from(threads)
		.where(sql`${threads.id} = any(${sql.param([...new Set(ids)])}::int[])`);
	return Object.fromEntries(rows.map(({ id, slug, question }) => [id, { slug, question }]));
}

/**
 * Members whose handles begin with `prefix`, in any case, by handle. Served by the unique index on handles
 * in lower case in every collation that compares by letters first and ends with z.
 */
export async function listMembers(
	db: Db | Tx,
	{ prefix, limit, cursor }: MembersQuery,
): Promise<List<Author>> {
	const handle = sql`lower(${accounts.handle})`;
	const start = prefix.toLowerCase();
	const name = `members,${start}`;
	const [after] = cursor === undefined ? [] : unpackCursor(name, cursor, ['integer']);
	const rows = await db
		.select(authorColumns(accounts))
		.from(accounts)
		.where(
			and(
				sql`${handle} between ${start} and ${start.padEnd(longestHandle, 'z')}`,
				after === undefined
					? undefined
					: sql`${handle} > (select lower(handle) from accounts where id = ${after})`,
			),
		)
		.orderBy(handle)
		.limit(limit + 1);
	const last = rows.length > limit ? rows[limit - 1]! : null;
	return { items: rows.slice(0, limit), next: last && packCursor(name, [last.id]) };
}

const longestHandle = 30;
