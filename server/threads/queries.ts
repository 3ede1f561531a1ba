import { eq, lt, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, locks, threads } from '../../db/schema.ts';
import { authorColumns } from '../accounts/queries.ts';
import { packCursor, unpackCursor } from '../cursors.ts';
import { frameTables } from '../posts/tables.ts';
import type { List } from '../schema.ts';
import type { Thread } from './schema.ts';

function selectThreads(db: Db | Tx) {
	return db
		.select({
			thread: threads,
			host: authorColumns(accounts),
			lockedAt: locks.createdAt,
		})
		.from(threads)
		.leftJoin(accounts, eq(accounts.id, threads.hostId))
		.leftJoin(locks, eq(locks.threadId, threads.id))
		.$dynamic();
}

type Row = Awaited<ReturnType<typeof selectThreads>>[number];

function toThread({ thread, host, lockedAt }: Row): Thread {
	return {
		id: thread.id,
		slug: thread.slug,
		question: thread.question,
		introduction: thread.introduction,
		introductionHtml: frameTables(thread.introductionHtml),
		host,
		counts: {
			definitions: thread.definitionCount,
			stories: thread.storyCount,
			replies: thread.replyCount,
			members: thread.memberCount,
		},
		lockedAt: lockedAt?.toISOString() ?? null,
		liveCursor: thread.cursor,
		createdAt: thread.createdAt.toISOString(),
	};
}

export async function findThread(db: Db | Tx, slug: string): Promise<Thread | null> {
	const [row] = await selectThreads(db).where(eq(threads.slug, slug));
	return row ? toThread(row) : null;
}

export async function findThreadById(db: Db | Tx, id: number): Promise<Thread | null> {
	const [row] = await selectThreads(db).where(eq(threads.id, id));
	return row ? toThread(row) : null;
}

/** The thread that `/` shows: the first. */
export async function findOpenThread(db: Db | Tx): Promise<Thread | null> {
	const [row] = await selectThreads(db).orderBy(threads.id).limit(1);
	return row ? toThread(row) : null;
}

/** All threads, the latest first. */
export async function listThreads(
	db: Db | Tx,
	{ limit, cursor }: { limit: number; cursor?: string },
): Promise<List<Thread>> {
	const rows = await selectThreads(db)
		.where(
			cursor === undefined
				? undefined
				: lt(threads.id, unpackCursor('threads', cursor, ['integer'])[0]!),
		)
		.orderBy(sql`${threads.id} desc`)
		.limit(limit + 1);
	const last = rows.length > limit ? rows[limit - 1]! : null;
	return {
		items: rows.slice(0, limit).map(toThread),
		next: last && packCursor('threads', [last.thread.id]),
	};
}
