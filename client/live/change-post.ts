import type { Me } from '../../server/accounts/schema.ts';
import type { ThreadEvent } from '../../server/live/schema.ts';
import type { Post, StoryCard } from '../../server/posts/schema.ts';
import type { Thread } from '../../server/threads/schema.ts';
import { toCard } from '../threads/card.ts';
import { isModerator, viewerOf } from '../threads/viewer.ts';

/** A post as a page has it: whole, or as the card of a story. */
export type Shown = Post | StoryCard;
type Onlooker = { me: Me | null; thread: Pick<Thread, 'lockedAt'> };

export const isVisible = (post: Shown) => !post.deletedAt && !post.removal;

/** The post that an event is about; undefined for one that is gone by the time of the replay. */
export function subjectOf(event: ThreadEvent): number | undefined {
	if ('postId' in event) return event.postId;
	return 'post' in event ? event.post?.id : undefined;
}

/** The thread after an event. */
export function changeThread(thread: Thread, event: ThreadEvent): Thread {
	if ('counts' in event) return { ...thread, counts: event.counts };
	if (event.type === 'thread.locked') return { ...thread, lockedAt: event.at };
	if (event.type === 'thread.unlocked') return { ...thread, lockedAt: null };
	return thread;
}

/**
 * A post that is on a page, after an event: as the server would show it to whoever looks on, in the shape that it
 * has there; the same object where nothing of it changes. `thread` is as it is after the event.
 */
export function changePost<P extends Shown>(
	before: P,
	event: ThreadEvent,
	{ me, thread }: Onlooker,
): P {
	const post =
		'answer' in event && event.answer?.id === before.id
			? { ...before, replyCount: event.answer.replyCount }
			: before;
	const seen = (now: object) => asSeenBy({ ...post, ...now }, { me, thread });
	if (event.type === 'thread.locked' || event.type === 'thread.unlocked') return seen({});
	if (subjectOf(event) !== post.id) return post;
	switch (event.type) {
		case 'post.created':
			return post;
		case 'post.upvoted':
			return { ...post, score: event.score };
		case 'post.deleted':
			return seen({
				...wordless(post),
				feature: null,
				deletedAt: post.deletedAt ?? new Date().toISOString(),
			});
		case 'post.removed': {
			const isReadable = me !== null && (isModerator(me) || me.id === post.author.id);
			return seen({
				...(isReadable ? 'excerpt' in post && { excerpt: '' } : wordless(post)),
				feature: null,
				removal: { at: event.at, reason: post.removal?.reason },
			});
		}
		case 'post.edited':
		case 'post.featured':
		case 'post.unfeatured':
		case 'post.restored': {
			const feature =
				event.type === 'post.featured'
					? { feature: event.feature }
					: event.type === 'post.unfeatured' && { feature: null };
			if (!event.post) return { ...post, ...feature };
			const now = 'excerpt' in post ? toCard(event.post) : event.post;
			return seen({ ...now, ...feature, viewer: post.viewer });
		}
	}
}

const wordless = (post: Shown) => ({
	title: null,
	practices: [],
	...('excerpt' in post ? { excerpt: '' } : { body: '', html: '' }),
});

/** A post with what may be done to it by whoever looks on. */
export function asSeenBy<P extends Shown>(post: P, { me, thread }: Onlooker): P {
	const upvoted = post.viewer?.upvoted ?? false;
	return { ...post, viewer: viewerOf(post, me, { locked: thread.lockedAt !== null, upvoted }) };
}
