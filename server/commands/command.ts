import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { type Installation, openInstallation } from '../installation.ts';
import { describeStartError } from '../start-errors.ts';

export class UsageError extends Error {}

type Config = ReturnType<typeof readConfig>;
type Check = (positionals: string[]) => void;
type Log = { info(message: string): void; error(message: string): void };

const expectNothing: Check = ([first]) => {
	if (first !== undefined) throw new UsageError(`“${first}” is not expected here.`);
};

/**
 * Runs a command and ends the process with 0, 1 if it failed, or 2 if it was called wrongly.
 *
 * @param usage is what `--help` prints
 * @param run returns the sentence that says what was done. `signal` tells of a Ctrl-C: what takes long stops then,
 * the rest is over in a moment
 */
export async function runProgram(
	usage: string,
	run: (values: {
		positionals: string[];
		config: Config;
		signal: AbortSignal;
		log: Log;
	}) => Promise<string>,
	{ check = expectNothing }: { check?: Check } = {},
): Promise<void> {
	try {
		const options = { help: { type: 'boolean', short: 'h' } } as const;
		const { values, positionals } = readArguments(() =>
			parseArgs({ options, allowPositionals: true }),
		);
		if (values.help) {
			console.log(usage);
			return;
		}
		check(positionals);
		const stopping = new AbortController();
		for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stopping.abort());
		const log = { info: () => {}, error: (message: string) => console.error(message) };
		const { signal } = stopping;
		console.log(await run({ positionals, config: readConfig(), signal, log }));
	} catch (error) {
		const isUsage = error instanceof UsageError;
		console.error(isUsage ? `${error.message}\n\n${usage}` : describeStartError(error));
		process.exitCode = isUsage ? 2 : 1;
	}
}

/**
 * Runs a command beside a server that may be running, as {@link runProgram}.
 *
 * @param options.upgrade whether it may bring the database to another schema, beneath a server that may be running
 */
export async function runCommand(
	usage: string,
	run: (
		installation: Installation,
		values: { positionals: string[]; config: Config },
	) => Promise<string>,
	{ upgrade = false, check }: { upgrade?: boolean; check?: Check } = {},
): Promise<void> {
	await runProgram(
		usage,
		async ({ positionals, config, log }) => {
			const installation = await openInstallation(config, { hold: false, upgrade, log });
			try {
				return await run(installation, { positionals, config });
			} finally {
				await installation.close();
			}
		},
		{ check },
	);
}

/** A line of what is going on, every second at most, on the error output. */
export function showProgress(sentence: string): void {
	if (Date.now() - shownAt < 1_000) return;
	shownAt = Date.now();
	console.error(sentence);
}
let shownAt = 0;

function readArguments<T>(read: () => T): T {
	try {
		return read();
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}
