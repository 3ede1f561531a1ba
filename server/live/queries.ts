import { sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';
import { accounts, events, threads } from '../../db/schema.ts';
import type { LiveEvent } from './schema.ts';

export type StoredEvent = { topic: string; cursor: number; event: LiveEvent };

export const threadTopic = (threadId: number) => `thread:${threadId}`;
export const accountTopic = (accountId: number) => `account:${accountId}`;

/** The cursors of some topics' last committed events, in one statement. Topics that do not exist are left out. */
export async function readTopicCursors(db: Db, topics: string[]): Promise<Map<string, number>> {
	const idsOf = (kind: string) =>
		topics
			.map((topic) => topic.split(':'))
			.filter(([prefix]) => prefix === kind)
			.map(([, id]) => Number(id));
	const { rows } = await db.execute<{ topic: string; cursor: string }>(sql`
		select 'thread:' || id as topic, cursor from ${threads} where id = any(${sql.param(idsOf('thread'))}::int[])
		union all
		select 'account:' || id, cursor from ${accounts} where id = any(${sql.param(idsOf('account'))}::int[])`);
	return new Map(rows.map(({ topic, cursor }) => [topic, Number(cursor)]));
}

/**
 * Events after a cursor in their order, as JSON: at most `limit`, and no more of them once `maxBytes` are read. The
 * work is linear in what is answered: where an event has a successor, that is the next cursor.
 */
export async function readEventsAfter(
	db: Db,
	{
		topic,
		after,
		limit,
		maxBytes,
	}: { topic: string; after: number; limit: number; maxBytes: number },
): Promise<{ cursor: number; event: string }[]> {
	const { rows } = await db.execute<{ cursor: string; event: string }>(sql`
		with recursive following as (
			(
				select cursor, event::text as event, 1 as number, octet_length(event::text) as bytes
				from ${events} where topic = ${topic} and cursor > ${after} order by cursor limit 1
			)
			union all
			select next.cursor, next.event, number + 1, bytes + octet_length(next.event)
			from following cross join lateral (
				select cursor, event::text as event
				from ${events} where topic = ${topic} and cursor = following.cursor + 1 offset 0
			) as next
			where number < ${limit} and bytes < ${maxBytes}
		)
		select cursor, event from following order by cursor`);
	return rows.map(({ cursor, event }) => ({ cursor: Number(cursor), event }));
}
