import { and, eq, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { locks, participants, posts, suspensions, threads } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { Conflict, Locked, readDatabaseError, Suspended } from '../errors.ts';
import { type Once, runOnce } from '../idempotency.ts';
import type { Kind } from '../posts/schema.ts';
import { renderMarkdown } from '../posts/markdown.ts';
import { findThread, findThreadById } from './queries.ts';
import type { NewThread, Thread, ThreadCounts } from './schema.ts';

/** What a change does to a thread: its count of one kind of post, by one author. */
export type CountChange = { kind: Kind; authorId: number; by: 1 | -1 };

/**
 * Locks a thread's row until the transaction ends. Whatever writes to a thread does so first, and then reads
 * what it decides by: writers of one thread go one after the other, in the order of their cursors.
 */
export async function lockThread(tx: Tx, threadId: number): Promise<void> {
	await tx
		.select({ id: threads.id })
		.from(threads)
		.where(eq(threads.id, threadId))
		.for('no key update');
}

/** Locks the threads of some posts as {@link lockThread}, always in the same order, so that nobody waits in a circle. */
export async function lockThreadsOf(tx: Tx, postIds: number[]): Promise<void> {
	await tx.execute(sql`
		select id from ${threads} where id in (
			select thread_id from ${posts} where id = any(${sql.param(postIds)}::int[])
		) order by id for no key update`);
}

/** Locks every thread as {@link lockThread}: no event is being written in any. */
export async function lockAllThreads(tx: Tx): Promise<void> {
	await tx.execute(sql`select id from ${threads} order by id for no key update`);
}

/** Takes the next cursor of a locked thread and keeps its counts. */
export async function advanceThread(
	tx: Tx,
	threadId: number,
	change?: CountChange | null,
): Promise<{ cursor: number; counts: ThreadCounts }> {
	const members = change ? await countParticipant(tx, threadId, change) : 0;
	const by = (kind: Kind) => (change?.kind === kind ? change.by : 0);
	const [thread] = await tx
		.update(threads)
		.set({
			cursor: sql`${threads.cursor} + 1`,
			definitionCount: sql`${threads.definitionCount} + ${by('definition')}`,
			storyCount: sql`${threads.storyCount} + ${by('story')}`,
			replyCount: sql`${threads.replyCount} + ${by('reply')}`,
			memberCount: sql`${threads.memberCount} + ${members}`,
		})
		.where(eq(threads.id, threadId))
		.returning({
			cursor: threads.cursor,
			definitions: threads.definitionCount,
			stories: threads.storyCount,
			replies: threads.replyCount,
			members: threads.memberCount,
		});
	const { cursor, ...counts } = thread!;
	return { cursor, counts };
}

/** @returns by how many the thread's members change */
async function countParticipant(
	tx: Tx,
	threadId: number,
	{ authorId, by }: CountChange,
): Promise<number> {
	if (by === 1) {
		const [row] = await tx
			.insert(participants)
			.values({ threadId, accountId: authorId, postCount: 1 })
			.onConflictDoUpdate({
				target: [participants.threadId, participants.accountId],
				set: { postCount: sql`${participants.postCount} + 1` },
			})
			.returning({ postCount: participants.postCount });
		return row!.postCount === 1 ? 1 : 0;
	}
	const row = and(eq(participants.threadId, threadId), eq(participants.accountId, authorId));
	const last = await tx.delete(participants).where(and(row, eq(participants.postCount, 1)));
	if (last.rowCount) return -1;
	await tx
		.update(participants)
		.set({ postCount: sql`${participants.postCount} - 1` })
		.where(row);
	return 0;
}

/**
 * Makes sure that a member may write in a locked thread now.
 *
 * @throws {Forbidden} if the member is suspended, or the thread locked (unless `despiteLock`)
 */
export async function requireWritable(
	tx: Tx,
	{
		threadId,
		memberId,
		despiteLock,
	}: { threadId: number; memberId: number; despiteLock?: boolean },
): Promise<void> {
	const { rows } = await tx.execute<{ locked: boolean; suspended: boolean }>(sql`
		select exists (select from ${locks} where ${locks.threadId} = ${threadId}) as locked,
			exists (select from ${suspensions} where ${suspensions.accountId} = ${memberId}) as suspended`);
	const { locked, suspended } = rows[0]!;
	if (suspended) throw new Suspended();
	if (locked && !despiteLock) throw new Locked();
}

/**
 * Opens a thread. Without a slug, one is made of the question, with a number where it is taken.
 *
 * @throws {Conflict} if the slug that was given is taken
 */
export async function openThread(
	{ db, audit }: ActContext,
	member: Me,
	input: NewThread,
	once?: Once,
): Promise<Thread> {
	const { question, introduction } = input;
	const introductionHtml = renderMarkdown(introduction, { path: '/introduction' });
	let isCreated = false;
	try {
		const thread = await db.transaction((tx) =>
			runOnce(tx, {
				once,
				accountId: member.id,
				create: async () => {
					const values = { question, introduction, introductionHtml, hostId: member.id };
					await tx.execute(sql`select pg_advisory_xact_lock(${slugLock})`);
					const slug = input.slug || (await findFreeSlug(tx, makeSlug(question)));
					await tx.insert(threads).values({ slug, ...values });
					isCreated = true;
					return (await findThread(tx, slug))!;
				},
				read: (id) => findThreadById(tx, id),
			}),
		);
		if (isCreated) audit('thread.created', { kind: 'thread', id: thread.id });
		return thread;
	} catch (error) {
		if (readDatabaseError(error).code === '23505')
			throw new Conflict(`There is a thread at “${input.slug}” already. Choose another address.`, [
				{ path: '/slug', message: 'is taken' },
			]);
		throw error;
	}
}

/** Threads are opened one after the other: what address is free stays so until it is taken. */
const slugLock = 0x736c7567;

/** The slug, or the first of `slug-2`, `slug-3` … that no thread has. */
async function findFreeSlug(tx: Tx, slug: string): Promise<string> {
	const { rows } = await tx.execute<{ slug: string }>(sql`
		select slug from (
			select case n when 1 then ${slug} else ${slug} || '-' || n end as slug, n
			from generate_series(1, (select count(*) + 1 from ${threads})) as n
		) as made where not exists (select from ${threads} where threads.slug = made.slug)
		order by n limit 1`);
	return rows[0]!.slug;
}

function makeSlug(question: string): string {
	const words = question
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, ' ')
		.trim();
	return words.slice(0, 60).trim().replaceAll(' ', '-') || 'thread';
}
