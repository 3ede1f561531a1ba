import { Type } from 'typebox';
import { checkDatabase, type Database } from '../db/client.ts';
import type { App } from './app.ts';
import { Leaving, Unavailable } from './errors.ts';

const Health = Type.Object({ status: Type.Literal('ok') });
const ok = { status: 'ok' } as const;

/**
 * `live`: the process answers. `ready`: the database does too and can be written to, and the server is not about to
 * stop. However often they are asked, they read no session, count towards no limit and ask the database at most one
 * question at a time.
 */
export function registerHealthRoutes(app: App, database: Database): void {
	const schema = { tags: ['health'], response: { 200: Health } };
	const config = { limit: null, isAnonymous: true };
	let probe: Promise<void> | undefined;
	app.get(
		'/health/live',
		{ config, schema: { ...schema, summary: 'Is the server running?' } },
		async () => ok,
	);
	app.get(
		'/health/ready',
		{ config, schema: { ...schema, summary: 'Can the server do its work?' } },
		async () => {
			if (app.isLeaving) throw new Leaving();
			probe ??= checkDatabase(database).finally(() => (probe = undefined));
			await probe.catch((error: unknown) => {
				throw new Unavailable('Missing: the database, which cannot be reached.', error);
			});
			return ok;
		},
	);
}
