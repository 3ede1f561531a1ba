import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
	findDatabase,
	findPort,
	makeDataDir,
	type Site,
	startSite,
	stopDatabase,
} from './support/server.ts';

vi.setConfig({ testTimeout: 120_000 });

const sites: Site[] = [];
const folders: string[] = [];

afterEach(async () => {
	for (const site of sites.splice(0)) await site.close();
	for (const folder of folders.splice(0)) {
		await stopDatabase(folder);
		await rm(folder, { recursive: true, force: true, maxRetries: 5 });
	}
});

async function open(settings?: Record<string, string>): Promise<Site> {
	const site = await startSite({ SEED: 'none', ...settings });
	sites.push(site);
	return site;
}

/** One request over a connection that the agent keeps open, if the server does. */
async function ask(url: string, agent: Agent) {
	const request = get(url, { agent });
	const [response] = await once(request, 'response');
	const body = await text(response);
	return { status: response.statusCode as number, connection: response.headers.connection, body };
}

describe('a server that is told to stop', () => {
	test('goes on answering while it says that it is not ready, lets connections go, and ends', async () => {
		const site = await open({ DRAIN_SECONDS: '3' });
		const agent = new Agent({ keepAlive: true });
		expect((await ask(site.url, agent)).connection).toBe('keep-alive');
		const ending = site.stop();
		while ((await ask(`${site.url}/health/ready`, agent)).status === 200) await sleep(10);
		const ready = await ask(`${site.url}/health/ready`, agent);
		expect(ready).toMatchObject({ status: 503, connection: 'close' });
		expect(ready.body).toContain('about to stop');
		for (const path of ['/', '/', '/posts/0', '/health/live', '/api/threads']) {
			const answer = await ask(site.url + path, agent);
			expect(answer).toMatchObject({
				status: path === '/posts/0' ? 404 : 200,
				connection: 'close',
			});
		}
		expect(await ending).toBe(0);
		await expect(ask(site.url, agent)).rejects.toThrow('ECONNREFUSED');
		expect(site.complaints()).toEqual([]);
	});

	test('waits for no balancer when Ctrl-C says so, however long it may drain', async () => {
		const site = await open({ DRAIN_SECONDS: '900' });
		const ending = site.stop();
		while ((await fetch(`${site.url}/health/ready`)).ok) await sleep(10);
		expect(await site.stop('SIGINT')).toBe(0);
		expect(await ending).toBe(0);
		expect(site.complaints()).toEqual([]);
	});

	test('together with all processes of its PostgreSQL has nothing to complain of', async () => {
		const site = await open();
		const postmaster = (await site.findDatabase())!;
		const { stdout } = await promisify(execFile)('ps', [
			'-o',
			'pid=',
			'--ppid',
			String(postmaster),
		]);
		const pids = [postmaster, ...stdout.split('\n').map(Number).filter(Boolean)];
		const pool = await fetch(`${site.url}/api/threads`);
		expect(pool.status).toBe(200);
		for (const pid of pids) process.kill(pid, 'SIGTERM');
		expect(await site.stop()).toBe(0);
		expect(site.complaints()).toEqual([]);
		while (await site.findDatabase()) await sleep(20);
		await site.start();
		expect((await fetch(site.url)).status).toBe(200);
	});
});

test('a server whose log cannot be written serves and stops like any other', async () => {
	const folder = await makeDataDir();
	folders.push(folder);
	const port = await findPort();
	const settings = { DATA_DIR: folder, PORT: String(port), SEED: 'none', LOG_LEVEL: 'debug' };
	const child = spawn('sh', ['-c', `exec "${process.execPath}" server/main.js >/dev/full 2>&1`], {
		env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
	});
	const ended = once(child, 'exit');
	const url = `http://127.0.0.1:${port}`;
	const isUp = () =>
		fetch(`${url}/health/ready`).then(
			({ ok }) => ok,
			() => false,
		);
	while (child.exitCode === null && !(await isUp())) await sleep(25);
	for (let count = 0; count < 300; count++) expect((await fetch(url)).status).toBe(200);
	child.kill('SIGTERM');
	expect((await ended)[0]).toBe(0);
	expect(await findDatabase(folder)).toBeUndefined();
});

test('a copy of the data folder, whoever made it, starts and has everything', async () => {
	const site = await open();
	const before = await (await fetch(`${site.url}/api/threads`)).json();
	await site.stop();
	const folder = await makeDataDir();
	await promisify(execFile)('cp', ['-r', `${site.dataDir}/.`, folder]);
	const copy = await open({ DATA_DIR: folder });
	expect(await (await fetch(`${copy.url}/api/threads`)).json()).toEqual(before);
	expect(copy.complaints()).toEqual([]);
});
