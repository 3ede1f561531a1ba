import type pg from 'pg';
import type { Me } from '../accounts/schema.ts';
import { Batches } from '../batches.ts';
import type { Context } from '../context.ts';
import { Forbidden, NotFound, Suspended } from '../errors.ts';
import type { Live } from '../live/hub.ts';
import { threadTopic } from '../live/queries.ts';
import type { Upvote } from './schema.ts';

type Wish = { postId: number; memberId: number; upvoted: boolean };

/** `score` is the post's after the wish; `cursor` is null where it changed nothing. */
type Outcome = {
	refusal: 'gone' | 'own' | 'suspended' | null;
	score: number;
	threadId: number;
	cursor: number | null;
};

export type Upvotes = Batches<Wish, Outcome>;

/**
 * Gives or takes back the member's upvote. The request states the wished state: repeating it changes nothing
 * and makes no event.
 *
 * @throws {NotFound} if there is no such post to be seen
 * @throws {Forbidden} if it is the member's own, or the member is suspended
 */
export async function setUpvote(
	context: Context,
	member: Me,
	{ postId, upvoted }: { postId: number; upvoted: boolean },
): Promise<Upvote> {
	const { refusal, score } = await context.upvotes.add({ postId, upvoted, memberId: member.id });
	if (refusal === 'gone') throw new NotFound('There is no such post.');
	if (refusal === 'own') throw new Forbidden('Nobody upvotes their own post.');
	if (refusal === 'suspended') throw new Suspended();
	return { postId, score, upvoted };
}

/** Upvotes that arrive together are written, and acknowledged, together. */
export function createUpvotes({ pool, live }: { pool: pg.Pool; live: Live }): Upvotes {
	return new Batches({
		keyOf: ({ postId, memberId }) => `${postId}:${memberId}`,
		write: (wishes) => writeUpvotes(pool, wishes),
		tell: (wishes, outcomes) =>
			live.publish(
				outcomes.flatMap(({ cursor, threadId, score }, index) =>
					cursor === null
						? []
						: [
								{
									topic: threadTopic(threadId),
									cursor,
									event: { type: 'post.upvoted', postId: wishes[index]!.postId, score } as const,
								},
							],
				),
			),
	});
}

/**
 * Writes wishes in one statement, each as if it came after those before it: the votes that change, the scores,
 * the cursors of their threads and the events. A wish that is refused leaves the others alone.
 *
 * The threads are locked before anything is written. What others have committed while that took is not seen, as if
 * it came later; but scores and cursors are raised from what they are then.
 */
async function writeUpvotes(pool: pg.Pool, wishes: Wish[]): Promise<Outcome[]> {
	const { rows } = await pool.query<Omit<Outcome, 'cursor'> & { cursor: string | null }>({
		name: 'write upvotes',
		text: writing,
		values: [
			wishes.map(({ postId }) => postId),
			wishes.map(({ memberId }) => memberId),
			wishes.map(({ upvoted }) => upvoted),
		],
	});
	return rows.map((row) => ({ ...row, cursor: row.cursor === null ? null : Number(row.cursor) }));
}

const writing = `
	with wish as (
		select * from unnest($1::int[], $2::int[], $3::bool[])
			with ordinality as wish (post_id, account_id, upvoted, place)
	), post as materialized (
		select post_id, thread_id, author_id, score, visible from scores where post_id = any($1)
	), locked as (
		select id from threads where id in (select thread_id from post) order by id for no key update
	), judged as (
		select wish.*, post.thread_id, post.author_id, post.score, case
			when post.visible is not true then 'gone'
			when post.author_id = wish.account_id then 'own'
			when suspensions.account_id is not null then 'suspended'
		end as refusal
		from (select count(*) from locked) as all_locked
			cross join wish left join post using (post_id)
			left join suspensions on suspensions.account_id = wish.account_id
	), given as (
		insert into upvotes (post_id, account_id, author_id)
		select post_id, account_id, author_id from judged where refusal is null and upvoted
		on conflict do nothing returning post_id, account_id
	), taken as (
		delete from upvotes using judged
		where judged.refusal is null and not judged.upvoted
			and upvotes.post_id = judged.post_id and upvotes.account_id = judged.account_id
		returning upvotes.post_id, upvotes.account_id
	), written as (
		select * from given union all select * from taken
	), counted as (
		select judged.*, written.post_id is not null as changed,
			sum(case when written.post_id is null then 0 when upvoted then 1 else -1 end)
				over (partition by judged.post_id order by place) as moved,
			count(written.post_id) over (partition by thread_id order by place) as step
		from judged left join written on written.post_id = judged.post_id and written.account_id = judged.account_id
	), advanced as (
		update threads set cursor = cursor + steps
		from (select thread_id, max(step) as steps from counted where changed group by thread_id) as counts
		where threads.id = counts.thread_id
		returning threads.id, threads.cursor - steps as base
	), scored as (
		update scores set score = scores.score + total
		from (
			select post_id, sum(case when upvoted then 1 else -1 end) as total
			from counted where changed group by post_id
		) as totals
		where scores.post_id = totals.post_id
		returning scores.post_id, scores.score - total as base
	), outcome as (
		select place, post_id, refusal, thread_id as "threadId",
			coalesce(coalesce(scored.base, score) + moved, 0)::int as score,
			case when changed then advanced.base + step end as cursor
		from counted left join advanced on advanced.id = thread_id left join scored using (post_id)
	), recorded as (
		insert into events (topic, cursor, event)
		select 'thread:' || "threadId", cursor, jsonb_build_object('type', 'post.upvoted', 'postId', post_id, 'score', score)
		from outcome where cursor is not null
	)
	select refusal, "threadId", score, cursor from outcome order by place`;
