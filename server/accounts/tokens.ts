import { randomBytes } from 'node:crypto';
import { and, eq, gt, lt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { tokens } from '../../db/schema.ts';
import { hashToken } from './sessions.ts';

/** What a token is for, and of which account; one for setting the site up is nobody's yet. */
type Grant = { purpose: 'set-up'; accountId: null } | { purpose: 'password'; accountId: number };
type Purpose = Grant['purpose'];

/**
 * Makes a token that can be spent once, in place of those that the account has for the same purpose.
 *
 * @param lifetimeMs how long it is good, in ms
 * @returns what to put into a link: 43 characters of base64url; the database keeps its hash alone
 */
export async function issueToken(
	db: Db | Tx,
	{ purpose, accountId }: Grant,
	lifetimeMs: number,
): Promise<string> {
	if (accountId !== null)
		await db
			.delete(tokens)
			.where(and(eq(tokens.purpose, purpose), eq(tokens.accountId, accountId)));
	const token = randomBytes(32).toString('base64url');
	const expiresAt = new Date(Date.now() + lifetimeMs);
	await db.insert(tokens).values({ id: hashToken(token), purpose, accountId, expiresAt });
	return token;
}

const isGood = (purpose: Purpose, token: string) =>
	and(
		eq(tokens.id, hashToken(token)),
		eq(tokens.purpose, purpose),
		gt(tokens.expiresAt, sql`now()`),
	);

/** What a token is good for, unspent as it stays; null for one that is not, or not any more. */
export async function findToken(db: Db, purpose: Purpose, token: string) {
	const [found] = await db
		.select({ accountId: tokens.accountId })
		.from(tokens)
		.where(isGood(purpose, token));
	return found ?? null;
}

/** Spends a token: of several that try at once one gets it, the others null. */
export async function spendToken(tx: Tx, purpose: Purpose, token: string) {
	const [spent] = await tx
		.delete(tokens)
		.where(isGood(purpose, token))
		.returning({ accountId: tokens.accountId });
	return spent ?? null;
}

export async function deleteExpiredTokens(db: Db): Promise<number> {
	const { rowCount } = await db.delete(tokens).where(lt(tokens.expiresAt, sql`now()`));
	return rowCount ?? 0;
}
