import { readFileSync, writeFileSync } from 'node:fs';

/** What one piece of work took. */
export type Cost = {
	/** CPU time of this thread, as a multiple of {@link control} */
	ratio: number;
	/** bytes of memory beyond what was in use before, at its peak; 0 where the system does not tell */
	memory: number;
};

const readCpu = () => {
	const { user, system } = process.threadCpuUsage();
	return user + system;
};

/**
 * Work like a server's, always the same: strings, maps, JSON. On the machine that the bounds were chosen on
 * (two shared cores of 2026) it takes 10 ms, so that a ratio of 20 is the 200 ms that one request may take
 * there. A faster or a busier machine changes both alike.
 */
function control(): number {
	const words = Array.from({ length: 20_000 }, (_, n) => `word${(n * 7919) % 1000}`);
	const text = words.join(' ');
	const counts = new Map<string, number>();
	for (const word of text.split(/\s+/)) counts.set(word, (counts.get(word) ?? 0) + 1);
	const rows = [...counts].map(([word, count]) => ({ word, count, text: text.slice(0, 100) }));
	return JSON.stringify(JSON.parse(JSON.stringify(rows))).length + text.replaceAll('o', '0').length;
}

/** Microseconds that the control takes now: the median of seven. */
export function calibrate(): number {
	const times = Array.from({ length: 7 }, () => {
		const start = readCpu();
		control();
		return readCpu() - start;
	});
	return times.sort((a, b) => a - b)[3]!;
}

/** Weighs `work`; what other threads do meanwhile, the database's and those that draw, does not count. */
export async function weigh<T>(
	work: () => Promise<T>,
	calibration: number,
): Promise<{ made: T; cost: Cost }> {
	const before = resetPeak();
	const start = readCpu();
	const made = await work();
	const ratio = (readCpu() - start) / calibration;
	return { made, cost: { ratio, memory: Math.max(0, readPeak() - before) } };
}

/** Linux tells the most memory that a process has used since this was last called (proc(5), clear_refs). */
function resetPeak(): number {
	if (process.platform !== 'linux') return 0;
	writeFileSync('/proc/self/clear_refs', '5');
	return readPeak();
}

function readPeak(): number {
	if (process.platform !== 'linux') return 0;
	const status = readFileSync('/proc/self/status', 'utf8');
	return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}
