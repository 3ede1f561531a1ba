import { eq, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { events } from '../../db/schema.ts';
import type { PublicPost } from './schema.ts';
import type { Post } from '../posts/schema.ts';

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
