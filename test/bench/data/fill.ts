import pg from 'pg';
import { createRandom } from '../../support/writer.ts';
import { planCommunity, type Size } from './community.ts';
import { copyRows, dropConstraints } from './copy.ts';
import { describeRows } from './rows.ts';
import { composeTexts } from './texts.ts';

export class NotEmptyError extends Error {}

type FillOptions = Size & {
	/** the same seed and `now` make the same community */
	seed?: number;
	/** when the community has come to, in ms since 1970 */
	now?: number;
	/** empties a database that is not empty */
	replace?: boolean;
	/** is told what is being done */
	report?: (step: string) => void;
};

const filled = ['accounts', 'threads', 'posts', 'revisions', 'upvotes', 'features', 'removals'];
const loaded = [...filled, 'scores', 'participants', 'events'];

/**
 * Fills a migrated database with a community of exactly so many posts and upvotes, in one transaction with
 * all constraints checked, and fresh statistics. A thread without posts and accounts may be there: it goes.
 *
 * @throws {NotEmptyError} if there are accounts or posts, unless `replace` says that they may go
 */
export async function fillDatabase(
	url: string,
	{ posts, upvotes, seed = 1, now = Date.now(), replace = false, report = () => {} }: FillOptions,
): Promise<void> {
	const client = new pg.Client({ connectionString: url, application_name: 'weigh-in bench data' });
	await client.connect();
	try {
		const { rows } = await client.query<{ used: boolean }>(
			'select exists (select from accounts) or exists (select from posts) as used',
		);
		if (rows[0]!.used && !replace)
			throw new NotEmptyError('There are accounts or posts in this database. Nothing was changed.');
		report('planning');
		const random = createRandom(seed);
		const plan = planCommunity({ posts, upvotes }, now, random);
		const tables = describeRows(plan, { texts: composeTexts(random), now, random });
		await client.query('begin');
		await client.query(`set local maintenance_work_mem = '512MB'`);
		await client.query(
			'truncate accounts, threads, events, idempotency_keys, rate_limits, presences cascade',
		);
		const restore = await dropConstraints(client, loaded);
		await client.query('alter table posts disable trigger posts_score');
		for (const { rows, ...target } of tables) {
			report(target.table);
			await copyRows(client, target, rows());
		}
		report('indexes and constraints');
		await restore();
		await client.query('alter table posts enable trigger posts_score');
		for (const table of ['accounts', 'threads', 'posts'])
			await client.query(
				`select setval(pg_get_serial_sequence('${table}', 'id'), (select max(id) from ${table}))`,
			);
		await client.query('commit');
		report('statistics');
		await client.query('vacuum analyze');
	} finally {
		await client.end();
	}
}
