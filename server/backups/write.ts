import { createHash, randomUUID } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { type Pack, pack } from 'tar-stream';
import { Connection } from '../../db/connection.ts';
import { readSchemaTime } from '../../db/migrate.ts';
import type { ImageStorage } from '../images/storage.ts';
import {
	BackupError,
	type Contents,
	contentsName,
	countRows,
	explainFileError,
	format,
} from './contents.ts';
import { readBackup } from './read.ts';

export type BackupSource = {
	/** address of the database */
	url: string;
	storage: ImageStorage;
	dataDir: string;
	/** names of files in `dataDir` that go along, where they are there */
	files: readonly string[];
};

export type Progress = (sentence: string) => void;

/** Bytes of rows in one entry, about. */
const partSize = 1_048_576;

/**
 * Writes a backup, of one moment, of a database that may be in use, and of its pictures; reads it back, and only then
 * puts it in place, readable by its owner alone.
 *
 * @throws {BackupError} if the file is there already or cannot be written; nothing is left of it then
 */
export async function writeBackup(
	source: BackupSource,
	{ file, onProgress, signal }: { file: string; onProgress: Progress; signal: AbortSignal },
): Promise<Contents> {
	const draft = `${file}.${randomUUID()}.part`;
	try {
		if (await stat(file).catch(() => null))
			throw new BackupError(`${file} is there already. Name another file.`);
		const handle = await open(draft, 'wx', 0o600);
		const contents = await fill(source, {
			onProgress,
			signal,
			write: (packing) =>
				pipeline(packing, createGzip(), handle.createWriteStream({ flush: true }), { signal }),
		});
		onProgress('Reading the backup again');
		const read = await readBackup(draft, { signal });
		if (JSON.stringify(read) !== JSON.stringify(contents))
			throw new BackupError('The backup is not what was written. Look after the disk.');
		await rename(draft, file);
		const folder = await open(dirname(file));
		await folder.sync().finally(() => folder.close());
		return contents;
	} catch (error) {
		await rm(draft, { force: true }).catch(() => {});
		if (signal.aborted) throw new BackupError('Stopped. Nothing was written.');
		throw explainFileError(error, file);
	}
}

async function fill(
	source: BackupSource,
	{
		write,
		onProgress,
		signal,
	}: { write: (packing: Pack) => Promise<void>; onProgress: Progress; signal: AbortSignal },
): Promise<Contents> {
	const packing = pack();
	const written = write(packing);
	// it may fail while nobody waits for it
	written.catch(() => {});
	const digests: Contents['digests'] = {};
	const add = async (name: string, data: Buffer) => {
		signal.throwIfAborted();
		digests[name] = createHash('sha256').update(data).digest('hex');
		const added = new Promise<void>((resolve, reject) => {
			const header = { name, size: data.length, mode: 0o600 };
			const entry = packing.entry(header, (error) => (error ? reject(error) : resolve()));
			entry.end(data);
		});
		await Promise.race([added, written]);
	};
	try {
		const { imageIds, ...database } = await copyDatabase(source.url, { add, onProgress });
		let missing = 0;
		for (const [index, id] of imageIds.entries()) {
			onProgress(`${index} of ${imageIds.length} pictures`);
			const picture = await source.storage.read(id);
			if (picture) await add(`images/${id}.webp`, picture);
			else missing++;
		}
		for (const name of source.files) {
			const data = await readFile(join(source.dataDir, name)).catch(() => null);
			if (data) await add(`files/${name}`, data);
		}
		const contents: Contents = {
			format,
			createdAt: new Date().toISOString(),
			...database,
			images: imageIds.length - missing,
			missing,
			digests: { ...digests },
		};
		await add(contentsName, Buffer.from(JSON.stringify(contents)));
		packing.finalize();
		await written;
		return contents;
	} catch (error) {
		// where the file could not be written, what it was filled with has only met the end of it
		const { destroying } = packing as Pack & { destroying: boolean };
		if (destroying) await written;
		packing.destroy();
		await written.catch(() => {});
		throw error;
	}
}

type Add = (name: string, data: Buffer) => Promise<void>;

/** Hands over all rows as one snapshot has them. */
async function copyDatabase(
	url: string,
	{ add, onProgress }: { add: Add; onProgress: Progress },
): Promise<Pick<Contents, 'schema' | 'tables' | 'sequences'> & { imageIds: string[] }> {
	const client = new Connection({ connectionString: url, statementTimeoutMs: 0 });
	await client.connect();
	try {
		await client.query('begin isolation level repeatable read read only');
		const schema = await readSchemaTime(client);
		const { rows: list } = await client.query<{ name: string; columns: string[] }>(`
			select relname as name, array_agg(attname::text order by attnum) as columns
			from pg_class join pg_attribute on attrelid = pg_class.oid
			where relnamespace = 'public'::regnamespace and relkind = 'r'
				and attnum > 0 and not attisdropped and attgenerated = ''
			group by relname order by relname`);
		const tables: Contents['tables'] = {};
		for (const { name, columns } of list) {
			const rows = await copyTable(client, { name, columns, add, onProgress });
			tables[name] = { columns, rows };
		}
		const { rows: owned } = await client.query<{ name: string }>(
			`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S' order by 1`,
		);
		const sequences: Contents['sequences'] = {};
		for (const { name } of owned) {
			const { rows } = await client.query(
				`select last_value as last, is_called as "isCalled" from public.${pg.escapeIdentifier(name)}`,
			);
			sequences[name] = rows[0];
		}
		const { rows: images } = await client.query<{ id: string }>(
			'select id from images order by id',
		);
		return { schema, tables, sequences, imageIds: images.map(({ id }) => id) };
	} finally {
		await client.end();
	}
}

async function copyTable(
	client: pg.Client,
	{
		name,
		columns,
		add,
		onProgress,
	}: { name: string; columns: string[]; add: Add; onProgress: Progress },
): Promise<number> {
	const names = columns.map((column) => pg.escapeIdentifier(column)).join();
	const copying = client.query(to(`copy public.${pg.escapeIdentifier(name)} (${names}) to stdout`));
	let rows = 0;
	let part = 0;
	let waiting: Buffer[] = [];
	let size = 0;
	const flush = async () => {
		const data = Buffer.concat(waiting);
		waiting = [];
		size = 0;
		rows += countRows(data);
		await add(`database/${name}/${++part}`, data);
		onProgress(`${name}: ${rows} rows`);
	};
	for await (const chunk of copying as AsyncIterable<Buffer>) {
		waiting.push(chunk);
		size += chunk.length;
		if (size >= partSize) await flush();
	}
	if (size > 0) await flush();
	return rows;
}
