import { eq, isNull, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, threads, tokens } from '../../db/schema.ts';
import { findToken, issueToken, spendToken } from './tokens.ts';

const setUpLastsMs = 86_400_000;
/** Serialises the decision who the first host is. */
const hostLock = 0x686f7374;

async function hasHost(db: Db | Tx): Promise<boolean> {
	const [host] = await db
		.select({ id: accounts.id })
		.from(accounts)
		.where(eq(accounts.role, 'host'))
		.limit(1);
	return host !== undefined;
}

/**
 * A token whose bearer may become the host of a site that has none.
 *
 * @returns what to put into a link, good once and for a day; null where there is a host
 */
export async function issueSetUp(db: Db): Promise<string | null> {
	if (await hasHost(db)) return null;
	return issueToken(db, { purpose: 'set-up', accountId: null }, setUpLastsMs);
}

/** Whether who signs up with this token becomes the host. */
export async function isSetUp(db: Db, token: string): Promise<boolean> {
	return (await findToken(db, 'set-up', token)) !== null && !(await hasHost(db));
}

/** Spends a token of {@link issueSetUp}. Returns whether its bearer is to be the host. */
export async function spendSetUp(tx: Tx, token: string): Promise<boolean> {
	await tx.execute(sql`select pg_advisory_xact_lock(${hostLock})`);
	return (await spendToken(tx, 'set-up', token)) !== null && !(await hasHost(tx));
}

/** Gives the threads that wait for a host to this one; the links for becoming one are worth nothing from here on. */
export async function welcomeHost(tx: Tx, hostId: number): Promise<void> {
	await tx.update(threads).set({ hostId }).where(isNull(threads.hostId));
	await tx.delete(tokens).where(eq(tokens.purpose, 'set-up'));
}
