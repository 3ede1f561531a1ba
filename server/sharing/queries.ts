import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { posts } from '../../db/schema.ts';

/** The id of the latest post; 0 where there is none. */
export async function findLastId(db: Db | Tx): Promise<number> {
	const [row] = await db.select({ id: sql<number>`coalesce(max(${posts.id}), 0)` }).from(posts);
	return row!.id;
}

/** The definitions and stories with ids in a range, its end excluded, and when each last changed. */
export async function listAnswerTimes(
	db: Db | Tx,
	{ from, to }: { from: number; to: number },
): Promise<{ id: number; changedAt: Date }[]> {
	return db
		.select({
			id: posts.id,
			changedAt: sql`coalesce(${posts.editedAt}, ${posts.createdAt})`.mapWith(posts.createdAt),
		})
		.from(posts)
		.where(
			sql`${posts.id} >= ${from}::bigint and ${posts.id} < ${to}::bigint and ${posts.visible} and ${posts.depth} = 0`,
		)
		.orderBy(posts.id);
}
