import { eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { presences } from '../../db/schema.ts';

export type PresenceState = { readers: number; typing: { handle: string; postId: number }[] };

type Written = typeof presences.$inferInsert;

/** Written by a server that was heard of in the last `lifetime` ms. */
const isFresh = (lifetime: number) =>
	sql`${presences.seenAt} > now() - make_interval(secs => ${lifetime / 1000})`;

/** Writes what one server knows of a topic; a topic that nobody reads there has no row. */
export async function writePresence(db: Db, presence: Written): Promise<void> {
	const { server, topic, accounts, anonymous, typing } = presence;
	if (accounts.length === 0 && anonymous === 0) {
		await db
			.delete(presences)
			.where(sql`${presences.server} = ${server} and ${presences.topic} = ${topic}`);
		return;
	}
	const set = { accounts, anonymous, typing, seenAt: sql`now()` };
	await db
		.insert(presences)
		.values(presence)
		.onConflictDoUpdate({ target: [presences.topic, presences.server], set });
}

/** How many read each topic on all living servers, accounts once, and who writes there. */
export async function readPresences(
	db: Db | Tx,
	{ topics, lifetime }: { topics: string[]; lifetime: number },
): Promise<Map<string, PresenceState>> {
	const rows = await db
		.select()
		.from(presences)
		.where(sql`${presences.topic} = any(${sql.param(topics)}::text[]) and ${isFresh(lifetime)}`);
	return new Map(
		[...Map.groupBy(rows, (row) => row.topic)].map(([topic, own]) => {
			const accounts = new Set(own.flatMap((row) => row.accounts));
			const anonymous = own.reduce((sum, row) => sum + row.anonymous, 0);
			const named = own.flatMap((row) =>
				row.typing.map((one) => [JSON.stringify(one), one] as const),
			);
			const typing = [...new Map(named).values()].sort(
				(a, b) => a.postId - b.postId || a.handle.localeCompare(b.handle),
			);
			return [topic, { readers: accounts.size + anonymous, typing }];
		}),
	);
}

/**
 * Says that a server lives, and forgets those that have not said so for long.
 *
 * @returns the topics that the server has written
 */
export async function touchPresences(
	db: Db,
	{ server, lifetime }: { server: string; lifetime: number },
): Promise<Set<string>> {
	await db
		.delete(presences)
		.where(sql`not ${isFresh(lifetime)} and ${presences.server} <> ${server}`);
	const rows = await db
		.update(presences)
		.set({ seenAt: sql`now()` })
		.where(eq(presences.server, server))
		.returning({ topic: presences.topic });
	return new Set(rows.map(({ topic }) => topic));
}

export async function deletePresences(db: Db, server: string): Promise<void> {
	await db.delete(presences).where(eq(presences.server, server));
}
