import type { BenchOptions, Side } from './bench.ts';
import type { Load, LoadReport } from './load.ts';
import { readCpu, startWorker } from './processes.ts';

export type HttpSide = Side & {
	/** what was answered, over all rounds */
	total: { requests: number; bytes: number };
};

/** A server under load, measured in answers a second; each answer is checked to have the right status. */
export async function openHttpSide(
	{ defer }: Pick<BenchOptions, 'defer'>,
	{ name, pid, load }: { name: string; pid: number; load: Load },
): Promise<HttpSide> {
	const generator = startWorker('load.ts');
	defer(generator.close);
	await generator.ask('open', load);
	const total = { requests: 0, bytes: 0 };
	return {
		name,
		total,
		async measure(seconds) {
			const before = readCpu(pid);
			const report = await generator.ask<LoadReport>('run', { seconds });
			const after = readCpu(pid);
			total.requests += report.requests;
			total.bytes += report.bytes;
			return {
				value: report.requests / report.seconds,
				p50: report.p50,
				p99: report.p99,
				cpu: before !== null && after !== null ? (after - before) / report.requests : undefined,
			};
		},
	};
}
