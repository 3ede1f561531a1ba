import { and, eq, ne, sql } from 'drizzle-orm';
import { accounts, threads } from '../../db/schema.ts';
import type { Context } from '../context.ts';
import { Conflict, Invalid, readDatabaseError, Refusal } from '../errors.ts';
import { cleanLine } from '../posts/texts.ts';
import { hashPassword, isCommonPassword, verifyPassword } from './passwords.ts';
import type { AccountChange, SignIn, SignUp } from './schema.ts';

/** Serialises the decision who the first account is. */
const firstAccountLock = 0x686f7374;

/**
 * Opens an account; the first of an installation becomes its host, and the asker of threads that wait for one.
 *
 * @returns the account's id
 * @throws {Conflict} if the handle or the e-mail address is taken
 * @throws {Invalid} if the password is one of the 10,000 commonest
 */
export async function createAccount({ db, sockets }: Context, input: SignUp): Promise<number> {
	const values = {
		handle: input.handle,
		name: cleanLine('/name', input.name),
		headline: cleanLine('/headline', input.headline ?? '') || null,
		email: input.email.trim(),
	};
	if (await isCommonPassword(input.password))
		throw new Invalid('/password', 'This is among the commonest passwords. Choose another.');
	const passwordHash = await hashPassword(input.password);
	try {
		const { id, role } = await db.transaction(async (tx) => {
			await tx.execute(sql`select pg_advisory_xact_lock(${firstAccountLock})`);
			const [taken] = await tx.select({ id: accounts.id }).from(accounts).limit(1);
			const role = taken ? 'member' : 'host';
			const [account] = await tx
				.insert(accounts)
				.values({ ...values, passwordHash, role })
				.returning({ id: accounts.id });
			if (role === 'host')
				await tx
					.update(threads)
					.set({ hostId: account!.id })
					.where(sql`${threads.hostId} is null`);
			return { id: account!.id, role };
		});
		if (role === 'host') sockets.forgetKept();
		return id;
	} catch (error) {
		const { code, constraint } = readDatabaseError(error);
		if (code === '23505' && constraint === 'accounts_handle')
			throw new Conflict('This handle is taken. Choose another.', [
				{ path: '/handle', message: 'is taken' },
			]);
		if (code === '23505' && constraint === 'accounts_email')
			throw new Conflict('There is an account with this e-mail address. Sign in instead.', [
				{ path: '/email', message: 'has an account already' },
			]);
		throw error;
	}
}

/**
 * Checks an address and password.
 *
 * @returns the account's id
 * @throws {Refusal} 401, in the same words and time for an unknown address as for a wrong password
 */
export async function checkPassword({ db }: Context, { email, password }: SignIn): Promise<number> {
	const [account] = await db
		.select({ id: accounts.id, passwordHash: accounts.passwordHash })
		.from(accounts)
		.where(eq(sql`lower(${accounts.email})`, email.trim().toLowerCase()));
	if ((await verifyPassword(account?.passwordHash, password)) && account) return account.id;
	throw new Refusal(
		401,
		'Not signed in',
		'This address and password do not belong together. Check both and try again.',
	);
}

/** Whether the installation waits for its host. */
export async function isWithoutAccounts({ db }: Context): Promise<boolean> {
	const [account] = await db.select({ id: accounts.id }).from(accounts).limit(1);
	return account === undefined;
}

/** Changes an account's settings. If that changes anything its live sockets are closed, to come back under the new ones. */
export async function changeAccount(
	{ db, sockets }: Context,
	id: number,
	{ hidden }: AccountChange,
): Promise<void> {
	if (hidden === undefined) return;
	const { rowCount } = await db
		.update(accounts)
		.set({ hidden })
		.where(and(eq(accounts.id, id), ne(accounts.hidden, hidden)));
	if (rowCount) sockets.closeAccount(id);
}
