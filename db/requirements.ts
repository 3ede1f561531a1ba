import { Connection } from './connection.ts';

/** The database cannot serve a forum as it is; the message says why, and what to do. */
export class RequirementError extends Error {}

const oldest = { number: 150_000, name: '15' };

/**
 * Looks whether the database is one that a forum can run on, before anything is changed in it.
 *
 * @throws {RequirementError} if PostgreSQL is too old, the encoding is not UTF-8, or a pooler stands between
 * that hands out connections for less than a session
 */
export async function checkRequirements(client: Connection, url: string): Promise<void> {
	const { rows } = await client.query(`
		select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
			current_setting('server_encoding') as encoding, pg_backend_pid() as pid`);
	const { number, version, encoding, pid } = rows[0];
	if (number < oldest.number)
		throw new RequirementError(
			`The database is PostgreSQL ${version}. Weigh-In needs PostgreSQL ${oldest.name} or newer.`,
		);
	if (encoding !== 'UTF8')
		throw new RequirementError(
			`The database keeps text as ${encoding}, which has no room for all that people write. ` +
				'Create one with “createdb --template=template0 --encoding=UTF8 NAME”, and name it in DATABASE_URL.',
		);
	// PostgreSQL tells its process by itself at the start of a connection; a pooler tells a number of its own.
	const isDirect = (client as unknown as { processID: number }).processID === pid;
	if (!isDirect && (await isShared(client, { url, pid })))
		throw new RequirementError(
			'DATABASE_URL leads to a pooler, such as PgBouncer, that gives each transaction another connection. ' +
				'Prepared statements, locks and notifications get lost there. ' +
				'Set its pool_mode to session, or DATABASE_URL to the address of PostgreSQL itself.',
		);
}

/** Whether what two clients do at the same time, or one does in turn, reaches other connections than their own. */
async function isShared(
	client: Connection,
	{ url, pid }: { url: string; pid: number },
): Promise<boolean> {
	const readPid = async (from: Connection): Promise<number> =>
		(await from.query('select pg_backend_pid() as pid')).rows[0].pid;
	for (let turn = 0; turn < 3; turn++) if ((await readPid(client)) !== pid) return true;
	const other = new Connection({ connectionString: url });
	await other.connect();
	try {
		await other.query('begin');
		return (await readPid(other)) === pid || (await readPid(client)) !== pid;
	} finally {
		await other.end();
	}
}
