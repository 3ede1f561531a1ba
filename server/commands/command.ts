import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { type Installation, openInstallation } from '../installation.ts';
import { describeStartError } from '../start-errors.ts';

export class UsageError extends Error {}

/**
 * Runs a command beside a server that may be running, and ends the process with 0, 1 if it failed, or 2 if
 * it was called wrongly.
 *
 * @param usage is what `--help` prints
 * @param run returns the sentence that says what was done
 * @param options.upgrade whether it may bring the database to another schema, beneath a server that may be running
 */
export async function runCommand(
	usage: string,
	run: (
		installation: Installation,
		values: { positionals: string[]; config: ReturnType<typeof readConfig> },
	) => Promise<string>,
	{
		upgrade = false,
		check = (positionals) => {
			if (positionals.length > 0) throw new UsageError(`“${positionals[0]}” is not expected here.`);
		},
	}: { upgrade?: boolean; check?: (positionals: string[]) => void } = {},
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
		const config = readConfig();
		const log = { info: () => {}, error: (message: string) => console.error(message) };
		// It is over in a moment: a signal that came in between would leave the database without its owner.
		for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
		const installation = await openInstallation(config, { hold: false, upgrade, log });
		try {
			console.log(await run(installation, { positionals, config }));
		} finally {
			await installation.close();
		}
	} catch (error) {
		const isUsage = error instanceof UsageError;
		console.error(isUsage ? `${error.message}\n\n${usage}` : describeStartError(error));
		process.exitCode = isUsage ? 2 : 1;
	}
}

function readArguments<T>(read: () => T): T {
	try {
		return read();
	} catch (error) {
		throw new UsageError((error as Error).message);
	}
}
