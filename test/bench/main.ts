import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import { formatResults, formatTable } from './report.ts';
import { runBenches } from './run.ts';

const names = benches.map(({ name, about, onlyNamed }) => {
	return `  ${name.padEnd(16)} ${about}${onlyNamed ? ' (only when it is named)' : ''}`;
});
const usage = `Usage: npm run bench -- [<name> …] [--rounds <number>] [--seconds <number>] [--posts <number>] [--upvotes <number>]

Compares this project with the least that could do the same, both in turn in one run, and says whether each
ratio is reached. Writes bench-results.json.

  --rounds <number>   how often each side is measured (5)
  --seconds <number>  how long each time, where it is a rate (3)
  --posts, --upvotes  the size of the community that is served (20000 and 200000)

${names.join('\n')}`;

const resultsFile = path.resolve(import.meta.dirname, '../../bench-results.json');

class UsageError extends Error {}

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'])
	process.on(signal, () => stopping.abort(new UsageError('Stopped before the end.')));

try {
	const options = readOptions();
	if (options) {
		const { rows, facts } = await runBenches(options.chosen, {
			...options,
			signal: stopping.signal,
			report: (line) => console.log(line),
		});
		const settings = { ...facts.settings, ...facts.durability };
		const shown = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
		console.log(`\n${formatTable(rows)}\n\nRun with ${shown.join(', ')}.`);
		await writeFile(resultsFile, formatResults(rows, facts));
	}
} catch (error) {
	console.error(error instanceof UsageError ? error.message : error);
	process.exitCode = stopping.signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
}

function readOptions() {
	const { values, positionals } = parse();
	if (values.help) return console.log(usage);
	const unknown = positionals.find((name) => !benches.some((bench) => bench.name === name));
	if (unknown) throw new UsageError(`There is no bench “${unknown}”.\n\n${usage}`);
	const chosen = benches.filter(({ name, onlyNamed }) =>
		positionals.length > 0 ? positionals.includes(name) : !onlyNamed,
	);
	const read = (name: 'rounds' | 'seconds' | 'posts' | 'upvotes', least: number) => {
		const number = Number(values[name]);
		if (number >= least && (name === 'seconds' || Number.isInteger(number))) return number;
		throw new UsageError(`--${name} is a number from ${least} on, not “${values[name]}”.`);
	};
	return {
		chosen,
		rounds: read('rounds', 1),
		seconds: read('seconds', 0.05),
		posts: read('posts', 2_000),
		upvotes: read('upvotes', 0),
	};
}

function parse() {
	try {
		return parseArgs({
			allowPositionals: true,
			options: {
				rounds: { type: 'string', default: '5' },
				seconds: { type: 'string', default: '3' },
				posts: { type: 'string', default: '20000' },
				upvotes: { type: 'string', default: '200000' },
				help: { type: 'boolean', short: 'h' },
			},
		});
	} catch (error) {
		throw new UsageError(`${(error as Error).message}\n\n${usage}`);
	}
}
