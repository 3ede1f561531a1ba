import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openCluster, superuser } from '../../../db/embedded/cluster.ts';
import {
	findFreePort,
	findPostmaster,
	launchPostmaster,
	shutDown,
} from '../../../db/embedded/postmaster.ts';
import { ensureBuild } from '../../../server/build.ts';
import { findPort } from '../../support/server.ts';
import { alternate, type Bench } from '../bench.ts';
import { end, launchServer } from '../processes.ts';

const longestStart = 60_000;
const look = 2;

export const start: Bench = {
	name: 'start',
	about: 'from the start of the process to the first page',
	async run({ defer, rounds, report }) {
		await ensureBuild({ info: report });
		const dataDir = await realpath(await mkdtemp(path.join(tmpdir(), 'weigh-in-bench-')));
		defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }));
		defer(() => stopDatabase(dataDir));
		const [project, control] = await alternate(
			[
				{ name: 'project', measure: async () => ({ value: await startProject(dataDir) }) },
				{
					name: 'node and PostgreSQL',
					measure: async () => ({ value: (await startNode()) + (await startDatabase(dataDir)) }),
				},
			],
			// There is nothing to be measured for some time: the first round fills the new data folder.
			{ rounds, seconds: 0 },
			report,
		);
		return [
			{
				name: 'start',
				unit: 'ms',
				project: project!,
				control: control!,
				controlName: 'node -e 0, and PostgreSQL alone until it answers',
				compare: 'difference',
				target: { atMost: 400 },
				notes: ['the demo community in an embedded database that was shut down cleanly'],
			},
		];
	},
};

async function startProject(dataDir: string): Promise<number> {
	const port = await findPort();
	const begin = performance.now();
	const settings = { DATA_DIR: dataDir, PORT: String(port) };
	const server = launchServer(settings, path.join(dataDir, 'server.log'));
	try {
		await until(() => isPage(port));
		return performance.now() - begin;
	} finally {
		await end(server, 'SIGTERM');
	}
}

function isPage(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const request = get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
			response.resume();
			resolve(response.statusCode === 200);
		});
		request.on('error', () => resolve(false));
	});
}

async function startNode(): Promise<number> {
	const begin = performance.now();
	await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
	return performance.now() - begin;
}

async function startDatabase(dataDir: string): Promise<number> {
	const cluster = await openCluster(dataDir);
	const password = (await readFile(path.join(cluster.folder, 'password'), 'utf8')).trim();
	const port = await findFreePort();
	const begin = performance.now();
	await launchPostmaster(cluster, { port, settings: {} });
	await until(async () => {
		const connection = { host: '127.0.0.1', port, user: superuser, password, database: 'postgres' };
		const client = new pg.Client(connection);
		client.on('error', () => {});
		return client.connect().then(
			() => client.end().then(() => true),
			() => false,
		);
	});
	const elapsed = performance.now() - begin;
	await stopDatabase(dataDir);
	return elapsed;
}

async function stopDatabase(dataDir: string): Promise<void> {
	const cluster = await openCluster(dataDir);
	const running = await findPostmaster(cluster);
	if (running) await shutDown(cluster, running.pid);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
	for (const last = Date.now() + longestStart; !(await holds()); await sleep(look))
		if (Date.now() > last) throw new Error('It does not start in time.');
}
