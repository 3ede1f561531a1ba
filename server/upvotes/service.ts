import { and, eq, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { posts, upvotes } from '../../db/schema.ts';
import { requireActive } from '../accounts/permissions.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import { Forbidden, NotFound } from '../errors.ts';
import { threadTopic } from '../live/queries.ts';
import { writeWithEvents } from '../live/service.ts';
import { advanceThread, requireWritable } from '../threads/service.ts';
import type { Upvote } from './schema.ts';

type Wish = { postId: number; upvoted: boolean };

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
	{ postId, upvoted }: Wish,
): Promise<Upvote> {
	requireActive(member);
	return writeWithEvents(context, async (tx, record) => {
		const [post] = await tx
			.select({
				threadId: posts.threadId,
				authorId: posts.authorId,
			})
			.from(posts)
			.where(and(eq(posts.id, postId), posts.visible));
		if (!post) throw new NotFound('There is no such post.');
		if (post.authorId === member.id) throw new Forbidden('Nobody upvotes their own post.');
		const changed = await writeUpvote(tx, { postId, upvoted, memberId: member.id, ...post });
		if (!changed) return { postId, score: await readScore(tx, postId), upvoted };
		const { cursor } = await advanceThread(tx, post.threadId);
		await requireWritable(tx, { threadId: post.threadId, memberId: member.id, despiteLock: true });
		const [{ score } = { score: null }] = await tx
			.update(posts)
			.set({ score: sql`${posts.score} + ${upvoted ? 1 : -1}` })
			.where(and(eq(posts.id, postId), posts.visible))
			.returning({ score: posts.score });
		if (score === null) throw new NotFound('There is no such post.');
		await record({
			topic: threadTopic(post.threadId),
			cursor,
			event: {
				type: 'post.upvoted',
				postId,
				score,
			},
		});
		return { postId, score, upvoted };
	});
}

/** Reads anew: the insert has waited for the same vote to be committed by somebody else's hand. */
async function readScore(tx: Tx, postId: number): Promise<number> {
	const [post] = await tx.select({ score: posts.score }).from(posts).where(eq(posts.id, postId));
	return post!.score;
}

async function writeUpvote(
	tx: Tx,
	{ postId, upvoted, memberId, authorId }: Wish & { memberId: number; authorId: number },
): Promise<boolean> {
	const { rowCount } = upvoted
		? await tx
				.insert(upvotes)
				.values({ postId, accountId: memberId, authorId })
				.onConflictDoNothing()
		: await tx
				.delete(upvotes)
				.where(and(eq(upvotes.postId, postId), eq(upvotes.accountId, memberId)));
	return rowCount === 1;
}
