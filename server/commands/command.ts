import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { AuditDone } from '../audit/schema.ts';
import type { Config } from '../config.ts';
import type { Installation } from '../installation.ts';

// Here and in each command, what runs it is imported when it runs: who asks for help, or calls it wrongly, waits for none of it.

export class UsageError extends Error {}

type Options<O extends ParseArgsOptionsConfig> = ReturnType<
	typeof parseArgs<{ options: O; allowPositionals: true }>
>['values'];
type Settings<O extends ParseArgsOptionsConfig> = {
	/** what it knows beside `--help` */
	options?: O;
	/** what it is called with; the process's own unless given */
	args?: string[];
	/** refuses, with {@link UsageError}, what it cannot be called with */
	check?: (positionals: string[], options: Options<O>) => void | Promise<void>;
};
type Log = { info(message: string): void; error(message: string): void };

const expectNothing = ([first]: string[]) => {
	if (first !== undefined) throw new UsageError(`“${first}” is not expected here.`);
};

/**
 * Runs a command and ends the process with 0, 1 if it failed, or 2 if it was called wrongly.
 *
 * @param usage is what `--help` prints
 * @param run returns what to print: the sentence that says what was done. `signal` tells of a Ctrl-C: what takes long stops then,
 * the rest is over in a moment
 */
export async function runProgram<O extends ParseArgsOptionsConfig = Record<never, never>>(
	usage: string,
	run: (values: {
		positionals: string[];
		options: Options<O>;
		config: Config;
		signal: AbortSignal;
		log: Log;
	}) => Promise<string>,
	{ options: known, args = process.argv.slice(2), check = expectNothing }: Settings<O> = {},
): Promise<void> {
	try {
		const help = { help: { type: 'boolean', short: 'h' } } as const;
		const { values, positionals } = readArguments(() =>
			parseArgs({ args, options: { ...known, ...help }, allowPositionals: true }),
		);
		if ((values as { help?: boolean }).help) {
			console.log(usage);
			return;
		}
		const options = values as unknown as Options<O>;
		await check(positionals, options);
		const stopping = new AbortController();
		for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => stopping.abort());
		const log = { info: () => {}, error: (message: string) => console.error(message) };
		const { signal } = stopping;
		const { readConfig } = await import('../config.ts');
		console.log(await run({ positionals, options, config: readConfig(), signal, log }));
	} catch (error) {
		if (error instanceof UsageError) {
			console.error(`${error.message}\n\n${usage}`);
			process.exitCode = 2;
			return;
		}
		const { describeStartError } = await import('../start-errors.ts');
		console.error(describeStartError(error));
		process.exitCode = 1;
	}
}

/**
 * Runs a command beside a server that may be running, as {@link runProgram}.
 *
 * @param settings.upgrade whether it may bring the database to another schema, beneath a server that may be running
 */
export async function runCommand<O extends ParseArgsOptionsConfig = Record<never, never>>(
	usage: string,
	run: (
		installation: Installation,
		values: {
			positionals: string[];
			options: Options<O>;
			config: Config;
			/** writes down what is done, on the error output */
			audit: AuditDone;
		},
	) => Promise<string>,
	{ upgrade = false, ...settings }: Settings<O> & { upgrade?: boolean } = {},
): Promise<void> {
	await runProgram(
		usage,
		async ({ log: progress, ...values }) => {
			const [{ pino }, { createAudit }, { openInstallation }] = await Promise.all([
				import('pino'),
				import('../audit/service.ts'),
				import('../installation.ts'),
			]);
			const log = pino({ level: values.config.logLevel }, pino.destination({ fd: 2, sync: true }));
			const audit = createAudit(log).by({ actor: null, address: null, reqId: null });
			const installation = await openInstallation(values.config, {
				hold: false,
				upgrade,
				log: progress,
			});
			try {
				return await run(installation, { ...values, audit });
			} finally {
				await installation.close();
			}
		},
		settings,
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
