import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import {
	events,
	locks,
	participants,
	posts,
	scores,
	suspensions,
	threads,
} from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import { deleteDrafts } from '../drafts/service.ts';
import { claimKeys, dropKeys, noteCreated, type Once } from '../idempotency.ts';
import type { Images } from '../images/markdown.ts';
import { keepPostImages } from '../images/service.ts';
import { type StoredEvent, threadTopic } from '../live/queries.ts';
import { toPublicPost } from '../live/service.ts';
import { listNewPosts } from '../posts/queries.ts';
import type { Post } from '../posts/schema.ts';
import type { deriveColumns } from '../posts/texts.ts';
import type { ThreadCounts } from '../threads/schema.ts';
import { lockThreadsOf } from '../threads/service.ts';

export type NewReply = {
	parentId: number;
	member: Me;
	columns: ReturnType<typeof deriveColumns>;
	images: Images;
	once?: Once;
};

/** `repeated`: the key has come before, and this request has created nothing. */
export type Written = Post | 'repeated' | 'suspended' | 'locked' | 'missing' | 'gone';

type Place = {
	threadId: number;
	answerId: number;
	depth: number;
	state: 'suspended' | 'locked' | 'missing' | 'gone' | null;
};
type Accepted = NewReply & { index: number; place: Place };

/**
 * Writes replies in one transaction, each as if it came after those before it. One that is refused leaves the
 * others alone.
 *
 * @returns what became of each, and the events to tell of after the commit
 */
export function writeReplies(
	db: Db,
	replies: NewReply[],
): Promise<{ results: Written[]; happened: StoredEvent[] }> {
	return db.transaction(async (tx) => {
		const claimed = await claimKeys(
			tx,
			replies.map(({ member, once }) => ({ accountId: member.id, once })),
		);
		await lockThreadsOf(
			tx,
			replies.map(({ parentId }) => parentId),
		);
		const places = await readPlaces(tx, replies);
		const results: Written[] = replies.map((_, index) =>
			claimed[index] ? (places[index]!.state ?? 'missing') : 'repeated',
		);
		const accepted = replies
			.map((reply, index) => ({ ...reply, index, place: places[index]! }))
			.filter(({ index, place }) => claimed[index] && place.state === null);
		await dropKeys(
			tx,
			replies.flatMap(({ member, once }, index) =>
				claimed[index] && places[index]!.state && once ? [{ accountId: member.id, once }] : [],
			),
		);
		if (accepted.length === 0) return { results, happened: [] };
		const { created, happened } = await insert(tx, accepted);
		created.forEach((post, n) => (results[accepted[n]!.index] = post));
		return { results, happened };
	});
}

/** Where each reply goes, and what speaks against it, under the locks of the threads. */
async function readPlaces(tx: Tx, replies: NewReply[]): Promise<Place[]> {
	const { rows } = await tx.execute<Place>(sql`
		select posts.thread_id as "threadId", posts.answer_id as "answerId", posts.depth, case
			when posts.id is null then 'missing'
			when suspensions.account_id is not null then 'suspended'
			when locks.thread_id is not null then 'locked'
			when not posts.visible then 'gone'
		end as state
		from unnest(
			${sql.param(replies.map(({ parentId }) => parentId))}::int[],
			${sql.param(replies.map(({ member }) => member.id))}::int[]
		) with ordinality as reply (parent_id, account_id, place)
			left join ${posts} on posts.id = reply.parent_id
			left join ${locks} on locks.thread_id = posts.thread_id
			left join ${suspensions} on suspensions.account_id = reply.account_id
		order by place`);
	return rows;
}

async function insert(
	tx: Tx,
	accepted: Accepted[],
): Promise<{ created: Post[]; happened: StoredEvent[] }> {
	const inserted = await tx
		.insert(posts)
		.values(
			accepted.map(({ parentId, member, columns, place }) => ({
				threadId: place.threadId,
				answerId: place.answerId,
				parentId,
				depth: place.depth + 1,
				kind: 'reply' as const,
				authorId: member.id,
				...columns,
			})),
		)
		.returning({ id: posts.id });
	const ids = inserted.map(({ id }) => id);
	await keepPostImages(
		tx,
		accepted.map(({ images }, n) => ({ postId: ids[n]!, images })),
	);
	await deleteDrafts(
		tx,
		accepted.map(({ member, parentId }) => ({ accountId: member.id, key: `reply:${parentId}` })),
	);
	const advances = await advanceThreads(tx, accepted);
	const replyCounts = await countReplies(tx, accepted);
	await noteCreated(
		tx,
		accepted.flatMap(({ member, once }, n) =>
			once ? [{ accountId: member.id, once, createdId: ids[n]! }] : [],
		),
	);
	const created = await listNewPosts(
		tx,
		accepted.map(({ member }, n) => ({ id: ids[n]!, viewer: member })),
	);
	const happened = created.map((post, n): StoredEvent & { postId: number } => {
		const { cursor, counts } = advances[n]!;
		return {
			topic: threadTopic(post.threadId),
			cursor,
			postId: post.id,
			event: {
				type: 'post.created',
				post: toPublicPost(post),
				counts,
				answer: { id: post.answerId, replyCount: replyCounts[n]! },
			},
		};
	});
	await tx.insert(events).values(happened);
	return { created, happened };
}

/**
 * Takes the next cursors of locked threads and keeps their counts.
 *
 * @returns of each reply, its cursor and its thread's counts after it
 */
async function advanceThreads(
	tx: Tx,
	accepted: Accepted[],
): Promise<{ cursor: number; counts: ThreadCounts }[]> {
	const threadIds = sql.param(accepted.map(({ place }) => place.threadId));
	const { rows: present } = await tx.execute<{
		threadId: number;
		accountId: number;
		isNew: boolean;
	}>(sql`
		insert into ${participants} (thread_id, account_id, post_count)
		select thread_id, account_id, count(*) from unnest(
			${threadIds}::int[],
			${sql.param(accepted.map(({ member }) => member.id))}::int[]
		) as reply (thread_id, account_id) group by thread_id, account_id
		on conflict (thread_id, account_id) do update
			set post_count = participants.post_count + excluded.post_count
		returning thread_id as "threadId", account_id as "accountId", xmax = 0 as "isNew"`);
	const newcomers = present.filter(({ isNew }) => isNew);
	const { rows } = await tx.execute<ThreadCounts & { id: number; cursor: string }>(sql`
		update ${threads} set
			cursor = cursor + total.replies,
			reply_count = reply_count + total.replies,
			member_count = member_count + coalesce(newcomers.members, 0)
		from (select id, count(*) as replies from unnest(${threadIds}::int[]) as reply (id) group by id) as total
			left join (
				select id, count(*) as members
				from unnest(${sql.param(newcomers.map(({ threadId }) => threadId))}::int[]) as newcomer (id)
				group by id
			) as newcomers using (id)
		where threads.id = total.id
		returning threads.id, cursor, definition_count as definitions, story_count as stories,
			reply_count as replies, member_count as members`);
	const last = new Map(
		rows.map(({ id, cursor, ...counts }) => [id, { cursor: Number(cursor), counts }]),
	);
	const pairs = accepted.map(({ place, member }) => `${place.threadId} ${member.id}`);
	const arrivals = new Set(
		newcomers.map(({ threadId, accountId }) => pairs.indexOf(`${threadId} ${accountId}`)),
	);
	return accepted
		.map(({ place }, n) => ({ threadId: place.threadId, members: arrivals.has(n) ? 1 : 0 }))
		.toReversed()
		.map(({ threadId, members }) => {
			const { cursor, counts } = last.get(threadId)!;
			last.set(threadId, {
				cursor: cursor - 1,
				counts: { ...counts, replies: counts.replies - 1, members: counts.members - members },
			});
			return { cursor, counts };
		})
		.toReversed();
}

/**
 * Raises the counts of replies of all posts above some new replies. `score` is set to itself: PostgreSQL 18 reads the
 * expression of a generated column (`rank`) anew for each row of an update that sets nothing that it is made of.
 *
 * @returns of each reply, its answer's count after it
 */
async function countReplies(tx: Tx, accepted: Accepted[]): Promise<number[]> {
	const { rows } = await tx.execute<{ id: number; replyCount: number }>(sql`
		with recursive above as (
			select posts.id, posts.parent_id
			from unnest(${sql.param(accepted.map(({ parentId }) => parentId))}::int[]) as reply (parent_id)
				join ${posts} on posts.id = reply.parent_id
			union all
			select posts.id, posts.parent_id from ${posts} join above on posts.id = above.parent_id
		), total as (
			select id, count(*)::int as replies from above group by id
		), counted as (
			update ${scores} set reply_count = scores.reply_count + replies, score = scores.score from total
			where post_id = total.id returning post_id as id, scores.reply_count as "replyCount"
		)
		select * from counted where id = any(${sql.param(accepted.map(({ place }) => place.answerId))}::int[])`);
	const last = new Map(rows.map(({ id, replyCount }) => [id, replyCount]));
	return accepted
		.toReversed()
		.map(({ place }) => {
			const count = last.get(place.answerId)!;
			last.set(place.answerId, count - 1);
			return count;
		})
		.toReversed();
}
