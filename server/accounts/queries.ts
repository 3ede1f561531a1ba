import { eq } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { accounts, suspensions } from '../../db/schema.ts';
import { NotFound } from '../errors.ts';
import type { Me } from './schema.ts';

/** An account and its suspension, as a query has joined them, in the shape its owner sees. */
export function toMe({
	account,
	suspension,
}: {
	account: typeof accounts.$inferSelect;
	suspension: typeof suspensions.$inferSelect | null;
}): Me {
	const { id, handle, name, headline, email, role, hidden, createdAt } = account;
	return {
		id,
		handle,
		name,
		headline,
		email,
		role,
		hidden,
		suspension: suspension && {
			reason: suspension.reason,
			at: suspension.createdAt.toISOString(),
		},
		createdAt: createdAt.toISOString(),
	};
}

/** @throws {NotFound} if there is no such account */
export async function findMe(db: Db, id: number): Promise<Me> {
	const [row] = await db
		.select({ account: accounts, suspension: suspensions })
		.from(accounts)
		.leftJoin(suspensions, eq(suspensions.accountId, accounts.id))
		.where(eq(accounts.id, id));
	if (!row) throw new NotFound('There is no such account.');
	return toMe(row);
}
