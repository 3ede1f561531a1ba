import os from 'node:os';
import { evaluate, type Result, type Row } from './bench.ts';

const number = (value: number) =>
	value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });

/** The rows as a table of plain text, each with what is to be known of it below. */
export function formatTable(rows: Row[]): string {
	const head = ['bench', 'this project', 'the control', 'compared', 'spread', 'target', 'reached'];
	const cells = rows.map((row) => formatRow(row, evaluate(row)));
	const widths = head.map((title, column) =>
		Math.max(title.length, ...cells.map((cell) => cell[column]!.length)),
	);
	const line = (cell: string[]) =>
		cell
			.map((text, column) => text.padEnd(widths[column]!))
			.join('  ')
			.trimEnd();
	const notes = rows.flatMap((row) => [
		`${row.name}, compared with ${row.controlName}:`,
		...[...row.notes, ...describeCpu(row)].map((note) => `  ${note}`),
	]);
	return [
		line(head),
		line(widths.map((width) => '-'.repeat(width))),
		...cells.map(line),
		'',
		...notes,
	].join('\n');
}

function formatRow(row: Row, { project, control, compared, isReached }: Result): string[] {
	const { name, unit, compare, target } = row;
	const show = (value: number) => `${number(value)} ${unit}`;
	const sign = compare === 'difference' ? '+' : '';
	const measure = (value: number) =>
		compare === 'ratio' ? value.toFixed(2) : `${sign}${show(value)}`;
	return [
		name,
		show(project),
		control === null ? '' : show(control),
		measure(compared.median),
		compared.least === compared.most
			? ''
			: `${measure(compared.least)} to ${measure(compared.most)}`,
		'atLeast' in target ? `≥ ${measure(target.atLeast)}` : `≤ ${measure(target.atMost)}`,
		isReached ? 'yes' : 'NO',
	];
}

function describeCpu({ project, control, ...row }: Row): string[] {
	const { byCpu } = evaluate({ project, control, ...row });
	if (byCpu === null) return [];
	const each = [project, control].map((side) =>
		Math.round(side.reduce((sum, { cpu = 0 }) => sum + cpu, 0) / side.length),
	);
	return [
		`processor time of the servers for an answer: ${each.join(' µs and ')} µs, ratio ${byCpu.toFixed(2)}`,
	];
}

/** What the figures were taken on, and everything of every round. */
export function formatResults(rows: Row[], facts: Record<string, unknown>): string {
	const machine = {
		cpu: os.cpus()[0]?.model,
		cores: os.availableParallelism(),
		memory: os.totalmem(),
		node: process.version,
		platform: `${os.platform()} ${os.release()}`,
	};
	const results = rows.map((row) => ({ ...row, result: evaluate(row) }));
	return `${JSON.stringify({ at: new Date().toISOString(), machine, ...facts, results }, null, '\t')}\n`;
}
