import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPort } from '../../support/server.ts';
import { alternate, type Bench } from '../bench.ts';
import { readMemory, startServer, startWorker } from '../processes.ts';
import { type Stage, unrealSettings } from '../stage.ts';

const sockets = 5_000;
/** Opened before, so that what a server needs only once is there: above all its heap's young part, which grows to 64 MB. */
const first = 5_000;
/** Until what was needed for opening is given back, in ms. */
const rest = 2_000;

type Server = { pid: number; url: string; close(): Promise<void> };

export const socketMemory: Bench = {
	name: 'sockets',
	about: `the memory of each of ${sockets} idle sockets`,
	async run(options) {
		const stage = await options.openStage();
		const measureOn = (start: () => Promise<Server>, topic?: string) => async () => {
			const server = await start();
			const readers = startWorker('sockets.ts');
			try {
				await readers.ask('open', { url: server.url, sockets: first, topic });
				await sleep(rest);
				const before = readMemory(server.pid);
				await readers.ask('open', { url: server.url, sockets, topic });
				await sleep(rest);
				return { value: (readMemory(server.pid) - before) / sockets / 1000 };
			} finally {
				await readers.close();
				await server.close();
			}
		};
		const [project, bare] = await alternate(
			[
				{ name: 'project', measure: measureOn(() => startAnother(stage), 'thread:1') },
				{ name: 'bare', measure: measureOn(startBare) },
			],
			options,
			options.report,
		);
		return [
			{
				name: 'sockets',
				unit: 'kB',
				project: project!,
				control: bare!,
				controlName: 'a bare ws server',
				compare: 'ratio',
				target: { atMost: 1.5 },
				notes: [
					`resident memory that ${sockets} idle sockets add, each, to a server that has ${first}; a new server in every round`,
				],
			},
		];
	},
};

/** Another server of the same installation. */
async function startAnother({ databaseUrl, dataDir }: Stage): Promise<Server> {
	const folder = path.join(dataDir, 'another');
	const settings = { ...unrealSettings, DATABASE_URL: databaseUrl, DATA_DIR: folder };
	return startServer(
		{ ...settings, PORT: String(await findPort()) },
		path.join(dataDir, 'another.log'),
	);
}

async function startBare(): Promise<Server> {
	const { pid, ask, close } = startWorker('controls/sockets.ts');
	return { pid, url: await ask<string>('open'), close };
}
