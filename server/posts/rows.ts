import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, features, locks, posts, removals, scores, upvotes } from '../../db/schema.ts';
import { isModerator } from '../accounts/permissions.ts';
import { authorColumns } from '../accounts/queries.ts';
import type { Me } from '../accounts/schema.ts';
import { markRemovedImages } from '../images/markdown.ts';
import { selectRemovedImages } from '../images/queries.ts';
import type { List } from '../schema.ts';
import type { Post, Practice, StoryCard, Viewer } from './schema.ts';
import { frameTables } from './tables.ts';

const featurer = alias(accounts, 'featurer');
const { body: _body, html: _html, authorId: _authorId, ...cardColumns } = getTableColumns(posts);

/** A page of posts ends when their texts and HTML have so many bytes, whatever its limit. */
export const maxPageBytes = 262_144;
export const contentBytes = sql<number>`(octet_length(${posts.body}) + octet_length(${posts.html}))`;

/** The first rows of a list: `limit` of them at most, one at least, and no more than fill {@link maxPageBytes}. */
export function takePage<T>(
	rows: T[],
	limit: number,
	read: (row: T) => { body: string; html: string },
): T[] {
	let bytes = 0;
	const end = rows.findIndex((row, index) => {
		const { body, html } = read(row);
		bytes += Buffer.byteLength(body) + Buffer.byteLength(html);
		return index === limit || (index > 0 && bytes > maxPageBytes);
	});
	return end === -1 ? rows : rows.slice(0, end);
}

/** What is read of the words of posts: all of them, none, or what {@link toListed} needs. */
type Shape = 'full' | 'card' | 'listed';

function selectWords(column: typeof posts.body | typeof posts.html, shape: Shape): SQL<string> {
	if (shape === 'card') return sql<string>`''`;
	if (shape === 'full') return sql<string>`${column}`;
	return sql<string>`case ${posts.kind} when 'story' then '' else ${column} end`;
}

/** Posts with all that a page shows of them, the viewer's vote and permissions included, in one statement. */
export function selectPosts(db: Db | Tx, viewer: Me | null, shape: Shape) {
	return db
		.select({
			post: {
				...cardColumns,
				score: scores.score,
				replyCount: scores.replyCount,
				rank: scores.rank,
				body: selectWords(posts.body, shape),
				html: selectWords(posts.html, shape),
			},
			author: authorColumns(accounts),
			// the first column decides whether there is a feature: it may not be one that can be null
			feature: { at: features.createdAt, note: features.note, highlight: features.highlight },
			featurer: authorColumns(featurer),
			removal: { reason: removals.reason, at: removals.createdAt },
			upvoted: viewer ? sql<boolean>`${upvotes.postId} is not null` : sql<boolean>`false`,
			locked: sql<boolean>`${locks.threadId} is not null`,
			removedImages: selectRemovedImages(selectWords(posts.html, shape)),
		})
		.from(posts)
		.innerJoin(scores, eq(scores.postId, posts.id))
		.innerJoin(accounts, eq(accounts.id, posts.authorId))
		.leftJoin(features, eq(features.postId, posts.id))
		.leftJoin(featurer, eq(featurer.id, features.moderatorId))
		.leftJoin(removals, eq(removals.postId, posts.id))
		.leftJoin(locks, eq(locks.threadId, posts.threadId))
		.leftJoin(
			upvotes,
			viewer ? and(eq(upvotes.postId, posts.id), eq(upvotes.accountId, viewer.id)) : sql`false`,
		)
		.$dynamic();
}

export type Row = Awaited<ReturnType<typeof selectPosts>>[number];

/** May read a removed post's words and the reason it was removed for. */
const maySeeRemoved = (viewer: Me | null, authorId: number) =>
	viewer !== null && (viewer.id === authorId || isModerator(viewer));

/** Finds anything in a post’s place. A removed one without replies is there for its author and moderators only. */
export function maySee(viewer: Me | null, { post, author }: Row): boolean {
	const { visible, replyCount, deletedAt } = post;
	return visible || replyCount > 0 || (deletedAt === null && maySeeRemoved(viewer, author.id));
}

function toViewer({ post, author, locked, upvoted }: Row, me: Me): Viewer {
	const active = me.suspension === null;
	const own = me.id === author.id;
	return {
		upvoted,
		canUpvote: active && !own && post.visible,
		canReply: active && post.visible && !locked,
		canEdit: active && own && post.visible && !locked,
		canDelete: active && own && post.deletedAt === null,
		canFeature: isModerator(me) && post.visible,
		canRemove: isModerator(me) && post.deletedAt === null,
	};
}

function toBase(row: Row, viewer: Me | null): Omit<Post, 'body' | 'html'> {
	const { post, author, feature, featurer, removal } = row;
	const readable =
		post.deletedAt === null && (removal === null || maySeeRemoved(viewer, author.id));
	return {
		id: post.id,
		threadId: post.threadId,
		answerId: post.answerId,
		parentId: post.parentId,
		depth: post.depth,
		kind: post.kind,
		title: readable ? post.title : null,
		author,
		score: post.score,
		replyCount: post.replyCount,
		revisionCount: post.revisionCount,
		minutes: Math.max(1, Math.ceil(post.wordCount / 220)),
		practices: readable ? (post.practices as Practice[]) : [],
		feature:
			feature && featurer && post.visible
				? {
						note: feature.note,
						highlight: feature.highlight,
						by: featurer,
						at: feature.at.toISOString(),
					}
				: null,
		createdAt: post.createdAt.toISOString(),
		editedAt: post.editedAt?.toISOString() ?? null,
		deletedAt: post.deletedAt?.toISOString() ?? null,
		removal: removal && {
			...(maySeeRemoved(viewer, author.id) && { reason: removal.reason }),
			at: removal.at.toISOString(),
		},
		viewer: viewer && toViewer(row, viewer),
	};
}

export function toPost(row: Row, viewer: Me | null): Post {
	const { post, removal, author } = row;
	const readable = removal === null || maySeeRemoved(viewer, author.id);
	const { body, html } = readable ? post : { body: '', html: '' };
	return {
		...toBase(row, viewer),
		body,
		html: frameTables(markRemovedImages(html, row.removedImages)),
	};
}

export function toCard(row: Row, viewer: Me | null): StoryCard {
	return { ...toBase(row, viewer), excerpt: row.removal ? '' : row.post.excerpt };
}

/** A post of any kind in a list: a story as its first sentences, another whole. */
export function toListed(row: Row, viewer: Me | null): Post | StoryCard {
	return row.post.kind === 'story' ? toCard(row, viewer) : toPost(row, viewer);
}

/** Who looks at posts that were read for anybody, and which of them they have upvoted. */
export type Viewing = { viewer: Me | null; upvoted: ReadonlySet<number> };

/** A post that was read for anybody, as `viewer` may see it. */
export function present<T>(
	row: Row,
	{ viewer, upvoted }: Viewing,
	as: (row: Row, viewer: Me | null) => T,
): T {
	return as({ ...row, upvoted: upvoted.has(row.post.id) }, viewer);
}

export function presentList<T>(
	{ items, next }: List<Row>,
	viewing: Viewing,
	as: (row: Row, viewer: Me | null) => T,
): List<T> {
	return { items: items.map((row) => present(row, viewing, as)), next };
}
