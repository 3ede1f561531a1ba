import type { Bench, Effort, Row } from './bench.ts';
import { openStage, type Stage, unrealDatabaseSettings, unrealSettings } from './stage.ts';
import type { Size } from './data/community.ts';

export type RunOptions = Effort &
	Size & {
		/** gives up and closes everything */
		signal?: AbortSignal;
		report?: (line: string) => void;
	};

export type Run = {
	rows: Row[];
	/** what the figures were taken with */
	facts: Effort & Size & { settings: Record<string, string>; durability: Record<string, string> };
};

/**
 * Runs benches one after the other, and closes all that they opened, whatever happens.
 *
 * @throws {Error} if a side answers wrongly or the database does not agree with the answers
 */
export async function runBenches(benches: Bench[], options: RunOptions): Promise<Run> {
	const { rounds, seconds, posts, upvotes, signal, report = () => {} } = options;
	let own = new AsyncDisposableStack();
	let stage: Promise<Stage> | undefined;
	const openOnce = () => (stage ??= openStage({ posts, upvotes }, report));
	const rows: Row[] = [];
	const run = async () => {
		for (const bench of benches) {
			signal?.throwIfAborted();
			report(bench.name);
			own = new AsyncDisposableStack();
			const context = { rounds, seconds, report, openStage: openOnce, defer: own.defer.bind(own) };
			rows.push(...(await bench.run(context)));
			await own.disposeAsync();
		}
		const durability = stage ? await readDurability(await stage) : {};
		return {
			rows,
			facts: {
				rounds,
				seconds,
				posts,
				upvotes,
				settings: { ...unrealSettings, ...unrealDatabaseSettings },
				durability,
			},
		};
	};
	try {
		const aborted = new Promise<never>((_, reject) =>
			signal?.addEventListener('abort', () => reject(signal.reason as Error)),
		);
		return await Promise.race([run(), aborted]);
	} finally {
		await own.disposeAsync();
		await stage?.then((opened) => opened.close());
	}
}

/** What PostgreSQL does before it says that a commit is done. */
async function readDurability({ pool }: Stage): Promise<Record<string, string>> {
	const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method'];
	const { rows } = await pool.query<{ name: string; setting: string }>(
		'select name, setting from pg_settings where name = any($1) order by name',
		[names],
	);
	return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}
