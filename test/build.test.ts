import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { glob, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBuild } from '../server/build.ts';
import { createTestApp, type TestApp } from './support/app.ts';
import { closeSite } from './support/scenes.ts';

let site: TestApp;
let folder: string;

beforeAll(async () => {
	site = await createTestApp();
	folder = await mkdtemp(join(tmpdir(), 'weigh-in-builds-'));
});
afterAll(async () => {
	await closeSite(site);
	await rm(folder, { recursive: true, force: true });
});

const unpack = { br: brotliDecompressSync, gzip: gunzipSync };

test.for(['br', 'gzip'] as const)(
	'scripts and style sheets come packed as %s',
	async (encoding) => {
		const assets = join(await ensureBuild(), 'client', 'assets');
		const names = await Array.fromAsync(glob('{entry-client,style}-*.{js,css}', { cwd: assets }));
		expect(names).toHaveLength(2);
		for (const name of names) {
			const { headers, rawPayload } = await site.app.inject({
				url: `/assets/${name}`,
				headers: { 'accept-encoding': encoding },
			});
			expect(headers['content-encoding']).toBe(encoding);
			expect(headers['cache-control']).toMatch(/immutable/);
			const content = await readFile(join(assets, name));
			expect(unpack[encoding](rawPayload).equals(content)).toBe(true);
			expect(Number(headers['content-length'])).toBeLessThan(content.length / 2);
		}
	},
);

/** Builds into `folder` in a process of its own, as each of several servers does that start at once. */
function startBuild(): { child: ChildProcess; ending: Promise<string> } {
	const module = JSON.stringify(pathToFileURL(join(import.meta.dirname, '../server/build.ts')));
	const code = `const { ensureBuild } = await import(${module});
		console.log(await ensureBuild(undefined, ${JSON.stringify(folder)}));`;
	const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let output = '';
	child.stdout!.setEncoding('utf8').on('data', (text) => (output += text));
	return { child, ending: once(child, 'close').then(() => output.trim()) };
}

/** The processes that were told of `folder`; none where the system does not say. */
async function listBuilders(): Promise<string[]> {
	const files = await Array.fromAsync(glob('/proc/[0-9]*/cmdline'));
	const lines = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
	return lines.filter((line) => line.includes(folder));
}

test('servers that start at once get one whole build, and leave those that may still be read', async () => {
	const interrupted = startBuild();
	while ((await readdir(folder)).length === 0) await sleep(20);
	interrupted.child.kill('SIGKILL');
	expect(await interrupted.ending).toBe('');
	await expect.poll(listBuilders, { timeout: 10_000 }).toEqual([]);
	expect(await readdir(folder)).toEqual([expect.stringMatching(/^draft-/)]);

	for (const [name, days] of Object.entries({ first: 30, second: 10, third: 2 })) {
		const time = Date.now() / 1000 - days * 86_400;
		await mkdir(join(folder, name));
		await utimes(join(folder, name), time, time);
	}
	const [one, other] = await Promise.all([startBuild().ending, startBuild().ending]);
	expect(one).toBe(other);
	const kept = [expect.stringMatching(/^draft-/), 'second', 'third', basename(one!)];
	expect((await readdir(folder)).sort()).toEqual(expect.arrayContaining(kept));
	expect(await readdir(folder)).not.toContain('first');
	// whoever builds need not be who serves
	expect((await stat(one!)).mode & 0o777).toBe((await stat(join(one!, 'client'))).mode & 0o777);
	const manifest = await readFile(join(one!, 'client/.vite/manifest.json'), 'utf8');
	const files = Object.values(JSON.parse(manifest) as Record<string, { file: string }>);
	for (const { file } of files)
		expect(await readFile(join(one!, 'client', file))).not.toHaveLength(0);
	const { renderPage } = await import(pathToFileURL(join(one!, 'server/entry-server.js')).href);
	expect(renderPage).toBeTypeOf('function');
}, 240_000);
