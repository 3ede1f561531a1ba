import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError, explainFileError } from './contents.ts';
import { type BackupSource, writeBackup } from './write.ts';

const copyName = /^weigh-in-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.tar\.gz$/;
const draftName = /^weigh-in-.*\.part$/;
const abandonedMs = 86_400_000;

/**
 * Writes a backup into a folder, made where it is missing, under the name of its time, and then deletes the oldest
 * that are too many. Where it fails, no other is deleted.
 *
 * @param options.keep how many there are afterwards, at most
 * @returns the path of the new backup
 * @throws {BackupError} as {@link writeBackup}
 */
export async function keepBackup(
	source: BackupSource,
	{ folder, keep, signal }: { folder: string; keep: number; signal: AbortSignal },
): Promise<string> {
	await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
		throw explainFileError(error, folder);
	});
	const time = new Date()
		.toISOString()
		.replace(/\.\d+Z$/, 'Z')
		.replaceAll(':', '-');
	const file = join(folder, `weigh-in-${time}.tar.gz`);
	const { missing } = await writeBackup(source, { file, onProgress: () => {}, signal });
	const names = await readdir(folder);
	const old = names
		.filter((name) => copyName.test(name))
		.sort()
		.slice(0, -keep);
	for (const name of names.filter((name) => draftName.test(name))) {
		const made = (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? Date.now();
		if (Date.now() - made > abandonedMs) old.push(name);
	}
	for (const name of old) await rm(join(folder, name), { force: true });
	if (missing > 0)
		throw new BackupError(
			`${file} was written without ${missing} pictures, whose files are missing.`,
		);
	return file;
}
