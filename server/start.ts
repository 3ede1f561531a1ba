import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { ensureBuild } from './build.ts';
import { readConfig } from './config.ts';
import {
	describeDemoHost,
	fillInstallation,
	openBackups,
	openBus,
	openInstallation,
} from './installation.ts';
import { openLogOutput } from './log.ts';
import { describeStartError } from './start-errors.ts';

/** Longest that requests under way may take when the server stops, and all of the stopping, in ms. */
const grace = { requests: 10_000, all: 40_000 };
const jobsRetryMs = 60_000;

/** Aborted when the server is told to stop, or has to after an error that nothing has caught. */
const stopping = new AbortController();
/** Aborted when draining is over, see `drainMs`. */
const drained = new AbortController();
let hasFailed = false;
let drain: (() => Promise<void>) | undefined;
/** What was opened so far; it is closed in the reverse order. */
const opened: (() => Promise<unknown>)[] = [];

async function start(): Promise<void> {
	const isDevelopment = process.argv.includes('--dev');
	const config = readConfig();
	const { logLevel: level } = config;
	const stream = process.stdout.isTTY ? pino.transport({ target: 'pino-pretty' }) : openLogOutput();
	const startLog = pino({ level }, stream);
	// whoever ends all processes at once may reach PostgreSQL before this one: that it is gone is no news then
	const say = (level: 'warn' | 'error', details: object, message: string) =>
		setTimeout(() => stopping.signal.aborted || startLog[level](details, message), 200).unref();

	const build = isDevelopment ? undefined : await ensureBuild(startLog);
	stopping.signal.throwIfAborted();
	// PostgreSQL starts while the rest is loaded, but loading leaves no time for anything else.
	const launch = Promise.withResolvers<void>();
	const onLaunch = () => launch.resolve();
	const opening = openInstallation(config, {
		hold: true,
		log: startLog,
		onLaunch,
		ending: stopping.signal,
	});
	opened.push(async () => (await opening.catch(() => null))?.close());
	await Promise.race([launch.promise, opening]);
	const [installation, { buildApp }, { createBuiltRenderer }] = await Promise.all([
		opening,
		import('./app.ts'),
		import('./renderer.ts'),
	]);
	stopping.signal.throwIfAborted();
	await fillInstallation(config, installation);
	const development = isDevelopment
		? await (await import('./development.ts')).startDevelopment()
		: undefined;
	if (development) opened.push(development.close);
	const renderer = development?.renderer ?? (await createBuiltRenderer(build));
	stopping.signal.throwIfAborted();
	const bus = await openBus(config, {
		...installation,
		log: { warn: (details, message) => say('warn', details, message) },
	});
	const app = await buildApp({
		config,
		database: installation,
		bus,
		logger: { level, stream },
		development,
		renderer,
	});
	opened.push(() => {
		setTimeout(() => app.server.closeAllConnections(), grace.requests).unref();
		return app.close();
	});
	const address = await app.listen({ host: config.host, port: config.port });
	stopping.signal.throwIfAborted();
	drain = async () => {
		app.leave();
		log.info('Stopping');
		await sleep(config.drainMs, undefined, { signal: drained.signal }).catch(() => {});
	};

	const { sessions, log, context, audit } = app;
	const { storage } = context;
	const ending = new AbortController();
	const jobs = (async () => {
		const { startJobs } = await import('./jobs.ts');
		const keepBackup = openBackups(config, installation);
		while (!ending.signal.aborted)
			try {
				return await startJobs({ ...installation, sessions, storage, keepBackup, log });
			} catch (error) {
				say('error', { err: error }, 'Jobs could not be started; they are tried again in a minute');
				await sleep(jobsRetryMs, undefined, { signal: ending.signal }).catch(() => {});
			}
	})();
	opened.push(async () => {
		ending.abort();
		const stopJobs = await jobs;
		await stopJobs?.();
	});
	if (!config.rateLimit) log.warn('RATE_LIMIT is off: requests are not limited');
	log.info(`Weigh-In is at ${config.origin ?? address}`);
	const showPassword = process.stdout.isTTY ?? false;
	const demoHost = await describeDemoHost(config, { showPassword });
	if (demoHost) log.info(demoHost);
	const { issueSetUp } = await import('./accounts/hosts.ts');
	const setUp = await issueSetUp(installation.db);
	if (setUp) {
		const own = audit.by({ actor: null, address: null, reqId: null });
		own('link.created', null, { what: 'set-up' });
		log.info(
			`There is no host yet. Whoever joins by this link within a day becomes it: ${config.origin ?? address}/sign-up?setUp=${setUp}`,
		);
	}
}

async function closeAll(): Promise<void> {
	for (let close = opened.pop(); close; close = opened.pop()) await close();
}

const closing = closeWithGrace(
	{ delay: grace.all, skip: ['SIGINT', 'SIGTERM'] },
	async ({ err }) => {
		if (err) {
			hasFailed = true;
			stopping.abort();
			console.error(err);
		}
		await closeAll();
	},
);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
	process.on(signal, async () => {
		// a person at the keyboard waits for no balancer
		if (signal === 'SIGINT') drained.abort();
		// npm hands on the Ctrl-C that the terminal has sent to this process as well: the second one is no news.
		if (stopping.signal.aborted) return;
		stopping.abort();
		if (!drain) return;
		await drain();
		closing.close();
	});

try {
	await start();
} catch (error) {
	// what was caught late is being closed already, and ends the process
	if (hasFailed) await new Promise(() => {});
	closing.uninstall();
	await closeAll();
	if (!stopping.signal.aborted) console.error(describeStartError(error));
	process.exit(stopping.signal.aborted ? 0 : 1);
}
