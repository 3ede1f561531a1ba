import { sql } from 'drizzle-orm';
import { type Db, readSnapshot, type Tx } from '../../db/client.ts';
import { posts, threads, upvotes } from '../../db/schema.ts';
import type { Me } from '../accounts/schema.ts';
import { type Caches, CursorCache } from '../cursor-cache.ts';
import type { Live } from '../live/hub.ts';
import { threadTopic } from '../live/queries.ts';
import type { Thread } from '../threads/schema.ts';
import type { Row, Viewing } from './rows.ts';

/** Most bytes of readings that are kept, about. */
const mostBytes = 33_554_432;

/** What is read of a thread, whoever looks: `rows` are all the posts in it. */
export type Reading = { thread: Thread; rows: Row[] };

/** What of it is the viewer’s own. */
export type Own = Viewing & { definition: { id: number; body: string; removed: boolean } | null };

/**
 * Keeps what pages and lists have read of a thread until its next event. A member’s own part is read each
 * time, together with the thread’s cursor: it shows whether what is kept is still what the database has,
 * whichever server has written last.
 */
export class Readings {
	readonly #db: Db;
	readonly #kept: CursorCache<Reading>;

	constructor({ db, live, caches }: { db: Db; live: Live; caches?: Caches }) {
		this.#db = db;
		this.#kept = new CursorCache({ live, most: mostBytes, sizeOf, caches });
	}

	/**
	 * One snapshot of a thread, and what of it is `viewer`’s own.
	 *
	 * @param key names what `load` reads
	 */
	async read<T extends Reading>(
		key: string,
		viewer: Me | null,
		load: (tx: Tx) => Promise<T>,
	): Promise<T & { own: Own }> {
		const known = await this.#complete(this.#kept.get(key) as T | undefined, viewer);
		if (known) return known;
		const claim = await this.#kept.claim(key);
		if (!claim || 'value' in claim) {
			const made = await this.#complete(claim?.value as T | undefined, viewer);
			return made ?? this.#load(load, viewer);
		}
		let reading: T | null = null;
		try {
			const loaded = await this.#load(load, viewer);
			reading = loaded;
			return loaded;
		} finally {
			await claim.end(
				reading && {
					key,
					topic: threadTopic(reading.thread.id),
					cursor: reading.thread.liveCursor,
					value: reading,
				},
			);
		}
	}

	clear(): void {
		this.#kept.clear();
	}

	async #complete<T extends Reading>(
		reading: T | undefined,
		viewer: Me | null,
	): Promise<(T & { own: Own }) | null> {
		if (!reading) return null;
		const { own, cursor } = await readOwn(this.#db, reading, viewer);
		return cursor === reading.thread.liveCursor ? { ...reading, own } : null;
	}

	#load<T extends Reading>(
		load: (tx: Tx) => Promise<T>,
		viewer: Me | null,
	): Promise<T & { own: Own }> {
		return readSnapshot(this.#db, async (tx) => {
			const reading = await load(tx);
			const { own } = await readOwn(tx, reading, viewer);
			return { ...reading, own };
		});
	}
}

/** What is the member’s own of a reading, and the thread’s cursor at that moment: one statement. */
async function readOwn(
	db: Db | Tx,
	{ thread, rows }: Reading,
	viewer: Me | null,
): Promise<{ own: Own; cursor: number }> {
	if (!viewer)
		return { own: { viewer, upvoted: new Set(), definition: null }, cursor: thread.liveCursor };
	const ids = sql.param(rows.map(({ post }) => post.id));
	const {
		rows: [row],
	} = await db.execute<{
		cursor: string;
		upvoted: number[] | null;
		definition: Own['definition'];
	}>(sql`
		select cursor,
			(select array_agg(post_id) from ${upvotes}
				where account_id = ${viewer.id} and post_id = any(${ids}::int[])) as upvoted,
			(select json_build_object('id', id, 'body', body, 'removed', not visible) from ${posts}
				where thread_id = ${thread.id} and author_id = ${viewer.id}
					and kind = 'definition' and deleted_at is null) as definition
		from ${threads} where id = ${thread.id}`);
	return {
		own: { viewer, upvoted: new Set(row?.upvoted), definition: row?.definition ?? null },
		cursor: Number(row?.cursor),
	};
}

function sizeOf({ rows }: Reading): number {
	return (
		rows.reduce((sum, { post }) => sum + 2 * (post.body.length + post.html.length), 1) +
		1_000 * rows.length
	);
}
