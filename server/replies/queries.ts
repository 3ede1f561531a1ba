import { and, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { posts, scores } from '../../db/schema.ts';
import { packCursor, unpackCursor } from '../cursors.ts';
import { Malformed } from '../errors.ts';
import { readPostsById } from '../posts/queries.ts';
import { contentBytes, maxPageBytes, type Row } from '../posts/rows.ts';
import type { Sort } from '../posts/schema.ts';
import type { List } from '../schema.ts';

type Branch = {
	/** the post whose replies are listed */
	postId: number;
	/** the definition or story it belongs to */
	answerId: number;
	sort: Sort;
	limit: number;
	cursor?: string;
	/** begin at the page that has this reply */
	around?: number;
};
type Place = {
	id: number;
	parentId: number | null;
	weight: number;
	shown: boolean;
	/** of its text and HTML */
	bytes: number;
};

/**
 * Lists the replies below a post in reading order: every reply after its parent, siblings by `sort` and at
 * equal weight the older first. Deleted and removed replies keep their place while there are visible ones below.
 * A page has `limit` replies at most, and fewer where they fill {@link maxPageBytes}.
 *
 * Two statements, however large the conversation: its places, then the posts of the page.
 */
export async function readReplies(
	db: Db | Tx,
	{ postId, answerId, sort, limit, cursor, around }: Branch,
): Promise<List<Row>> {
	// not joined: for a thousand replies PostgreSQL might rather read all the scores there are
	const ofScore = (column: SQL) => sql`(select ${column} from ${scores} where post_id = posts.id)`;
	const weight = { best: ofScore(sql`rank`), top: ofScore(sql`score`), new: posts.id }[sort];
	const places: Place[] = await db
		.select({
			id: posts.id,
			parentId: posts.parentId,
			weight: sql<number>`${weight}`,
			shown: sql<boolean>`(${posts.visible} or ${ofScore(sql`reply_count`)} > 0)`,
			bytes: contentBytes,
		})
		.from(posts)
		.where(and(eq(posts.answerId, answerId), gt(posts.depth, 0)));
	const order = orderTree(places, postId);
	const name = `replies,${postId},${sort}`;
	const start = findStart(order, { name, cursor, around, limit });
	const end = findEnd(order, start, limit);
	const page = order.slice(start, end).filter((place) => place.shown);
	const hasMore = order.slice(end).some((place) => place.shown);
	return {
		items: await readPostsById(
			db,
			page.map((place) => place.id),
		),
		next: hasMore ? packCursor(name, [page.at(-1)!.id]) : null,
	};
}

/** How many levels a page shows below its root, as `client/replies/tree.ts` has it. */
const levels = 6;

/**
 * A page around a reply begins at the top of its branch if the reply is on that page, else at the reply; where it is too
 * deep for its page, so far above it that the page just shows it.
 */
function findStart(
	order: Place[],
	{ name, cursor, around, limit }: { name: string } & Pick<Branch, 'cursor' | 'around' | 'limit'>,
): number {
	if (cursor !== undefined) {
		const [id] = unpackCursor(name, cursor, ['integer']);
		const index = order.findIndex((place) => place.id === id);
		if (index === -1) throw new Malformed('This cursor does not belong to this conversation.');
		return index + 1;
	}
	const index = order.findIndex((place) => place.id === around);
	if (index === -1) return 0;
	const chain = [index];
	for (let at = index; at >= 0; at--)
		if (order[at]!.id === order[chain.at(-1)!]!.parentId) chain.push(at);
	const isDeep = chain.length > levels;
	if (!isDeep && index < findEnd(order, 0, limit)) return 0;
	const start = isDeep ? chain[levels - 1]! : chain.at(-1)!;
	return index < findEnd(order, start, limit) ? start : index;
}

/** Where a page that begins at `start` is full; it has one reply at least. */
function findEnd(order: Place[], start: number, limit: number): number {
	let count = 0;
	let bytes = 0;
	for (let at = start; at < order.length; at++) {
		if (!order[at]!.shown) continue;
		bytes += order[at]!.bytes;
		if (count === limit || (count > 0 && bytes > maxPageBytes)) return at;
		count++;
	}
	return order.length;
}

/** Places below `rootId`, parents first, without recursion: a branch may be thousands deep. */
function orderTree(places: Place[], rootId: number): Place[] {
	const children = Map.groupBy(places, (place) => place.parentId);
	for (const siblings of children.values())
		siblings.sort((a, b) => a.weight - b.weight || b.id - a.id);
	const order: Place[] = [];
	const open = [...(children.get(rootId) ?? [])];
	for (let place = open.pop(); place; place = open.pop()) {
		order.push(place);
		open.push(...(children.get(place.id) ?? []));
	}
	return order;
}
