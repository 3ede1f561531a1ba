import { createHash } from 'node:crypto';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const stamp = join(root, 'dist', 'sources');
const sources = [
	'client/**/*.{ts,svelte,css,html}',
	'server/build.ts',
	'vite.config.ts',
	'package-lock.json',
];

/** Builds the client unless the build in `dist/` is of these very sources. */
export async function ensureBuild(log: { info(message: string): void }): Promise<void> {
	const current = await hashSources();
	if ((await readFile(stamp, 'utf8').catch(() => null)) === current) return;
	log.info('Building the client');
	const { build } = await import('vite');
	const configFile = join(root, 'vite.config.ts');
	await inProduction(async () => {
		await build({ configFile, logLevel: 'warn' });
		await build({ configFile, logLevel: 'warn', build: { ssr: true } });
	});
	await writeFile(stamp, current);
}

/** Vite and Svelte build for the environment that is named; a test run names its own. */
async function inProduction(run: () => Promise<void>): Promise<void> {
	const { NODE_ENV } = process.env;
	process.env.NODE_ENV = 'production';
	try {
		await run();
	} finally {
		if (NODE_ENV === undefined) delete process.env.NODE_ENV;
		else process.env.NODE_ENV = NODE_ENV;
	}
}

async function hashSources(): Promise<string> {
	const hash = createHash('sha256').update(process.version);
	const files = await Array.fromAsync(glob(sources, { cwd: root }));
	for (const file of files.sort()) hash.update(file).update(await readFile(join(root, file)));
	return hash.digest('hex');
}
