import { createHash } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { idempotencyKeys } from '../db/schema.ts';
import { NotFound, Refusal } from './errors.ts';

/** A creating request that may be sent twice: its key, and what it asks for. */
export type Once = { key: string; request: string };

export function describeRequest(...parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/**
 * Creates once for each key of an account within 24 hours: a repetition, also one that arrives while the
 * first is under way, is told of what the first created.
 *
 * @param options.read reads what was created for the answer
 * @throws {Refusal} 422 if the key came before with another request
 */
export async function runOnce<T extends { id: number }>(
	tx: Tx,
	{
		once,
		accountId,
		create,
		read,
	}: {
		once: Once | undefined;
		accountId: number;
		create: () => Promise<T>;
		read: (id: number) => Promise<T | null>;
	},
): Promise<T> {
	if (!once) return create();
	const [isClaimed] = await claimKeys(tx, [{ accountId, once }]);
	if (!isClaimed) return readCreated(tx, { once, accountId, read });
	const created = await create();
	await noteCreated(tx, [{ accountId, once, createdId: created.id }]);
	return created;
}

type Key = { accountId: number; once: Once };

/**
 * Claims the keys of some requests, always in the same order, so that nobody waits in a circle. Those of an
 * account that are older than 24 hours are forgotten.
 *
 * @returns of each request, whether it is the first of its key; one without a key is
 */
export async function claimKeys(
	tx: Tx,
	requests: { accountId: number; once: Once | undefined }[],
): Promise<boolean[]> {
	const keys = requests.flatMap(({ accountId, once }) => (once ? [{ accountId, ...once }] : []));
	if (keys.length === 0) return requests.map(() => true);
	const accountIds = sql.param(keys.map(({ accountId }) => accountId));
	await tx.execute(sql`
		delete from ${idempotencyKeys}
		where account_id = any(${accountIds}::int[]) and created_at < now() - interval '24 hours'`);
	const { rows } = await tx.execute<{ accountId: number; key: string }>(sql`
		insert into ${idempotencyKeys} (account_id, key, request)
		select * from unnest(
			${accountIds}::int[],
			${sql.param(keys.map(({ key }) => key))}::text[],
			${sql.param(keys.map(({ request }) => request))}::text[]
		) as claim (account_id, key, request) order by account_id, key
		on conflict do nothing returning account_id as "accountId", key`);
	const claimed = new Set(rows.map(({ accountId, key }) => `${accountId} ${key}`));
	return requests.map(({ accountId, once }) => !once || claimed.has(`${accountId} ${once.key}`));
}

/** Says what the first requests of some keys have created. */
export async function noteCreated(tx: Tx, keys: (Key & { createdId: number })[]): Promise<void> {
	if (keys.length === 0) return;
	await tx.execute(sql`
		update ${idempotencyKeys} set created_id = created.id
		from unnest(
			${sql.param(keys.map(({ accountId }) => accountId))}::int[],
			${sql.param(keys.map(({ once }) => once.key))}::text[],
			${sql.param(keys.map(({ createdId }) => createdId))}::int[]
		) as created (account_id, key, id)
		where idempotency_keys.account_id = created.account_id and idempotency_keys.key = created.key`);
}

/** Forgets keys whose requests were refused. */
export async function dropKeys(tx: Tx, keys: Key[]): Promise<void> {
	if (keys.length === 0) return;
	await tx.execute(sql`
		delete from ${idempotencyKeys} using unnest(
			${sql.param(keys.map(({ accountId }) => accountId))}::int[],
			${sql.param(keys.map(({ once }) => once.key))}::text[]
		) as refused (account_id, key)
		where idempotency_keys.account_id = refused.account_id and idempotency_keys.key = refused.key`);
}

/**
 * Reads what the first request of a key has created.
 *
 * @throws {Refusal} 422 if the key came before with another request
 * @throws {NotFound} if it is gone again
 */
export async function readCreated<T>(
	db: Db | Tx,
	{ once: { key, request }, accountId, read }: Key & { read: (id: number) => Promise<T | null> },
): Promise<T> {
	const [first] = await db
		.select()
		.from(idempotencyKeys)
		.where(and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.key, key)));
	if (first?.request !== request || first.createdId === null)
		throw new Refusal(
			422,
			'Key used before',
			'This Idempotency-Key came with another request before. Use a new key for a new request.',
		);
	const created = await read(first.createdId);
	if (!created) throw new NotFound('What this request created is gone again.');
	return created;
}
