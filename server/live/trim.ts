import { sql } from 'drizzle-orm';
import type { Db } from '../../db/client.ts';

/** Events are kept at least this long, and at least so many of each topic. */
const kept = { hours: 24, perTopic: 10_000 };
/** Most that one statement deletes, so that it ends in time however many there are. */
const maxAtOnce = 20_000;

/**
 * Deletes events that are older than a day and not among the last 10,000 of their topic. Clients behind
 * them get a `reset`.
 *
 * @returns how many were deleted
 */
export async function trimEvents(db: Db): Promise<number> {
	let count = 0;
	for (let last = maxAtOnce; last === maxAtOnce; count += last) {
		const { rowCount } = await db.execute(sql`
			delete from events where (topic, cursor) in (
				select events.topic, events.cursor
				from events join (
					select 'thread:' || id as topic, cursor from threads where cursor > ${kept.perTopic}
					union all
					select 'account:' || id, cursor from accounts where cursor > ${kept.perTopic}
				) as topics on topics.topic = events.topic
				where events.cursor <= topics.cursor - ${kept.perTopic}
					and events.created_at < now() - make_interval(hours => ${kept.hours})
				limit ${maxAtOnce}
			)`);
		last = rowCount ?? 0;
	}
	return count;
}
