import { and, eq, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { features, postImages, posts, revisions, scores } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import type { ActContext } from '../context.ts';
import { deleteDrafts } from '../drafts/service.ts';
import { Conflict, Forbidden, Invalid, NotFound, readDatabaseError, Refusal } from '../errors.ts';
import { type Once, runOnce } from '../idempotency.ts';
import { keepPostImages } from '../images/service.ts';
import { eraseFromEvents, toPublicPost } from '../live/service.ts';
import { findThread } from '../threads/queries.ts';
import { requireWritable } from '../threads/service.ts';
import { writeThread } from '../writes/write-thread.ts';
import { findKnown } from './known.ts';
import { markPassage, unmarkPassages } from './markdown.ts';
import { findPost, findRow } from './queries.ts';
import { toPost } from './rows.ts';
import type { Kind, NewAnswer, Post, PostChange } from './schema.ts';
import { deriveColumns } from './texts.ts';

/**
 * Answers a thread with a definition or a story.
 *
 * @throws {NotFound} if there is no such thread
 * @throws {Forbidden} if the thread is locked or the member suspended
 * @throws {Conflict} if the member has a live definition there already
 * @throws {TooMany} if the member's texts have taken too much work
 */
export async function createAnswer(
	context: ActContext,
	member: Me,
	{ slug, input, once }: { slug: string; input: NewAnswer; once?: Once },
): Promise<Post> {
	const thread = await findThread(context.db, slug);
	if (!thread) throw new NotFound('There is no such thread.');
	const { kind } = input;
	const title = kind === 'story' ? input.title : null;
	const practices = kind === 'story' ? (input.practices ?? []) : [];
	const { body } = input;
	const known = await findKnown(context.db, { kind, body, accountId: member.id });
	const columns = context.renderingTime.spend(member.id, () => deriveColumns(kind, body, known));
	try {
		return await writeThread(
			context,
			thread.id,
			async ({ tx, happen }) => {
				await requireWritable(tx, { threadId: thread.id, memberId: member.id });
				const [{ id } = { id: 0 }] = await tx
					.insert(posts)
					.values({
						id: sql`nextval(pg_get_serial_sequence('posts', 'id'))`,
						answerId: sql`currval(pg_get_serial_sequence('posts', 'id'))`,
						threadId: thread.id,
						depth: 0,
						kind,
						authorId: member.id,
						title,
						practices,
						...columns,
					})
					.returning({ id: posts.id });
				await keepPostImages(tx, [{ postId: id, images: known.images }]);
				await deleteDrafts(tx, [{ accountId: member.id, key: `${kind}:${thread.slug}` }]);
				const post = (await findPost(tx, id, member))!;
				await happen(
					{ type: 'post.created', post: toPublicPost(post) },
					{ kind, authorId: member.id, by: 1 },
				);
				return post;
			},
			(tx, create) =>
				runOnce(tx, {
					once,
					accountId: member.id,
					create,
					read: (id) => findPost(tx, id, member),
				}),
		);
	} catch (error) {
		if (readDatabaseError(error).constraint === 'posts_one_live_definition')
			throw new Conflict(
				'You have answered this thread with a definition already. Revise that one; its earlier versions stay readable. If it was removed, delete it first.',
			);
		throw error;
	}
}

/**
 * Changes one's own post and keeps the version before. Fields that are absent stay.
 *
 * @throws {NotFound} if there is nothing to see at this id
 * @throws {Forbidden} if it is another's, removed, in a locked thread, or the member is suspended
 * @throws {Invalid} if a field does not go with the post's kind
 * @throws {Refusal} 413 if the member's earlier versions take up all the room there is for them
 * @throws {TooMany} if the member's texts have taken too much work
 */
export async function revisePost(
	context: ActContext,
	member: Me,
	{ id, change }: { id: number; change: PostChange },
): Promise<Post> {
	const seen = await findPost(context.db, id, member);
	if (!seen) throw new NotFound('There is no such post.');
	requireFields(seen.kind, change);
	const body = change.body ?? null;
	const known = await findKnown(context.db, {
		kind: seen.kind,
		body: body ?? '',
		accountId: member.id,
	});
	const columns =
		body === null
			? null
			: context.renderingTime.spend(member.id, () => deriveColumns(seen.kind, body, known));
	return writeThread(context, seen.threadId, async ({ tx, happen }) => {
		await requireWritable(tx, { threadId: seen.threadId, memberId: member.id });
		const before = await readPost(tx, id, member);
		if (!before.viewer?.canEdit)
			throw new Forbidden('Only its author edits a post, while it stands.');
		const title = change.title ?? before.title;
		const practices = change.practices ?? before.practices;
		await deleteDrafts(tx, [{ accountId: member.id, key: `edit:${id}` }]);
		const isSame =
			title === before.title &&
			(body ?? before.body) === before.body &&
			isEqualSet(practices, before.practices);
		if (isSame) return before;
		await requireRevisionRoom(tx, member.id);
		const highlight = before.feature?.highlight ?? null;
		const marked = columns && highlight && markPassage(columns.html, highlight);
		await keepRevision(tx, before);
		await tx
			.update(posts)
			.set({
				title,
				practices,
				...columns,
				...(marked && { html: marked }),
				editedAt: sql`now()`,
				revisionCount: sql`${posts.revisionCount} + 1`,
			})
			.where(eq(posts.id, id));
		await keepPostImages(tx, [{ postId: id, images: known.images }]);
		if (columns && highlight && !marked)
			await tx.update(features).set({ highlight: null }).where(eq(features.postId, id));
		const post = (await findPost(tx, id, member))!;
		await happen({ type: 'post.edited', post: toPublicPost(post) });
		return post;
	});
}

/**
 * Deletes one's own post: its words and earlier versions are gone, its place stays while it has replies.
 *
 * @throws {NotFound} if there is nothing to see at this id
 * @throws {Forbidden} if it is another's or the member is suspended
 */
export async function deletePost(context: ActContext, member: Me, id: number): Promise<Post> {
	const seen = await findPost(context.db, id, member);
	if (!seen || seen.deletedAt) throw new NotFound('There is no such post.');
	if (seen.author.id !== member.id) throw new Forbidden('Only its author deletes a post.');
	const { threadId, kind } = seen;
	return writeThread(context, threadId, async ({ tx, happen }) => {
		await requireWritable(tx, { threadId, memberId: member.id, despiteLock: true });
		const before = await readPost(tx, id, member);
		if (before.deletedAt) throw new NotFound('There is no such post.');
		const counted = before.removal === null;
		await tx
			.update(posts)
			.set({
				visible: false,
				deletedAt: sql`now()`,
				revisionCount: 0,
				practices: [],
				title: null,
				body: '',
				html: '',
				excerpt: '',
				wordCount: 0,
			})
			.where(eq(posts.id, id));
		await tx.delete(revisions).where(eq(revisions.postId, id));
		await tx.delete(features).where(eq(features.postId, id));
		await tx.delete(postImages).where(eq(postImages.postId, id));
		await eraseFromEvents(tx, id);
		const answer = await countReply(tx, before, counted ? -1 : 0);
		await happen(
			{ type: 'post.deleted', postId: id, ...(answer && { answer }) },
			counted ? { kind, authorId: member.id, by: -1 } : null,
		);
		return before;
	});
}

/**
 * Reads a post, under the lock of its thread.
 *
 * @throws {NotFound} if it is gone
 */
export async function readPost(tx: Tx, id: number, member: Me): Promise<Post> {
	const row = await findRow(tx, id, member);
	if (!row) throw new NotFound('There is no such post.');
	return toPost(row, member);
}

/**
 * Raises or lowers the counts of replies of all posts above a reply; for `score`, see `countReplies`.
 *
 * @returns the answer's count, for a reply
 */
export async function countReply(
	tx: Tx,
	{ parentId, answerId }: Pick<Post, 'parentId' | 'answerId'>,
	by: 1 | -1 | 0,
): Promise<{ id: number; replyCount: number } | undefined> {
	if (parentId === null) return undefined;
	const { rows } = await tx.execute<{ id: number; replyCount: number }>(
		by === 0
			? sql`select post_id as id, reply_count as "replyCount" from ${scores} where post_id = ${answerId}`
			: sql`
		with recursive above as (
			select id, parent_id from ${posts} where id = ${parentId}
			union all
			select posts.id, posts.parent_id from ${posts} join above on posts.id = above.parent_id
		), counted as (
			update ${scores} set reply_count = reply_count + ${by}, score = score where post_id in (select id from above)
			returning post_id as id, reply_count as "replyCount"
		)
		select * from counted where id = ${answerId}`,
	);
	return rows[0];
}

/** Most bytes of earlier versions of all standing posts of one account. */
const maxRevisionBytes = 20 * 1024 * 1024;

/** @throws {Refusal} 413 if the earlier versions of the member's posts take up all the room there is for them */
async function requireRevisionRoom(tx: Tx, memberId: number): Promise<void> {
	// a row and its texts take up a kilobyte at least, however short they are
	const size = sql`greatest(octet_length(${revisions.body}) + octet_length(${revisions.html}), 1024)`;
	const [use] = await tx
		.select({ bytes: sql`coalesce(sum(${size}), 0)`.mapWith(Number) })
		.from(posts)
		.innerJoin(revisions, eq(revisions.postId, posts.id))
		.where(and(eq(posts.authorId, memberId), posts.visible));
	if (use!.bytes >= maxRevisionBytes)
		throw new Refusal(
			413,
			'Too large',
			'The earlier versions of your posts take up all the room there is for them: 20 megabytes. Delete a post that you have revised often, or reply to this one in place of revising it.',
		);
}

async function keepRevision(
	tx: Tx,
	{ id, title, body, html, practices, ...post }: Post,
): Promise<void> {
	await tx.insert(revisions).values({
		postId: id,
		number: post.revisionCount + 1,
		title,
		body,
		practices,
		html: unmarkPassages(html),
		createdAt: new Date(post.editedAt ?? post.createdAt),
	});
}

const bodyLimits: { [kind in Kind]: number } = { definition: 500, story: 20_000, reply: 5_000 };

function requireFields(kind: Kind, { title, body, practices }: PostChange): void {
	if (kind !== 'story' && title !== undefined)
		throw new Invalid('/title', `A ${kind} has no title.`);
	if (kind !== 'story' && practices !== undefined)
		throw new Invalid('/practices', `A ${kind} names no practices.`);
	if (body !== undefined && [...body].length > bodyLimits[kind])
		throw new Invalid('/body', `A ${kind} may have at most ${bodyLimits[kind]} characters.`);
}

const isEqualSet = (a: string[], b: string[]) =>
	a.length === b.length && a.every((item) => b.includes(item));
