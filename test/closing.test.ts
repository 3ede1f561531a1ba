import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { closeAll, closeAtEnd } from './support/closing.ts';

const vitest = path.resolve(import.meta.dirname, '../node_modules/vitest/vitest.mjs');
const config = path.resolve(import.meta.dirname, 'support/left-open/vitest.config.ts');

/** The processes that were given `folder` for their temporary files, or run in it; where there is no /proc, none. */
async function findProcesses(folder: string): Promise<string[]> {
	const processes = await readdir('/proc').catch(() => []);
	const found = processes
		.filter((pid) => /^\d+$/.test(pid))
		.map(async (pid) => {
			const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
			const place = await readlink(`/proc/${pid}/cwd`).catch(() => '');
			if (!environment.includes(`TMPDIR=${folder}\0`) && !place.startsWith(folder)) return [];
			return [(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).slice(0, 200)];
		});
	return (await Promise.all(found)).flat();
}

type Report = { testResults: { name: string; status: string; message: string }[] };

async function runVitest(folder: string): Promise<Report> {
	const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
	const env = { ...Object.fromEntries(own), TMPDIR: folder };
	const file = path.join(folder, 'report.json');
	const args = ['run', '--config', config, '--reporter=json', `--outputFile=${file}`];
	await new Promise((resolve) => execFile(process.execPath, [vitest, ...args], { env }, resolve));
	return JSON.parse(await readFile(file, 'utf8')) as Report;
}

test('a file whose first or last check fails leaves no server and no database behind', async () => {
	const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'weigh-in-left-')));
	onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
	const { testResults } = await runVitest(folder);
	const results = testResults.map(({ name, status }) => [path.basename(name), status]);
	expect(results.toSorted()).toEqual([
		['fails-after.ts', 'failed'],
		['fails-before.ts', 'failed'],
	]);
	expect(testResults.map(({ message }) => message).join()).toMatch(/No browser/);
	// Ended processes may be in the list for a moment.
	for (let tries = 0; tries < 20 && (await findProcesses(folder)).length > 0; tries++)
		await sleep(100);
	expect(await findProcesses(folder)).toEqual([]);
	expect((await readdir(folder)).filter((name) => name.startsWith('weigh-in-site-'))).toEqual([]);
}, 120_000);

test('what was opened last is closed first, each once, though one of them fails', async () => {
	const closed: string[] = [];
	const open = (name: string, failure?: Error) =>
		closeAtEnd(
			Promise.resolve({
				async close() {
					closed.push(name);
					if (failure) throw failure;
				},
			}),
		);
	await open('first');
	const second = await open('second');
	await open('third', new Error('stuck'));
	await expect(closeAtEnd(Promise.reject(new Error('not there')))).rejects.toThrow('not there');
	await Promise.all([second.close(), second.close()]);
	await expect(closeAll()).rejects.toMatchObject({ errors: [new Error('stuck')] });
	await closeAll();
	expect(closed).toEqual(['second', 'third', 'first']);
});
