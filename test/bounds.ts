import { parseArgs } from 'node:util';
import { calibrate, type Cost, weigh } from './bounds/measure.ts';
import type { Outcome, Row, Scene } from './bounds/row.ts';
import { rows } from './bounds/rows.ts';
import { createRandom } from './community.ts';
import { createTestApp, type TestApp } from './support/app.ts';
import { useServer } from './support/database.ts';
import setUp from './support/global-setup.ts';

const usage = `Usage: node test/bounds.ts [--rounds <number>] [--seed <number>] [--row <words>]

Sends every place where input makes work the inputs that cost it the most, at the limit of what it takes: --rounds
times, each time with others, or only those whose name has --row in it. Says which take more than a request may.`;

/** As multiples of the control in bounds/measure.ts: 200 ms where that takes 10. */
const maxRatio = 20;
const maxMemory = 64 * 1024 * 1024;

type Measured = Cost & { name: string; input: string };
type Played = {
	/** what took more than it may, or was answered wrongly */
	problems: string[];
	/** of each row, the input that took the longest */
	worst: Measured[];
	inputs: number;
};

/**
 * Tries the bounds of a site that is empty.
 *
 * @param options.most inputs of each row, chosen by chance; all unless given
 */
export async function playBounds(
	site: TestApp,
	{ rounds = 1, seed = 1, most = Infinity, only = '' }: Options,
): Promise<Played> {
	const random = createRandom(seed);
	const scene = { site, host: await site.join('host'), member: await site.join('member') };
	const played: Played = { problems: [], worst: [], inputs: 0 };
	for (const row of rows.filter(({ name }) => name.includes(only)))
		played.worst.push(await playRow(row, { scene, random, rounds, most, played }));
	return played;
}
type Options = { rounds?: number; seed?: number; most?: number; only?: string };

async function playRow(row: Row, { scene, random, rounds, most, played }: Play): Promise<Measured> {
	let worst: Measured = { name: row.name, input: '', ratio: 0, memory: 0 };
	const calibration = calibrate();
	const bring = await row.prepare(scene);
	await warmUp(await bring('Words that are no trouble.'));
	for (let round = 0; round < rounds; round++) {
		const inputs = row.write(random);
		for (const input of most < inputs.length ? sample(inputs, most, random) : inputs) {
			played.inputs++;
			const { made, cost } = await tryInput(await bring(input), calibration);
			const problems = judge(row, { input, made, cost });
			played.problems.push(...problems.map((what) => `${row.name}: ${what}: ${describe(input)}`));
			if (cost.ratio > worst.ratio) worst = { ...cost, name: row.name, input: describe(input) };
		}
	}
	return worst;
}
type Play = Required<Pick<Options, 'rounds' | 'most'>> & {
	scene: Scene;
	random: () => number;
	played: Played;
};

/** What is first called is first compiled: that is nobody's input. */
async function warmUp(request: () => Promise<Outcome>): Promise<void> {
	for (let n = 0; n < 3; n++) await request();
}

/** The least of three measures, where the first is too much: another program may have taken the machine's memory. */
async function tryInput(request: () => Promise<Outcome>, calibration: number) {
	let best = await weigh(request, calibration);
	for (let n = 0; n < 2 && isTooMuch(best.cost); n++) {
		const again = await weigh(request, calibrate());
		const ratio = Math.min(best.cost.ratio, again.cost.ratio);
		best = { ...again, cost: { ratio, memory: Math.min(best.cost.memory, again.cost.memory) } };
	}
	return best;
}

const isTooMuch = ({ ratio, memory }: Cost) => ratio > maxRatio || memory > maxMemory;

function judge(
	{ statuses = [200, 201, 422], readOutput, maxOutput = (bytes) => 8 * bytes + 10_000 }: Row,
	{ input, made, cost }: { input: string; made: Outcome; cost: Cost },
): string[] {
	const output = Buffer.byteLength(readOutput ? readOutput(made) : made.body);
	const mayBe = maxOutput(Buffer.byteLength(input));
	return [
		statuses.includes(made.statusCode)
			? ''
			: `is answered ${made.statusCode} ${made.body.slice(0, 200)}`,
		output > mayBe ? `becomes ${output} bytes of at most ${mayBe}` : '',
		cost.ratio > maxRatio ? `takes ${cost.ratio.toFixed(1)} times the control` : '',
		cost.memory > maxMemory ? `takes ${Math.round(cost.memory / 1e6)} MB more` : '',
	].filter(Boolean);
}

function sample<T>(list: T[], count: number, random: () => number): T[] {
	const rest = [...list];
	return Array.from(
		{ length: count },
		() => rest.splice(Math.floor(random() * rest.length), 1)[0]!,
	);
}

const describe = (input: string) =>
	`${JSON.stringify(input.slice(0, 60))}, ${input.length} characters`;

async function main(): Promise<void> {
	const options = {
		rounds: { type: 'string', default: '3' },
		seed: { type: 'string', default: '1' },
		row: { type: 'string', default: '' },
		help: { type: 'boolean', short: 'h' },
	} as const;
	const { values } = parseArgs({ options });
	const rounds = Number(values.rounds);
	if (values.help || !(rounds > 0)) {
		console.log(usage);
		process.exitCode = values.help ? 0 : 2;
		return;
	}
	const tearDown = await setUp({ provide: (_key, url) => useServer(url as string) });
	const site = await createTestApp();
	try {
		const seed = Number(values.seed);
		const { problems, worst, inputs } = await playBounds(site, { rounds, seed, only: values.row });
		for (const { name, ratio, memory, input } of worst)
			console.log(
				`${ratio.toFixed(1).padStart(6)} × ${Math.round(memory / 1e6)} MB  ${name}: ${input}`,
			);
		for (const problem of problems) console.error(problem);
		console.log(`${inputs} inputs: ${problems.length} problems`);
		process.exitCode = problems.length > 0 ? 1 : 0;
	} finally {
		await site.close();
		await tearDown();
	}
}

if (import.meta.main) await main();
