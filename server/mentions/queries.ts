import { sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { accounts } from '../../db/schema.ts';
import type { Handles } from './markdown.ts';

/** Those of the given handles, in lower case, that members have. */
export async function findHandles(db: Db | Tx, handles: string[]): Promise<Handles> {
	if (handles.length === 0) return new Map();
	const rows = await db
		.select({ handle: accounts.handle })
		.from(accounts)
		.where(sql`lower(${accounts.handle}) = any(${sql.param(handles)}::text[])`);
	return new Map(rows.map(({ handle }) => [handle.toLowerCase(), handle]));
}
