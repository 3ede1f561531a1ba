import type { Stage } from './stage.ts';

/** What one side did in one round. `cpu` is the time its server process was at work, in µs for each request. */
export type Measure = { value: number; cpu?: number; p50?: number; p99?: number };

/** One of the things that are compared. */
export type Side = { name: string; measure: (seconds: number) => Promise<Measure> };

export type Effort = {
	rounds: number;
	/** how long a side is measured in a round, where it is a rate */
	seconds: number;
};

/** A line of the table: what was measured on both sides, and what it must come to. */
export type Row = {
	name: string;
	unit: '/s' | 'ms' | 'kB';
	project: Measure[];
	control: Measure[];
	controlName: string;
	/** how the sides are compared; `value` is the project's own, without a control */
	compare: 'ratio' | 'difference' | 'value';
	target: { atLeast: number } | { atMost: number };
	/** what a reader must know to judge it */
	notes: string[];
};

export type Bench = {
	name: string;
	about: string;
	/** is run only when it is named */
	onlyNamed?: boolean;
	run(options: BenchOptions): Promise<Row[]>;
};

export type BenchOptions = Effort & {
	/** the filled installation with its server, opened when it is first asked for */
	openStage: () => Promise<Stage>;
	/** calls back before the benches end, the last first */
	defer: (close: () => Promise<void>) => void;
	report: (line: string) => void;
};

/**
 * Measures all sides in turn, after each has warmed up, in an order that reverses with every round: whatever
 * slows the machine down for a while meets all of them.
 *
 * @returns the measures of each side, in the order of `sides`
 */
export async function alternate(
	sides: Side[],
	{ rounds, seconds }: Effort,
	report: (line: string) => void = () => {},
): Promise<Measure[][]> {
	const measures: Measure[][] = sides.map(() => []);
	for (const side of sides) await side.measure(seconds);
	for (let round = 0; round < rounds; round++) {
		const order = [...sides.entries()];
		if (round % 2 === 1) order.reverse();
		for (const [index, side] of order) measures[index]!.push(await side.measure(seconds));
		const shown = sides.map(
			({ name }, index) => `${name} ${measures[index]!.at(-1)!.value.toFixed(1)}`,
		);
		report(`round ${round + 1}: ${shown.join(', ')}`);
	}
	return measures;
}

export type Result = {
	project: number;
	control: number | null;
	/** what is compared: the median over the rounds, the least and the most of it */
	compared: { median: number; least: number; most: number };
	/** the same ratio by the time that the server processes were at work, for one request each */
	byCpu: number | null;
	isReached: boolean;
};

/** Sides are compared round by round, and the median of that is what counts. */
export function evaluate({ project, control, compare, target }: Row): Result {
	const compared = project.map(({ value }, round) => {
		if (compare === 'value') return value;
		const other = control[round]!.value;
		return compare === 'ratio' ? value / other : value - other;
	});
	const ratios = project.flatMap(({ cpu }, round) => {
		const other = control[round]?.cpu;
		return cpu && other ? [other / cpu] : [];
	});
	const result = median(compared);
	return {
		project: median(project.map(({ value }) => value)),
		control: compare === 'value' ? null : median(control.map(({ value }) => value)),
		compared: { median: result, least: Math.min(...compared), most: Math.max(...compared) },
		byCpu: ratios.length > 0 ? median(ratios) : null,
		isReached: 'atLeast' in target ? result >= target.atLeast : result <= target.atMost,
	};
}

export function median(numbers: number[]): number {
	const sorted = numbers.toSorted((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
