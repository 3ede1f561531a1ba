import { eq } from 'drizzle-orm';
import { features, posts } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { Forbidden, Invalid, NotFound } from '../errors.ts';
import { toPublicPost } from '../live/service.ts';
import { markPassage, unmarkPassages } from '../posts/markdown.ts';
import { findPost } from '../posts/queries.ts';
import type { Feature, Post } from '../posts/schema.ts';
import { readPost } from '../posts/service.ts';
import { writeThread } from '../writes/write-thread.ts';
import type { FeatureChange } from './schema.ts';

/**
 * Features a post, or changes the note and highlight of its feature, signed by this moderator.
 *
 * @throws {NotFound} if there is no such post to be seen
 * @throws {Invalid} if the highlight does not occur in the post's text
 */
export async function setFeature(
	context: ActContext,
	member: Me,
	{ postId, change }: { postId: number; change: FeatureChange },
): Promise<Feature> {
	const seen = await findVisible(context, member, postId);
	const note = change.note || null;
	const highlight = change.highlight || null;
	if (highlight !== null && [...highlight].length < 3)
		throw new Invalid('/highlight', 'A highlight needs at least 3 characters.');
	return writeThread(context, seen.threadId, async ({ tx, happen }) => {
		const before = await readPost(tx, postId, member);
		requireStanding(before);
		const { feature: standing } = before;
		const isSame =
			standing?.note === note && standing.highlight === highlight && standing.by.id === member.id;
		if (isSame) return standing;
		const unmarked = unmarkPassages(before.html);
		const html = highlight === null ? unmarked : markPassage(unmarked, highlight);
		if (html === null)
			throw new Invalid('/highlight', 'This passage does not occur in the post’s text.');
		const values = { moderatorId: member.id, note, highlight };
		await tx
			.insert(features)
			.values({ postId, threadId: seen.threadId, ...values })
			.onConflictDoUpdate({ target: features.postId, set: values });
		await tx.update(posts).set({ html }).where(eq(posts.id, postId));
		const post = (await findPost(tx, postId, member))!;
		const feature = post.feature!;
		await happen({ type: 'post.featured', postId, feature, post: toPublicPost(post) });
		return feature;
	});
}

/**
 * Takes a feature back; does nothing where there is none.
 *
 * @throws {NotFound} if there is no such post to be seen
 */
export async function deleteFeature(
	context: ActContext,
	member: Me,
	postId: number,
): Promise<void> {
	const seen = await findVisible(context, member, postId);
	await writeThread(context, seen.threadId, async ({ tx, happen }) => {
		const before = await readPost(tx, postId, member);
		if (!before.feature) return;
		await tx.delete(features).where(eq(features.postId, postId));
		await tx
			.update(posts)
			.set({ html: unmarkPassages(before.html) })
			.where(eq(posts.id, postId));
		const post = toPublicPost((await findPost(tx, postId, member))!);
		await happen({ type: 'post.unfeatured', postId, post });
	});
}

async function findVisible({ db }: ActContext, member: Me, postId: number): Promise<Post> {
	const post = await findPost(db, postId, member);
	if (!post) throw new NotFound('There is no such post.');
	requireStanding(post);
	return post;
}

function requireStanding({ deletedAt, removal }: Post): void {
	if (deletedAt || removal) throw new Forbidden('A post that is gone cannot be featured.');
}
