import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const variable = 'TEST_INSTALLATIONS';

/** Names the folder of what {@link copyInstallation} makes, to this process and those that it starts. */
export function keepInstallations(folder: string): void {
	process.env[variable] = folder;
}

/**
 * Makes a data folder as `npm run seed` leaves it, of one that is made once in a test run; leaves it as it is
 * outside of one.
 *
 * @param dataDir is there and empty
 */
export async function copyInstallation(dataDir: string, seed: string): Promise<void> {
	const folder = process.env[variable];
	if (!folder) return;
	const made = path.join(folder, seed);
	while (!(await exists(made)))
		if (!(await takeTurn(`${made}.lock`, () => make(made, seed)))) await sleep(50);
	// with the owners of its files
	await promisify(execFile)('cp', ['-a', `${made}/.`, dataDir]);
}

async function make(made: string, seed: string): Promise<void> {
	if (await exists(made)) return;
	const draft = `${made}.draft`;
	await rm(draft, { recursive: true, force: true });
	const { PATH, HOME, TMPDIR } = process.env;
	await promisify(execFile)(process.execPath, ['server/command.js', 'seed'], {
		cwd: root,
		env: { PATH, HOME, TMPDIR, DATA_DIR: draft, SEED: seed },
	});
	await rename(draft, made);
}

/** @returns false, and does nothing, while somebody else has the turn */
async function takeTurn(lock: string, act: () => Promise<void>): Promise<boolean> {
	try {
		await mkdir(lock);
	} catch (error) {
		if ((error as { code?: string }).code === 'EEXIST') return false;
		throw error;
	}
	try {
		await act();
	} finally {
		await rm(lock, { recursive: true });
	}
	return true;
}

const exists = (file: string) =>
	access(file).then(
		() => true,
		() => false,
	);
