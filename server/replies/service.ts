import { posts } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { Context } from '../context.ts';
import { Forbidden, NotFound } from '../errors.ts';
import { type Once, runOnce } from '../idempotency.ts';
import { threadTopic } from '../live/queries.ts';
import { toPublicPost, writeWithEvents } from '../live/service.ts';
import { findPost } from '../posts/queries.ts';
import type { Post } from '../posts/schema.ts';
import { countReply, readPost } from '../posts/service.ts';
import { cleanText, deriveColumns } from '../posts/texts.ts';
import { advanceThread, lockThread, requireWritable } from '../threads/service.ts';

/**
 * Replies to any post.
 *
 * @throws {NotFound} if there is nothing to see at this id
 * @throws {Forbidden} if the post was deleted or removed, the thread is locked or the member suspended
 */
export async function createReply(
	context: Context,
	member: Me,
	{ parentId, body, once }: { parentId: number; body: string; once?: Once },
): Promise<Post> {
	const seen = await findPost(context.db, parentId, member);
	if (!seen) throw new NotFound('There is no such post.');
	const { threadId, answerId, depth } = seen;
	return writeWithEvents(context, (tx, record) =>
		runOnce(tx, {
			once,
			accountId: member.id,
			create: async () => {
				await lockThread(tx, threadId);
				await requireWritable(tx, { threadId, memberId: member.id });
				const parent = await readPost(tx, parentId, member);
				if (parent.deletedAt || parent.removal)
					throw new Forbidden('This post is gone: it cannot be replied to any more.');
				const [reply] = await tx
					.insert(posts)
					.values({
						threadId,
						answerId,
						parentId,
						depth: depth + 1,
						kind: 'reply',
						authorId: member.id,
						...deriveColumns('reply', cleanText(body)).columns,
					})
					.returning({ id: posts.id });
				const change = { kind: 'reply', authorId: member.id, by: 1 } as const;
				const { cursor, counts } = await advanceThread(tx, threadId, change);
				const answer = await countReply(tx, { parentId, answerId }, 1);
				const post = (await findPost(tx, reply!.id, member))!;
				await record({
					topic: threadTopic(threadId),
					cursor,
					postId: post.id,
					event: { type: 'post.created', post: toPublicPost(post), counts, answer },
				});
				return post;
			},
			read: (id) => findPost(tx, id, member),
		}),
	);
}
