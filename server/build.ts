import { createHash, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import {
	access,
	glob,
	mkdir,
	readdir,
	readFile,
	rename,
	rm,
	stat,
	writeFile,
} from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = fileURLToPath(new URL('../', import.meta.url));
const WEEK_MS = 604_800_000;
const HOUR_MS = 3_600_000;

/** What is built of which files, and files in which folders; the builds of a kind stand in one folder. */
type Kind = { sources: string[]; make(draft: string): Promise<void> };

const client: Kind = {
	sources: [
		'client',
		'server/build.ts',
		'server/build-fonts.ts',
		'vite.config.ts',
		'package-lock.json',
	],
	make: makeClient,
};
const server: Kind = {
	sources: ['server', 'db', 'vite.config.ts', 'package-lock.json'],
	make: makeServer,
};

/**
 * Builds the client unless it is built of these very sources.
 *
 * A build stands in a folder that is named after its sources and never changes. It is made under another name and
 * renamed when it is whole, so none is seen half done, whoever else builds at the same time or is interrupted.
 *
 * @param log is told when there is something to build
 * @param builds holds the builds
 * @returns the folder of the build: `client/` for browsers and `server/` for rendering
 */
export async function ensureBuild(
	log?: { info(message: string): void },
	builds = join(root, 'dist', 'builds'),
): Promise<string> {
	const folder = join(builds, hashSources(client));
	if (await exists(folder)) return folder;
	log?.info('Building the client');
	await make(client, folder);
	return folder;
}

/**
 * Bundles the server, in the same way, so that it starts from a few files in place of two thousand.
 *
 * @returns the bundled `start.ts`
 */
export async function ensureServerBuild(): Promise<string> {
	const folder = join(root, 'dist', 'servers', hashSources(server));
	if (!(await exists(folder))) await make(server, folder);
	return join(folder, 'start.js');
}

async function make(kind: Kind, folder: string): Promise<void> {
	const builds = dirname(folder);
	await mkdir(builds, { recursive: true });
	// not mkdtemp, whose folder is for its maker alone: who builds need not be who serves
	const draft = join(builds, `draft-${randomUUID()}`);
	await mkdir(draft);
	try {
		await inProduction(() => kind.make(draft));
		await rename(draft, folder).catch(async (error: unknown) => {
			if (!(await exists(folder))) throw error;
		});
	} finally {
		await rm(draft, { recursive: true, force: true });
	}
	await removeOldBuilds(builds, folder);
}

const settings = { configFile: join(root, 'vite.config.ts'), logLevel: 'warn' } as const;

async function makeClient(draft: string): Promise<void> {
	const [{ build }, { subsetFonts }] = await Promise.all([
		import('vite'),
		import('./build-fonts.ts'),
	]);
	await build({ ...settings, build: { outDir: join(draft, 'client') } });
	await build({ ...settings, build: { outDir: join(draft, 'server'), ssr: true } });
	await build({
		configFile: false,
		logLevel: 'warn',
		build: {
			outDir: join(draft, 'client'),
			emptyOutDir: false,
			target: 'es2022',
			rolldownOptions: {
				input: join(root, 'client/offline/service-worker.ts'),
				output: { format: 'iife', entryFileNames: 'service-worker.js' },
			},
		},
	});
	const assets = join(draft, 'client', 'assets');
	await Promise.all([compressFiles(assets), subsetFonts(assets)]);
}

async function makeServer(draft: string): Promise<void> {
	const { build } = await import('vite');
	await build({ ...settings, mode: 'server', build: { outDir: draft } });
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

/** Puts a `.br` and a `.gz` beside every script and style sheet, as small as they get. */
async function compressFiles(folder: string): Promise<void> {
	const files = await Array.fromAsync(glob('*.{js,css}', { cwd: folder }));
	await Promise.all(
		files.map(async (file) => {
			const path = join(folder, file);
			const content = await readFile(path);
			const params = {
				[constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
				[constants.BROTLI_PARAM_SIZE_HINT]: content.length,
			};
			const level = constants.Z_BEST_COMPRESSION;
			await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params }));
			await writeFile(`${path}.gz`, await promisify(gzip)(content, { level }));
		}),
	);
}

/**
 * A server may still read the build that it has started with, for a week after the next one was made; drafts are left
 * by builds that were interrupted.
 */
async function removeOldBuilds(builds: string, current: string): Promise<void> {
	const names = await readdir(builds);
	const found = await Promise.all(
		names.map(async (name) => {
			const times = await stat(join(builds, name)).catch(() => null);
			return { name, isDraft: name.startsWith('draft-'), madeAt: times?.mtimeMs ?? Date.now() };
		}),
	);
	const whole = found.filter(({ isDraft }) => !isDraft);
	for (const { name, isDraft, madeAt } of found) {
		const next = Math.min(...whole.map((other) => other.madeAt).filter((time) => time > madeAt));
		const isOld = isDraft ? Date.now() - madeAt > HOUR_MS : Date.now() - next > WEEK_MS;
		if (!isOld || join(builds, name) === current) continue;
		await rm(join(builds, name), { recursive: true, force: true });
	}
}

const exists = (path: string) =>
	access(path).then(
		() => true,
		() => false,
	);

/** One file after the other: at every start this is waited for, and all at once take longer. */
function hashSources({ sources }: Kind): string {
	const hash = createHash('sha256').update(process.version);
	for (const file of sources.flatMap(listSources))
		hash.update(file).update(readFileSync(join(root, file)));
	return hash.digest('hex').slice(0, 16);
}

function listSources(path: string): string[] {
	if (extname(path)) return [path];
	return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
		.filter((file) => /\.(ts|svelte|css|html)$/.test(file))
		.sort()
		.map((file) => join(path, file));
}
