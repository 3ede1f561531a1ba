import type { Db } from '../../db/client.ts';
import type { Me } from '../accounts/schema.ts';
import { Batches } from '../batches.ts';
import type { ActContext } from '../context.ts';
import { Forbidden, Locked, NotFound, Suspended } from '../errors.ts';
import { type Once, readCreated } from '../idempotency.ts';
import type { Live } from '../live/hub.ts';
import { findKnown } from '../posts/known.ts';
import { findPost } from '../posts/queries.ts';
import type { Post } from '../posts/schema.ts';
import { deriveColumns } from '../posts/texts.ts';
import { type NewReply, type Written, writeReplies } from './write-replies.ts';

export type Replies = Batches<NewReply, Written>;

/**
 * Replies to any post.
 *
 * @throws {NotFound} if there is nothing to see at this id
 * @throws {Forbidden} if the post was deleted or removed, the thread is locked or the member suspended
 * @throws {TooMany} if the member's texts have taken too much work
 */
export async function createReply(
	context: ActContext,
	member: Me,
	{ parentId, body, once }: { parentId: number; body: string; once?: Once },
): Promise<Post> {
	const known = await findKnown(context.db, { kind: 'reply', body, accountId: member.id });
	const columns = context.renderingTime.spend(member.id, () => deriveColumns('reply', body, known));
	const { images } = known;
	const written = await context.replies.add({ parentId, member, columns, images, once });
	switch (written) {
		case 'repeated':
			return readCreated(context.db, {
				once: once!,
				accountId: member.id,
				read: (id) => findPost(context.db, id, member),
			});
		case 'missing':
			throw new NotFound('There is no such post.');
		case 'suspended':
			throw new Suspended();
		case 'locked':
			throw new Locked();
		case 'gone':
			if (!(await findPost(context.db, parentId, member)))
				throw new NotFound('There is no such post.');
			throw new Forbidden('This post is gone: it cannot be replied to any more.');
		default:
			context.audit('post.created', { kind: 'post', id: written.id });
			return written;
	}
}

/** Replies that arrive together are written, and acknowledged, together. */
export function createReplies({ db, live }: { db: Db; live: Live }): Replies {
	let count = 0;
	return new Batches({
		keyOf: ({ member, once }) => (once ? `${member.id} ${once.key}` : String(count++)),
		async write(replies) {
			const { results, happened } = await writeReplies(db, replies);
			live.publish(happened);
			return results;
		},
	});
}
