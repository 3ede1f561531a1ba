import { eq, sql } from 'drizzle-orm';
import { accounts } from '../../db/schema.ts';
import type { Refused } from '../audit/schema.ts';
import type { Context } from '../context.ts';
import { Refusal } from '../errors.ts';
import type { RateLimits } from '../rate-limits.ts';
import { readDevice } from './devices.ts';
import { verifyPassword } from './passwords.ts';
import type { SignIn } from './schema.ts';
import type { Credentials } from './sessions.ts';

/** An address and password that do not belong together; `account` is whose address it is. */
export class WrongPassword extends Refusal {
	readonly account: number | null;

	constructor(account: number | null) {
		super(
			401,
			'Not signed in',
			'This address and password do not belong together. Check both and try again.',
		);
		this.account = account;
	}

	override get audit(): Refused {
		const { account } = this;
		const subject = account === null ? null : ({ kind: 'account', id: account } as const);
		return { event: 'session.refused', what: 'password', subject };
	}
}

/**
 * Checks an address and password. Attempts are counted for the address they come from, for it and the account
 * together, and, more of them and for longer, for the account alone; those of a device that the account has signed in
 * on are counted for that device alone, so that nobody keeps it out by guessing.
 *
 * @param from.address as `addressKey` has it
 * @param from.device the device's cookie
 * @returns the account, with the hash that the password was checked against
 * @throws {WrongPassword} in the same words and time for an unknown address
 * @throws {TooMany} if there were too many attempts
 */
export async function checkPassword(
	{ db }: Context,
	{ email, password }: SignIn,
	{ limits, address, device }: { limits: RateLimits; address: string; device: string | undefined },
): Promise<Credentials> {
	const named = email.trim().toLowerCase();
	const [account] = await db
		.select({ id: accounts.id, passwordHash: accounts.passwordHash })
		.from(accounts)
		.where(eq(sql`lower(${accounts.email})`, named));
	const known = account ? readDevice(account, device) : null;
	const here = `${named} ${address}`;
	const there = known && `${account!.id} ${known}`;
	if (there) await limits.count('signInByDevice', there, account!.id);
	else {
		await limits.count('signInByAddress', address);
		await limits.count('signInByAccountAndAddress', here, account?.id);
		await limits.count('signInByAccount', named, account?.id);
	}
	const matches = await verifyPassword(account?.passwordHash, password);
	if (!matches || !account) throw new WrongPassword(account?.id ?? null);
	if (there) await limits.clear('signInByDevice', there);
	else {
		await limits.clear('signInByAccountAndAddress', here);
		await limits.uncount('signInByAccount', named);
	}
	return account;
}
