import type { BenchOptions, Side } from './bench.ts';
import type { TasksReport } from './controls/transactions.ts';
import { startWorker } from './processes.ts';

/** A bare pool at work, measured in transactions a second; `made` counts all of them, its trials included. */
export async function openPoolSide(
	{ defer }: Pick<BenchOptions, 'defer'>,
	program: string,
	options: object,
): Promise<{ side: Side; size: number; made: () => number }> {
	const worker = startWorker(program);
	defer(worker.close);
	const { trial, poolSize } = await worker.ask<{ trial: number; poolSize: number }>(
		'open',
		options,
	);
	let made = trial;
	const side: Side = {
		name: 'pool',
		async measure(seconds) {
			const report = await worker.ask<TasksReport>('run', { seconds });
			made += report.transactions;
			return { value: report.transactions / report.seconds };
		},
	};
	return { side, size: poolSize, made: () => made };
}
