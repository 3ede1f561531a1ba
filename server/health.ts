import { sql } from 'drizzle-orm';
import { Type } from 'typebox';
import type { Database } from '../db/client.ts';
import type { App } from './app.ts';
import { Unavailable } from './errors.ts';

const Health = Type.Object({ status: Type.Literal('ok') });

/** `live`: the process answers. `ready`: the database does, too. */
export function registerHealthRoutes(app: App, { db }: Database): void {
	const schema = { tags: ['health'], response: { 200: Health } };
	app.get(
		'/health/live',
		{ schema: { ...schema, summary: 'Is the server running?' } },
		async () => ({ status: 'ok' as const }),
	);
	app.get(
		'/health/ready',
		{ schema: { ...schema, summary: 'Can the server do its work?' } },
		async () => {
			await db.execute(sql`select 1`).catch(() => {
				throw new Unavailable('Missing: the database, which cannot be reached.');
			});
			return { status: 'ok' as const };
		},
	);
}
