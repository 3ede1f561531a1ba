import type { Tx } from '../../db/client.ts';
import { events } from '../../db/schema.ts';
import type { Subject } from '../audit/schema.ts';
import type { ActContext } from '../context.ts';
import { threadTopic } from '../live/queries.ts';
import type { ThreadEvent } from '../live/schema.ts';
import { advanceThread, type CountChange, lockThread } from '../threads/service.ts';

/** Upvotes have a statement of their own, and stand in no audit log: nobody is told who gave them. */
type Told = Exclude<ThreadEvent, { type: 'post.upvoted' }>;
type WithoutCounts<T> = T extends unknown ? Omit<T, 'counts'> : never;

/** A thread whose row is locked: what is read of it by `tx` stays true until the commit. */
type LockedThread = {
	tx: Tx;
	/**
	 * Tells of what has happened, with the state after it.
	 *
	 * @param change of the thread's counts, which go with the event; null where it leaves them, undefined for events that have none
	 */
	happen(event: WithoutCounts<Told>, change?: CountChange | null): Promise<void>;
};

/**
 * The one way to write to a thread: locks it, so that writers go one after the other in the order of their cursors and
 * never wait in a circle; keeps what happened in the same transaction; and tells the live hub and the audit log of it
 * after the commit.
 *
 * @param around runs the act, or finds that it was done before
 */
export async function writeThread<T>(
	context: ActContext,
	threadId: number,
	write: (thread: LockedThread) => Promise<T>,
	around: (tx: Tx, act: () => Promise<T>) => Promise<T> = (_tx, act) => act(),
): Promise<T> {
	const topic = threadTopic(threadId);
	const happened: { topic: string; cursor: number; event: Told }[] = [];
	const result = await context.db.transaction((tx) =>
		around(tx, async () => {
			await lockThread(tx, threadId);
			return write({
				tx,
				async happen(told, change) {
					const { cursor, counts } = await advanceThread(tx, threadId, change);
					const event = (change === undefined ? told : { ...told, counts }) as Told;
					// what an event says of a post is taken out of it when the post goes
					const postId = 'post' in event ? event.post?.id : undefined;
					await tx.insert(events).values({ topic, cursor, event, postId });
					happened.push({ topic, cursor, event });
				},
			});
		}),
	);
	if (happened.length > 0) context.live.publish(happened);
	for (const { event } of happened) context.audit(event.type, subjectOf(event, threadId));
	return result;
}

function subjectOf(event: Told, threadId: number): Subject {
	if ('postId' in event) return { kind: 'post', id: event.postId };
	if ('post' in event) return { kind: 'post', id: event.post!.id };
	return { kind: 'thread', id: threadId };
}
