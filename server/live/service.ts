import { eq, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { events } from '../../db/schema.ts';
import type { Subject } from '../audit/schema.ts';
import type { ActContext } from '../context.ts';
import { readThreadId, type StoredEvent } from './queries.ts';
import type { PublicPost, ThreadEvent } from './schema.ts';
import type { Post } from '../posts/schema.ts';

/** Notes an event inside the transaction that causes it. `postId` where the event carries a post's words. */
export type Record = (event: Recorded & { postId?: number }) => Promise<void>;

/** Upvotes are recorded by their own statement, and stand in no audit log: nobody is told who gave them. */
type Recorded = StoredEvent & { event: Exclude<ThreadEvent, { type: 'post.upvoted' }> };

/**
 * Runs a writing transaction and, after its commit, tells the live hub and the audit log what it recorded.
 *
 * Everything that writes to a thread locks its row first, so that writers wait for each other and never in a
 * circle.
 */
export async function writeWithEvents<T>(
	context: ActContext,
	write: (tx: Tx, record: Record) => Promise<T>,
): Promise<T> {
	const recorded: Recorded[] = [];
	const result = await context.db.transaction((tx) =>
		write(tx, async ({ topic, cursor, event, postId }) => {
			await tx.insert(events).values({ topic, cursor, event, postId });
			recorded.push({ topic, cursor, event });
		}),
	);
	if (recorded.length > 0) context.live.publish(recorded);
	for (const { topic, event } of recorded) context.audit(event.type, findSubject(topic, event));
	return result;
}

function findSubject(topic: string, event: Recorded['event']): Subject {
	if ('postId' in event) return { kind: 'post', id: event.postId };
	if ('post' in event) return { kind: 'post', id: event.post!.id };
	return { kind: 'thread', id: readThreadId(topic) };
}

/** Takes a post's words out of the events of the past, whose cursors stay. */
export async function eraseFromEvents(tx: Tx, postId: number): Promise<void> {
	await tx
		.update(events)
		.set({
			event: sql`${events.event} || case when ${events.event} ? 'feature' then '{"post": null, "feature": null}'::jsonb else '{"post": null}'::jsonb end`,
		})
		.where(eq(events.postId, postId));
}

/** The post as everybody sees it, for an event. */
export function toPublicPost(post: Post): PublicPost {
	return { ...post, viewer: null };
}
