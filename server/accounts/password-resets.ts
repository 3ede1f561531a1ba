import { and, eq } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { accounts, sessions, tokens } from '../../db/schema.ts';
import type { Refused } from '../audit/schema.ts';
import type { ActContext } from '../context.ts';
import { Gone } from '../errors.ts';
import { requireStrongPassword } from './password-strength.ts';
import { hashPassword } from './passwords.ts';
import type { Credentials } from './sessions.ts';
import { findToken, spendToken } from './tokens.ts';

export class ResetOver extends Gone {
	constructor() {
		super('This link for setting a password was used or is out of date. Ask for another.');
	}

	override get audit(): Refused {
		return { event: 'link.refused', what: 'password' };
	}
}

/** Whose password a link sets; null for one that was spent or is out of date. */
export async function findReset(db: Db, token: string) {
	const found = await findToken(db, 'password', token);
	if (!found) return null;
	const { id, handle, name, email } = accounts;
	const [account] = await db
		.select({ id, handle, name, email })
		.from(accounts)
		.where(eq(id, found.accountId!));
	return account ?? null;
}

/**
 * Spends a link that sets a password. All sessions of the account end, on every server.
 *
 * @returns the account with its new hash
 * @throws {ResetOver} if the link was spent or is out of date
 * @throws {Invalid} if the password is easy to guess; the link stays good
 */
export async function resetPassword(
	{ db, changed, audit }: ActContext,
	{ token, password }: { token: string; password: string },
): Promise<Credentials> {
	const account = await findReset(db, token);
	if (!account) throw new ResetOver();
	const { id } = account;
	await requireStrongPassword(password, account);
	const passwordHash = await hashPassword(password);
	const ended = await db.transaction(async (tx) => {
		if (!(await spendToken(tx, 'password', token))) throw new ResetOver();
		await tx.update(accounts).set({ passwordHash }).where(eq(accounts.id, id));
		const { rowCount } = await tx.delete(sessions).where(eq(sessions.userId, id));
		await tx.delete(tokens).where(and(eq(tokens.purpose, 'password'), eq(tokens.accountId, id)));
		return rowCount;
	});
	changed({ account: id });
	const subject = { kind: 'account', id } as const;
	audit('link.used', subject, { actor: id, what: 'password' });
	audit('password.changed', subject, { actor: id });
	if (ended) audit('sessions.ended', subject, { actor: id, count: ended });
	return { id, passwordHash };
}
