import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { ensureBuild } from './build.ts';
import { readConfig } from './config.ts';
import {
	describeDemoHost,
	describeStartError,
	fillInstallation,
	openBus,
	openInstallation,
} from './installation.ts';

/** Longest that requests under way may take when the server stops, and all of the stopping, in ms. */
const grace = { requests: 10_000, all: 40_000 };
const jobsRetryMs = 60_000;

const stopping = new AbortController();
/** What was opened so far; it is closed in the reverse order. */
const opened: (() => Promise<unknown>)[] = [];
let isUp = false;

async function start(): Promise<void> {
	const isDevelopment = process.argv.includes('--dev');
	const config = readConfig();
	const pretty = process.stdout.isTTY && { transport: { target: 'pino-pretty' } };
	const logger = { level: config.logLevel, ...pretty };
	const startLog = pino(logger);

	const build = isDevelopment ? undefined : await ensureBuild(startLog);
	stopping.signal.throwIfAborted();
	// PostgreSQL starts while the rest is loaded, but loading leaves no time for anything else.
	const launch = Promise.withResolvers<void>();
	const onLaunch = () => launch.resolve();
	const opening = openInstallation(config, { hold: true, log: startLog, onLaunch });
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
	const bus = await openBus(config, { ...installation, log: startLog });
	const app = await buildApp({
		config,
		database: installation,
		bus,
		logger,
		development,
		renderer,
	});
	opened.push(() => {
		setTimeout(() => app.server.closeAllConnections(), grace.requests).unref();
		return app.close();
	});
	const address = await app.listen({ host: config.host, port: config.port });
	stopping.signal.throwIfAborted();
	isUp = true;

	const { sessions, log, context } = app;
	const { storage } = context;
	const ending = new AbortController();
	const jobs = (async () => {
		const { startJobs } = await import('./jobs.ts');
		while (!ending.signal.aborted)
			try {
				return await startJobs({ ...installation, sessions, storage, log });
			} catch (error) {
				log.error({ err: error }, 'Jobs could not be started; they are tried again in a minute');
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
}

async function closeAll(): Promise<void> {
	for (let close = opened.pop(); close; close = opened.pop()) await close();
}

const closing = closeWithGrace(
	{ delay: grace.all, skip: ['SIGINT', 'SIGTERM'] },
	async ({ err }) => {
		if (err) console.error(err);
		await closeAll();
	},
);
for (const signal of ['SIGINT', 'SIGTERM'])
	process.on(signal, () => {
		// npm hands on the Ctrl-C that the terminal has sent to this process as well: the second one is no news.
		if (stopping.signal.aborted) return;
		stopping.abort();
		if (isUp) closing.close();
	});

try {
	await start();
} catch (error) {
	closing.uninstall();
	await closeAll();
	if (!stopping.signal.aborted) console.error(describeStartError(error));
	process.exit(stopping.signal.aborted ? 0 : 1);
}
