import type pg from 'pg';

/** The cursor that a thread has come to. */
export async function readCursor(pool: pg.Pool, threadId: number): Promise<number> {
	const { rows } = await pool.query<{ cursor: string }>(
		'select cursor from threads where id = $1',
		[threadId],
	);
	return Number(rows[0]!.cursor);
}

/**
 * Makes sure that a thread's kept counts are what its rows are, and that its cursors are consecutive.
 *
 * @param expected.cursor what the thread must have come to
 * @throws {Error} saying what does not agree
 */
export async function checkThread(
	pool: pg.Pool,
	{ threadId, cursor }: { threadId: number; cursor: number },
): Promise<void> {
	const { rows } = await pool.query<Record<string, string>>(
		`with own as (select * from posts where thread_id = $1)
		select
			(select cursor from threads where id = $1) as cursor,
			(select max(cursor) from events where topic = 'thread:' || $1) as last,
			(select max(cursor) - min(cursor) + 1 - count(*) from events where topic = 'thread:' || $1) as holes,
			(select count(*) from own left join scores on scores.post_id = own.id
				where score is distinct from (select count(*) from upvotes where post_id = own.id)) as scores,
			(select count(*) from own where depth = 0
				and (select reply_count from scores where post_id = own.id)
					<> (select count(*) from posts where answer_id = own.id and depth > 0 and visible)) as replies,
			(select count(*) from threads where id = $1
				and (reply_count <> (select count(*) from own where kind = 'reply' and visible)
					or member_count <> (select count(*) from participants where thread_id = $1))) as counts,
			(select count(*) from participants where thread_id = $1
				and post_count <> (select count(*) from own where author_id = account_id and visible)) as participants`,
		[threadId],
	);
	const { cursor: reached, last, ...wrong } = rows[0]!;
	if (Number(reached) !== cursor || Number(last) !== cursor)
		throw new Error(`The thread is at ${reached} and its events at ${last}, not at ${cursor}.`);
	for (const [what, count] of Object.entries(wrong))
		if (Number(count) !== 0) throw new Error(`The database does not agree: ${count} ${what}.`);
}
