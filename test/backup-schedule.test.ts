import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keepBackup } from '../server/backups/schedule.ts';
import { readConfig } from '../server/config.ts';
import { openBackups } from '../server/installation.ts';
import { startJobs } from '../server/jobs.ts';
import { createImageStorage } from '../server/images/storage.ts';
import { createTestApp, type TestApp } from './support/app.ts';
import { closeSite } from './support/scenes.ts';
import { makeDataDir } from './support/server.ts';

let site: TestApp;
let home: string;
beforeAll(async () => {
	home = await makeDataDir();
	site = await createTestApp({ dataDir: home });
});
afterAll(async () => {
	await closeSite(site);
	await rm(home, { recursive: true, force: true });
});

const { signal } = new AbortController();
const list = async (folder: string) => (await readdir(folder)).sort();

test('the oldest go once a new one is good, none does where it fails, and what is not ours stays', async () => {
	const folder = path.join(home, 'kept');
	const source = {
		url: site.database.url,
		storage: createImageStorage(site.app.config),
		dataDir: home,
		files: [],
	};
	const made: string[] = [];
	for (let turn = 0; turn < 3; turn++) {
		made.push(path.basename(await keepBackup(source, { folder, keep: 2, signal })));
		await sleep(1_000);
	}
	expect(await list(folder)).toEqual(made.slice(1));
	await writeFile(path.join(folder, 'notes.txt'), 'mine');
	const broken = { ...source, url: 'postgres://nobody@127.0.0.1:1/nothing' };
	await expect(keepBackup(broken, { folder, keep: 1, signal })).rejects.toThrow();
	expect(await list(folder)).toEqual(['notes.txt', ...made.slice(1)]);
	const last = path.basename(await keepBackup(source, { folder, keep: 1, signal }));
	expect(await list(folder)).toEqual(['notes.txt', last]);
	const stopped = AbortSignal.abort();
	await expect(keepBackup(source, { folder, keep: 1, signal: stopped })).rejects.toThrow(
		'Stopped.',
	);
	expect(await list(folder)).toEqual(['notes.txt', last]);
});

test('of several servers one writes the backup of the day, and a failure is an error in the log', async () => {
	const folder = path.join(home, randomUUID());
	const { database } = site;
	const config = readConfig({ DATA_DIR: home, BACKUP_DIR: folder, BACKUP_KEEP: '3' });
	const lines: [string, string][] = [];
	const note = (level: string) => (_details: unknown, message: string) =>
		void lines.push([level, message]);
	const log = { info: note('info'), error: note('error'), debug() {} } as never;
	const { sessions, context } = site.app;
	const options = { url: database.url, db: database.db, sessions, log, storage: context.storage };
	const keep = openBackups(config, database);
	const stops = await Promise.all([
		startJobs({ ...options, keepBackup: keep }),
		startJobs({ ...options, keepBackup: keep }),
	]);
	const boss = new PgBoss({ connectionString: database.url, max: 1, supervise: false });
	boss.on('error', () => {});
	try {
		const { rows } = await database.pool.query(
			`select cron from pgboss.schedule where name = 'backup'`,
		);
		expect(rows).toEqual([{ cron: '47 3 * * *' }]);
		await boss.start();
		await boss.send('backup', {});
		await expect
			.poll(() => lines.map(([, message]) => message), { timeout: 20_000 })
			.toEqual(['Wrote the backup of the day']);
		expect(await list(folder)).toEqual([expect.stringMatching(/^weigh-in-.*\.tar\.gz$/)]);
		await rm(folder, { recursive: true });
		await writeFile(folder, 'in the way');
		await boss.send('backup', {});
		await expect
			.poll(() => lines.at(-1), { timeout: 20_000 })
			.toEqual(['error', 'The backup of the day could not be written']);
	} finally {
		await boss.stop();
		for (const stop of stops) await stop();
	}
}, 60_000);
