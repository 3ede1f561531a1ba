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

/** Most bytes of events that are read at once, unless the first alone has more. */
const pageBound = 1_048_576;

/** Events after a cursor in their order: at most `limit`, and no more than a megabyte of them, but one. */
export async function readEventsAfter(
	db: Db,
	{ topic, after, limit }: { topic: string; after: number; limit: number },
): Promise<StoredEvent[]> {
	const { rows } = await db.execute<{ cursor: string; event: LiveEvent }>(sql`
		select cursor, event from (
			select cursor, event, octet_length(event::text) as bytes,
				sum(octet_length(event::text)) over (order by cursor) as total
			from (
				select cursor, event from ${events}
				where topic = ${topic} and cursor > ${after} order by cursor limit ${limit}
			) as following
		) as sized
		where total - bytes < ${pageBound} order by cursor`);
	return rows.map(({ cursor, event }) => ({ topic, cursor: Number(cursor), event }));
}
