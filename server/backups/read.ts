import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import {
	BackupError,
	type Contents,
	contentsName,
	countRows,
	explainFileError,
	format,
	parseEntryName,
} from './contents.ts';

export type Entry = { table?: string; image?: string; file?: string; data: Buffer };

/** Largest entry that is read, in bytes: the list of checksums of some millions of pictures. */
const largestEntry = 536_870_912;

/**
 * Reads a backup from its beginning to its end and checks every checksum and every number in it.
 *
 * @param options.take is given each entry, in order, before the rest is checked
 * @throws {BackupError} if the file cannot be read, is damaged, or is of a format that is not known here
 */
export async function readBackup(
	path: string,
	{ take, signal }: { take?: (entry: Entry) => Promise<void>; signal: AbortSignal },
): Promise<Contents> {
	const extracting = extract();
	const reading = pipeline(createReadStream(path), createGunzip(), extracting, { signal });
	reading.catch(() => {});
	const digests: Contents['digests'] = {};
	const rows: Record<string, number> = {};
	let images = 0;
	let contents: Contents | undefined;
	let failure: { error: unknown } | undefined;
	try {
		for await (const entry of extracting) {
			const { name, size = 0 } = entry.header;
			const parsed = parseEntryName(name);
			if (!parsed || contents || size > largestEntry || digests[name])
				throw new Error('it holds what no backup does');
			const parts: Buffer[] = [];
			for await (const part of entry) parts.push(part as Buffer);
			const data = Buffer.concat(parts);
			if (name === contentsName) {
				contents = JSON.parse(data.toString()) as Contents;
				continue;
			}
			digests[name] = createHash('sha256').update(data).digest('hex');
			const { table, image } = parsed;
			if (table) rows[table] = (rows[table] ?? 0) + countRows(data);
			if (image) images++;
			await take?.({ ...parsed, data }).catch((error: unknown) => {
				failure = { error };
				throw error;
			});
		}
		await reading;
	} catch (error) {
		if (failure) throw failure.error;
		if (signal.aborted) throw error;
		const explained = explainFileError(error, path);
		if (explained instanceof BackupError) throw explained;
		throw new BackupError(
			`${path} is damaged, or no backup of Weigh-In: ${(error as Error).message}.`,
			{ cause: error },
		);
	}
	if (!contents) throw new BackupError(`${path} is not whole: its end is missing.`);
	if (contents.format !== format)
		throw new BackupError(
			`${path} was made by a newer version of Weigh-In. Restore it with that version.`,
		);
	const counted = Object.values(contents.tables).length > 0 && contents.images === images;
	const isWhole =
		counted &&
		Object.entries(contents.tables).every(([table, kept]) => kept.rows === (rows[table] ?? 0)) &&
		Object.keys(contents.digests).length === Object.keys(digests).length &&
		Object.entries(contents.digests).every(([name, digest]) => digests[name] === digest);
	if (!isWhole) throw new BackupError(`${path} is damaged: its checksums are not those it names.`);
	return contents;
}
