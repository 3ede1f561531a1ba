import { parseArgs } from 'node:util';
import { readConfig } from '../../../server/config.ts';
import { openInstallation } from '../../../server/installation.ts';
import { describeStartError } from '../../../server/start-errors.ts';
import { fillDatabase, NotEmptyError } from './fill.ts';

const usage = `Usage: npm run bench:data -- [--posts <number>] [--upvotes <number>] [--url <database>] [--seed <number>] [--replace]

Fills an empty database with a believable community: heavy-tailed votes, deep and shallow conversations (one
with 1,000 replies), short and long texts, several threads, features, revisions. All counts and constraints hold.

  --posts <number>    definitions, stories and replies (10000)
  --upvotes <number>  (ten for each post)
  --url <database>    postgres://…; otherwise DATABASE_URL, or the embedded database in DATA_DIR
  --seed <number>     the same number makes the same community again (1)
  --replace           deletes what is there before`;

class UsageError extends Error {}

try {
	const options = readOptions();
	if (options) {
		const { url, ...shape } = options;
		const config = readConfig({ ...process.env, ...(url && { DATABASE_URL: url }) });
		const log = { info: () => {}, error: (message: string) => console.error(message) };
		const installation = await openInstallation(config, { hold: false, log });
		const start = performance.now();
		const seconds = () => ((performance.now() - start) / 1000).toFixed(1).padStart(6);
		const report = (step: string) => console.log(`${seconds()} s  ${step}`);
		try {
			await fillDatabase(installation.url, { ...shape, report });
			report('done');
		} finally {
			await installation.close();
		}
	}
} catch (error) {
	const isUsage = error instanceof UsageError;
	const hint = error instanceof NotEmptyError ? ' Name an empty one, or add --replace.' : '';
	const shown = hint ? (error as Error).message + hint : describeStartError(error);
	console.error(isUsage ? `${error.message}\n\n${usage}` : shown);
	process.exitCode = isUsage ? 2 : 1;
}

function readOptions() {
	try {
		const { values } = parseArgs({
			options: {
				posts: { type: 'string', default: '10000' },
				upvotes: { type: 'string' },
				url: { type: 'string' },
				seed: { type: 'string', default: '1' },
				replace: { type: 'boolean', default: false },
				help: { type: 'boolean', short: 'h' },
			},
		});
		if (values.help) return console.log(usage);
		const posts = readNumber('posts', values.posts, 100);
		const upvotes = readNumber('upvotes', values.upvotes ?? String(posts * 10), 0);
		const seed = readNumber('seed', values.seed, 0);
		return { posts, upvotes, seed, url: values.url, replace: values.replace };
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}

function readNumber(name: string, text: string, least: number): number {
	const number = Number(text);
	if (Number.isInteger(number) && number >= least && number <= 1e8) return number;
	throw new UsageError(`--${name} is a whole number from ${least} on, not “${text}”.`);
}
