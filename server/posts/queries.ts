import { and, eq, getTableColumns, gt, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { features, posts, revisions, scores } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import { packCursor, unpackCursor } from '../cursors.ts';
import { markRemovedImages } from '../images/markdown.ts';
import { selectRemovedImages } from '../images/queries.ts';
import type { List } from '../schema.ts';
import {
	contentBytes,
	maxPageBytes,
	maySee,
	type Row,
	selectPosts,
	takePage,
	toListed,
	toPost,
} from './rows.ts';
import type { AnswersQuery, Post, Practice, Revision, StoryCard } from './schema.ts';
import { frameTables } from './tables.ts';

/**
 * The post as `viewer` may see it; null where there is nothing to see. A removed post without replies is
 * there for its author and moderators only.
 */
export async function findPost(db: Db | Tx, id: number, viewer: Me | null): Promise<Post | null> {
	const row = await findRow(db, id, viewer);
	return row && maySee(viewer, row) ? toPost(row, viewer) : null;
}

/** A post, whoever may see it. */
export async function findRow(
	db: Db | Tx,
	id: number,
	viewer: Me | null = null,
): Promise<Row | null> {
	const [row] = await selectPosts(db, viewer, 'full').where(eq(posts.id, id));
	return row ?? null;
}

/** Posts that were just written, each as its own viewer sees it, in the order of `ids`. */
export async function listNewPosts(tx: Tx, wanted: { id: number; viewer: Me }[]): Promise<Post[]> {
	const rows = await selectPosts(tx, null, 'full').where(
		inArray(
			posts.id,
			wanted.map(({ id }) => id),
		),
	);
	const found = new Map(rows.map((row) => [row.post.id, row]));
	return wanted.map(({ id, viewer }) => toPost(found.get(id)!, viewer));
}

/** Posts by id, in the order of `ids`, deleted and removed ones among them. */
export async function readPostsById(db: Db | Tx, ids: number[]): Promise<Row[]> {
	if (ids.length === 0) return [];
	const rows = await selectPosts(db, null, 'full').where(inArray(posts.id, ids));
	const found = new Map(rows.map((row) => [row.post.id, row]));
	return ids.flatMap((id) => found.get(id) ?? []);
}

type Selection = AnswersQuery & { threadId: number };

/**
 * The definitions and stories of a thread. Only visible ones.
 *
 * @param shape `card` leaves out all but the first words
 */
export async function readAnswers(
	db: Db | Tx,
	selection: Selection,
	shape: 'full' | 'card',
): Promise<List<Row>> {
	const { limit } = selection;
	const order = readOrder(selection);
	const page = selectPage(db, { ...selection, shape }, order);
	const rows = await selectPosts(db, null, shape)
		// as an array they are read first, whatever else is joined: PostgreSQL weighs the orders of eight tables at most
		.where(sql`${posts.id} = any(array${page})`)
		.orderBy(...order.by);
	const items = takePage(rows, limit, readContent);
	const isLast = items.length === rows.length;
	return {
		items,
		next: isLast ? null : packCursor(order.name, order.values(items.at(-1)!)),
	};
}

const readContent = ({ post }: Row) => post;

/**
 * *top* goes by score, *new* by id, both with the id as last word. *best* is score with age decay:
 * log10(max(score, 1)) + seconds since 1970 / 604,800, so that ten times the votes outweigh one week of
 * age. It is the form of Reddit's “hot” (its open-sourced `_sorts.pyx`, 45,000 s there) without downvotes;
 * it changes only with the score, so it is a stored column and paging by it is stable.
 */
function readOrder({ sort, period, threadId, kind, featured, practice }: Selection) {
	const id = sort === 'new' ? posts.id : scores.postId;
	const weight = { top: scores.score, best: scores.rank, new: posts.id }[sort];
	const name = [threadId, sort, period, kind ?? '', featured ?? '', practice ?? ''].join();
	const byId = sort === 'new';
	return {
		name,
		id,
		weight,
		by: byId ? [sql`${id} desc`] : [sql`${weight} desc`, sql`${id} desc`],
		values: ({ post }: Row) =>
			byId ? [post.id] : [sort === 'top' ? post.score : post.rank, post.id],
		after(cursor: string): SQL {
			if (byId) return sql`${id} < ${unpackCursor(name, cursor, ['integer'])[0]}::int`;
			const type = sort === 'top' ? 'integer' : 'number';
			const [value, last] = unpackCursor(name, cursor, [type, 'integer']);
			return sql`(${weight}, ${id}) < (${value}::${sql.raw(sort === 'top' ? 'bigint' : 'float8')}, ${last}::bigint)`;
		},
	};
}

/**
 * The ids of one page and one more, of both kinds together from one index each. By score they come from the
 * scores alone, unless the choice needs more of a post.
 */
function selectPage(
	db: Db | Tx,
	selection: Selection & { shape: 'full' | 'card' },
	order: ReturnType<typeof readOrder>,
): SQL {
	const { threadId, kind, sort, period, featured, practice, cursor, limit, shape } = selection;
	const days = sort === 'top' ? { all: null, month: 30, week: 7 }[period] : null;
	const isRecent =
		days === null ? undefined : gt(posts.createdAt, sql`now() - make_interval(days => ${days})`);
	const hasPractice = practice && sql`${posts.practices} @> array[${practice}]`;
	const selectOne = (oneKind: 'definition' | 'story') => {
		const isListed = and(
			eq(posts.threadId, threadId),
			eq(posts.kind, oneKind),
			sql`${posts.visible} and ${posts.depth} = 0`,
		);
		const isScored = and(
			eq(scores.threadId, threadId),
			eq(scores.kind, oneKind),
			sql`${scores.visible} and ${scores.kind} <> 'reply'`,
		);
		const isChosen = and(isRecent && isListed, isRecent, hasPractice);
		return db
			.select({ id: sql`${order.id}`.as('id'), weight: sql`${order.weight}`.as('weight') })
			.from(sort === 'new' ? posts : scores)
			.where(
				and(
					...(sort === 'new'
						? [isListed, hasPractice]
						: [
								isScored,
								isChosen &&
									sql`exists (
						select from ${posts} where ${posts.id} = ${scores.postId} and ${isChosen})`,
							]),
					featured === undefined
						? undefined
						: sql`${featured ? sql`` : sql`not `}exists (select from ${features} where ${features.postId} = ${order.id} and ${features.threadId} = ${threadId})`,
					cursor === undefined ? undefined : order.after(cursor),
				),
			)
			.orderBy(...order.by)
			.limit(limit + 1);
	};
	const page = kind
		? sql`(${selectOne(kind)})`
		: sql`((${selectOne('definition')}) union all (${selectOne('story')}))`;
	const ids = sql`(select id, weight from ${page} as page order by weight desc, id desc limit ${limit + 1})`;
	const isShort = shape === 'card' || kind === 'definition';
	return isShort ? sql`(select id from ${ids} as page)` : selectFitting(ids);
}

/** Of a page, the posts that fill it and one more: those that are far too many are not read. */
const selectFitting = (page: SQL): SQL => sql`(
	select id from (
		select page.id, row_number() over in_order as place,
			sum(${contentBytes}) over (in_order rows between unbounded preceding and 1 preceding) as before
		from ${page} as page join ${posts} on ${posts.id} = page.id
		window in_order as (order by weight desc, page.id desc)
	) as weighed where place <= 2 or before <= ${maxPageBytes})`;

/** A member's visible posts, the latest first; stories as their first sentences. */
export async function listPostsByAuthor(
	db: Db | Tx,
	selection: { authorId: number; limit: number; cursor?: string },
	viewer: Me | null,
): Promise<List<Post | StoryCard>> {
	const { authorId, limit, cursor } = selection;
	const name = `author,${authorId}`;
	const rows = await selectPosts(db, viewer, 'listed')
		.where(
			and(
				eq(posts.authorId, authorId),
				posts.visible,
				cursor === undefined
					? undefined
					: lt(posts.id, unpackCursor(name, cursor, ['integer'])[0]!),
			),
		)
		.orderBy(sql`${posts.id} desc`)
		.limit(limit + 1);
	const items = takePage(rows, limit, readContent);
	const isLast = items.length === rows.length;
	return {
		items: items.map((row) => toListed(row, viewer)),
		next: isLast ? null : packCursor(name, [items.at(-1)!.post.id]),
	};
}

/** The featured posts of a thread, replies among them, the latest feature first. */
export async function readFeatured(
	db: Db | Tx,
	{ threadId, limit, cursor }: { threadId: number; limit: number; cursor?: string },
): Promise<List<Row>> {
	const name = `featured,${threadId}`;
	const [time, id] = cursor === undefined ? [] : unpackCursor(name, cursor, ['time', 'integer']);
	const after =
		time === undefined
			? undefined
			: sql`(${features.createdAt}, ${features.postId}) < (to_timestamp(${time}::float8 / 1000)::timestamptz(3), ${id}::int)`;
	const rows = await selectPosts(db, null, 'listed')
		.where(and(eq(features.threadId, threadId), posts.visible, after))
		.orderBy(sql`${features.createdAt} desc`, sql`${features.postId} desc`)
		.limit(limit + 1);
	const items = takePage(rows, limit, readContent);
	const last = items.length === rows.length ? null : items.at(-1)!;
	return { items, next: last && packCursor(name, [last.feature!.at.getTime(), last.post.id]) };
}

/** Earlier versions of a post, the latest first. */
export async function listRevisions(
	db: Db | Tx,
	{ postId, limit, cursor }: { postId: number; limit: number; cursor?: string },
): Promise<List<Revision>> {
	const name = `revisions,${postId}`;
	const before = cursor === undefined ? undefined : unpackCursor(name, cursor, ['integer'])[0];
	const listed = sql`(
		select number, row_number() over in_order as place, sum(octet_length(body) + octet_length(html))
			over (in_order rows between unbounded preceding and 1 preceding) as before
		from ${revisions} where post_id = ${postId} and ${before === undefined ? sql`true` : sql`number < ${before}`}
		window in_order as (order by number desc) order by number desc limit ${limit + 1})`;
	const rows = await db
		.select({
			...getTableColumns(revisions),
			removedImages: selectRemovedImages(revisions.html),
		})
		.from(revisions)
		.where(
			sql`${revisions.postId} = ${postId} and ${revisions.number} in (
				select number from ${listed} as listed where place <= 2 or before <= ${maxPageBytes})`,
		)
		.orderBy(sql`${revisions.number} desc`);
	const items = takePage(rows, limit, (revision) => revision);
	const isLast = items.length === rows.length;
	return {
		items: items.map(({ number, title, body, html, removedImages, practices, createdAt }) => ({
			number,
			title,
			body,
			html: frameTables(markRemovedImages(html, removedImages)),
			practices: practices as Practice[],
			createdAt: createdAt.toISOString(),
		})),
		next: isLast ? null : packCursor(name, [items.at(-1)!.number]),
	};
}
