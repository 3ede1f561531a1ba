import { and, eq, ne } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { accounts } from '../../db/schema.ts';
import type { Refused } from '../audit/schema.ts';
import type { ActContext } from '../context.ts';
import { Conflict, Gone, readDatabaseError } from '../errors.ts';
import { cleanField } from '../posts/texts.ts';
import { isSetUp, spendSetUp, welcomeHost } from './hosts.ts';
import { requireOwnName } from './names.ts';
import { requireStrongPassword } from './password-strength.ts';
import { hashPassword } from './passwords.ts';
import type { AccountChange, Role, SignUp } from './schema.ts';
import type { Credentials } from './sessions.ts';

type Identity = Pick<SignUp, 'handle' | 'name' | 'headline' | 'email'>;

/**
 * Opens an account: a member's or, with the token of a link for setting the site up, the host's.
 *
 * @returns the account
 * @throws {Conflict} if the handle or the e-mail address is taken, or a name could be taken for an official one
 * @throws {Invalid} if the password is easy to guess
 * @throws {Gone} if the token is of no use any more
 */
export async function createAccount(context: ActContext, input: SignUp): Promise<Credentials> {
	const { db, changed, audit } = context;
	const { setUp = '', password } = input;
	const values = cleanIdentity(input);
	if (setUp && !(await isSetUp(db, setUp))) throw new SetUpOver();
	if (!setUp) await requireOwnName(db, values);
	await requireStrongPassword(password, values);
	const passwordHash = await hashPassword(password);
	const id = await db.transaction(async (tx) => {
		if (setUp && !(await spendSetUp(tx, setUp))) throw new SetUpOver();
		return insertAccount(tx, { ...values, passwordHash, role: setUp ? 'host' : 'member' });
	});
	if (setUp) changed('all');
	const subject = { kind: 'account', id } as const;
	if (setUp) audit('link.used', subject, { actor: id, what: 'set-up' });
	audit('account.created', subject, { actor: id, role: setUp ? 'host' : 'member' });
	return { id, passwordHash };
}

class SetUpOver extends Gone {
	constructor() {
		super(
			'The link that you followed makes nobody the host any more: it was used or is out of date. Send the form again to join as a member.',
			[{ path: '/setUp', message: 'is no longer good' }],
		);
	}

	override get audit(): Refused {
		return { event: 'link.refused', what: 'set-up' };
	}
}

/** The words of an account as they are kept. */
export function cleanIdentity({ handle, name, headline, email }: Identity) {
	return {
		handle,
		name: cleanField('line', '/name', name),
		headline: cleanField('line', '/headline', headline ?? '') || null,
		email: email.trim(),
	};
}

/** @throws {Conflict} if the handle or the e-mail address is taken */
export async function insertAccount(
	tx: Tx,
	values: ReturnType<typeof cleanIdentity> & { passwordHash: string; role: Role },
): Promise<number> {
	try {
		const [account] = await tx.insert(accounts).values(values).returning({ id: accounts.id });
		if (values.role === 'host') await welcomeHost(tx, account!.id);
		return account!.id;
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

/** Changes an account's settings. If that changes anything its live sockets are closed, to come back under the new ones. */
export async function changeAccount(
	{ db, changed, audit }: ActContext,
	id: number,
	{ hidden }: AccountChange,
): Promise<void> {
	if (hidden === undefined) return;
	const { rowCount } = await db
		.update(accounts)
		.set({ hidden })
		.where(and(eq(accounts.id, id), ne(accounts.hidden, hidden)));
	if (!rowCount) return;
	changed({ account: id });
	audit('account.changed', { kind: 'account', id }, { hidden });
}
