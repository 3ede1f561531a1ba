import { asc, count, eq, max } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { accounts, posts, sessions, suspensions } from '../../db/schema.ts';
import type { ActContext } from '../context.ts';
import { Conflict, Invalid } from '../errors.ts';
import { cleanField } from '../posts/texts.ts';
import { findAccount } from './queries.ts';
import { hashPassword } from './passwords.ts';
import type { Role, SignUp } from './schema.ts';
import { cleanIdentity, insertAccount } from './service.ts';
import { issueToken } from './tokens.ts';

/** What whoever runs an installation may do to its accounts, beside or without a server. */

const passwordLinkLastsMs = 86_400_000;

type Administration = Pick<ActContext, 'db' | 'audit'>;
type Account = { id: number; handle: string };

const columns = {
	id: accounts.id,
	handle: accounts.handle,
	name: accounts.name,
	email: accounts.email,
	role: accounts.role,
	createdAt: accounts.createdAt,
	suspendedFor: suspensions.reason,
};

/** All accounts in the order in which they were opened, or those of one role. */
export function listAccounts(db: Db, role?: Role) {
	return db
		.select(columns)
		.from(accounts)
		.leftJoin(suspensions, eq(suspensions.accountId, accounts.id))
		.where(role && eq(accounts.role, role))
		.orderBy(asc(accounts.id));
}

/**
 * An account with what it has done.
 *
 * @throws {NotFound} if there is no such member
 */
export async function showAccount(db: Db, handle: string) {
	const { id } = await findAccount(db, handle);
	const [account] = await db
		.select({ ...columns, headline: accounts.headline })
		.from(accounts)
		.leftJoin(suspensions, eq(suspensions.accountId, accounts.id))
		.where(eq(accounts.id, id));
	const [written] = await db
		.select({ posts: count(), lastPostAt: max(posts.createdAt) })
		.from(posts)
		.where(eq(posts.authorId, id));
	return { ...account!, ...written!, sessions: await db.$count(sessions, eq(sessions.userId, id)) };
}

/**
 * Makes a link's token by which an account's password can be set once, within a day.
 *
 * @throws {NotFound} if there is no such member
 */
export async function openPassword(
	{ db, audit }: Administration,
	handle: string,
): Promise<Account & { token: string }> {
	const account = await findAccount(db, handle);
	const grant = { purpose: 'password', accountId: account.id } as const;
	const token = await issueToken(db, grant, passwordLinkLastsMs);
	audit('link.created', { kind: 'account', id: account.id }, { what: 'password' });
	return { ...account, token };
}

/**
 * Opens an account whose password is to be set by a link.
 *
 * @throws {Conflict} if the handle or the e-mail address is taken
 */
export async function openAccount(
	context: Administration,
	{ role, ...input }: Omit<SignUp, 'password' | 'setUp'> & { role: Role },
): Promise<Account & { token: string }> {
	const passwordHash = await hashPassword(crypto.randomUUID());
	const values = { ...cleanIdentity(input), passwordHash, role };
	const id = await context.db.transaction((tx) => insertAccount(tx, values));
	context.audit('account.created', { kind: 'account', id }, { role });
	return openPassword(context, input.handle);
}

/**
 * Suspends a member, whatever their role, or ends the suspension (`reason` null).
 *
 * @throws {NotFound} if there is no such member
 * @throws {Conflict} if a suspension is to be ended that is not there
 */
export async function suspendAccount(
	{ db, audit }: Administration,
	{ handle, reason: given }: { handle: string; reason: string | null },
): Promise<Account> {
	const account = await findAccount(db, handle);
	const accountId = account.id;
	const subject = { kind: 'account', id: accountId } as const;
	if (given === null) {
		const { rowCount } = await db.delete(suspensions).where(eq(suspensions.accountId, accountId));
		if (!rowCount) throw new Conflict(`${account.handle} is not suspended.`);
		audit('account.unsuspended', subject);
		return account;
	}
	const reason = cleanField('plain', '/reason', given);
	if (reason === '' || [...reason].length > 1000)
		throw new Invalid('/reason', 'A reason has 1 to 1000 characters.');
	const values = { moderatorId: null, reason };
	await db
		.insert(suspensions)
		.values({ accountId, ...values })
		.onConflictDoUpdate({ target: suspensions.accountId, set: values });
	audit('account.suspended', subject);
	return account;
}
