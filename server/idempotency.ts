import { createHash } from 'node:crypto';
import { and, eq, lt, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
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
	const { key, request } = once;
	const row = and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.key, key));
	await tx
		.delete(idempotencyKeys)
		.where(
			and(
				eq(idempotencyKeys.accountId, accountId),
				lt(idempotencyKeys.createdAt, sql`now() - interval '24 hours'`),
			),
		);
	const { rowCount } = await tx
		.insert(idempotencyKeys)
		.values({ accountId, key, request })
		.onConflictDoNothing();
	if (rowCount) {
		const created = await create();
		await tx.update(idempotencyKeys).set({ createdId: created.id }).where(row);
		return created;
	}
	const [first] = await tx.select().from(idempotencyKeys).where(row);
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
