import { and, desc, eq } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { drafts } from '../../db/schema.ts';
import type { Draft, DraftHead } from './schema.ts';

/** A member's drafts without their words, the latest first. */
export async function listDrafts(db: Db, accountId: number): Promise<DraftHead[]> {
	const rows = await db
		.select({ key: drafts.key, updatedAt: drafts.updatedAt })
		.from(drafts)
		.where(eq(drafts.accountId, accountId))
		.orderBy(desc(drafts.updatedAt));
	return rows.map(({ key, updatedAt }) => ({ key, updatedAt: updatedAt.toISOString() }));
}

export async function findDraft(
	db: Db,
	{ accountId, key }: { accountId: number; key: string },
): Promise<Draft | null> {
	const [row] = await db
		.select()
		.from(drafts)
		.where(and(eq(drafts.accountId, accountId), eq(drafts.key, key)));
	return row ? { key, content: row.content, updatedAt: row.updatedAt.toISOString() } : null;
}
