import { performance } from 'node:perf_hooks';
import pg from 'pg';

/** What one of many clients does, over and over, each time in a transaction of its own. */
export type Task = () => (client: pg.PoolClient) => Promise<void>;

export type TasksReport = { transactions: number; seconds: number };

/** Fewer connections wait less for each other's locks, more keep the disk busy: the control has the best. */
const poolSizes = [8, 16, 32];
const trialSeconds = 0.7;

/** Opens a pool of the size that gets most transactions done, for tasks that all run at once. */
export async function openBestPool(url: string, tasks: Task[]) {
	let best = { rate: 0, size: 0 };
	const done = { transactions: 0 };
	for (const size of poolSizes) {
		const pool = new pg.Pool({ connectionString: url, max: size });
		await runTasks(pool, tasks, 0.1).then(
			({ transactions }) => (done.transactions += transactions),
		);
		const { transactions, seconds } = await runTasks(pool, tasks, trialSeconds);
		done.transactions += transactions;
		if (transactions / seconds > best.rate) best = { rate: transactions / seconds, size };
		await pool.end();
	}
	const pool = new pg.Pool({ connectionString: url, max: best.size });
	return {
		/** how many the trials have made */
		trial: done.transactions,
		poolSize: best.size,
		run: (seconds: number) => runTasks(pool, tasks, seconds),
	};
}

async function runTasks(pool: pg.Pool, tasks: Task[], seconds: number): Promise<TasksReport> {
	const start = performance.now();
	const end = start + seconds * 1000;
	let transactions = 0;
	await Promise.all(
		tasks.map(async (next) => {
			while (performance.now() < end) {
				const write = next();
				const client = await pool.connect();
				try {
					await client.query('begin');
					await write(client);
					await client.query('commit');
				} finally {
					client.release();
				}
				transactions++;
			}
		}),
	);
	return { transactions, seconds: (performance.now() - start) / 1000 };
}
