import { fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { access, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const weekMs = 604_800_000;
const hourMs = 3_600_000;

/** The files, and files in folders, that a build of each kind is made of. */
const sources = {
	client: [
		'client',
		'server/build.ts',
		'server/make-build.ts',
		'server/build-fonts.ts',
		'vite.config.ts',
		'package-lock.json',
	],
	server: ['server', 'db', 'vite.config.ts', 'package-lock.json'],
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
	const folder = join(builds, hashSources(sources.client));
	if (await exists(folder)) return folder;
	log?.info('Building the client');
	await make('client', folder);
	return folder;
}

/**
 * Bundles the server, in the same way, so that it starts from a few files in place of two thousand.
 *
 * @returns the bundled `start.ts`
 */
export async function ensureServerBuild(): Promise<string> {
	const folder = join(root, 'dist', 'servers', hashSources(sources.server));
	if (!(await exists(folder))) await make('server', folder);
	return join(folder, 'start.js');
}

async function make(kind: keyof typeof sources, folder: string): Promise<void> {
	const builds = dirname(folder);
	await mkdir(builds, { recursive: true });
	// not mkdtemp, whose folder is for its maker alone: who builds need not be who serves
	const draft = join(builds, `draft-${randomUUID()}`);
	await mkdir(draft);
	try {
		await runMaker(kind, draft);
		await rename(draft, folder).catch(async (error: unknown) => {
			if (!(await exists(folder))) throw error;
		});
	} finally {
		await rm(draft, { recursive: true, force: true });
	}
	await removeOldBuilds(builds, folder);
}

/**
 * In a process of its own, which ends with this one: a server that has built would go on with the gigabyte that building
 * takes.
 */
async function runMaker(kind: string, folder: string): Promise<void> {
	const maker = fork(join(root, 'server/make-build.ts'), [kind, folder], {
		// Vite and Svelte build for the environment that is named; a test run names its own
		env: { ...process.env, NODE_ENV: 'production' },
		// what this one was started with, such as a program as a text, is not for that one
		execArgv: [],
		stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
	});
	const [code, signal] = await once(maker, 'close');
	if (code !== 0)
		throw new Error(`The ${kind} could not be built (${signal ?? `exit code ${code}`}).`);
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
		const isOld = isDraft ? Date.now() - madeAt > hourMs : Date.now() - next > weekMs;
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
function hashSources(files: string[]): string {
	const hash = createHash('sha256').update(process.version);
	for (const file of files.flatMap(listSources))
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
