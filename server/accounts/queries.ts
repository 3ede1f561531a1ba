import { eq, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, suspensions } from '../../db/schema.ts';
import { NotFound } from '../errors.ts';
import { imagePath } from '../images/queries.ts';
import type { Me } from './schema.ts';

type AuthorColumn = 'id' | 'handle' | 'name' | 'headline' | 'avatarId';

/** What everybody sees of a member, of `accounts` or an alias of it. The id is first: it cannot be null. */
export const authorColumns = <T extends Record<AuthorColumn, PgColumn>>(table: T) => ({
	id: table.id as T['id'],
	handle: table.handle as T['handle'],
	name: table.name as T['name'],
	headline: table.headline as T['headline'],
	avatar: sql<string | null>`'/images/' || ${table.avatarId} || '.webp'`,
});

/** An account and its suspension, as a query has joined them, in the shape its owner sees. */
export function toMe({
	account,
	suspension,
}: {
	account: typeof accounts.$inferSelect;
	suspension: typeof suspensions.$inferSelect | null;
}): Me {
	const { id, handle, name, headline, email, role, hidden, avatarId, createdAt } = account;
	return {
		id,
		handle,
		name,
		headline,
		email,
		role,
		hidden,
		avatar: avatarId && imagePath(avatarId),
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

/** @throws {NotFound} if there is no such member */
export async function findAccount(db: Db | Tx, handle: string) {
	const [account] = await db
		.select({ id: accounts.id, handle: accounts.handle, role: accounts.role })
		.from(accounts)
		.where(eq(sql`lower(${accounts.handle})`, handle.toLowerCase()));
	if (!account) throw new NotFound(`There is no member “${handle}”.`);
	return account;
}
