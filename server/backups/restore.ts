import { once } from 'node:events';
import { mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { type CopyStreamQuery, from } from 'pg-copy-streams';
import { Connection } from '../../db/connection.ts';
import { isRunning } from '../../db/embedded/cluster.ts';
import { startEmbedded } from '../../db/embedded.ts';
import { migrateDatabase, readSchemas } from '../../db/migrate.ts';
import type { Config } from '../config.ts';
import { createImageStorage } from '../images/storage.ts';
import { BackupError, type Contents, explainFileError } from './contents.ts';
import { readBackup } from './read.ts';
import type { Progress } from './write.ts';

type Options = { file: string; onProgress: Progress; signal: AbortSignal };

const log = { info() {}, error() {} };
const draftPrefix = '.restore-';

/**
 * Restores a backup into the data folder, which has to be empty, as an embedded database with its pictures. All is made
 * in a folder of its own there and moved into place at the end; a restore that fails leaves nothing, but for pictures that
 * a bucket has by then.
 *
 * @throws {BackupError} if the backup cannot be used, the folder is not empty, or the disk is full
 */
export async function restoreBackup(
	config: Config,
	{ file, onProgress, signal }: Options,
): Promise<Contents> {
	const { dataDir } = config;
	await stat(file).catch((error) => {
		throw explainFileError(error, file);
	});
	try {
		await clear(dataDir);
		onProgress('Checking the backup');
		const contents = await readBackup(file, { signal });
		const schemas = readSchemas();
		if (contents.schema > schemas.at(-1)!)
			throw new BackupError(
				`${file} was made by a newer version of Weigh-In. Restore it with that version.`,
			);
		if (!schemas.includes(contents.schema))
			throw new BackupError(`${file} was made by a version of Weigh-In that is not known here.`);
		const draft = await mkdtemp(join(dataDir, `${draftPrefix}${process.pid}-`));
		try {
			await fill({ ...config, dataDir: draft }, { contents, file, onProgress, signal });
			signal.throwIfAborted();
			await moveIntoPlace(draft, dataDir);
		} finally {
			await rm(draft, { recursive: true, force: true });
		}
		return contents;
	} catch (error) {
		if (signal.aborted) throw new BackupError('Stopped. Nothing was restored.');
		throw explainFileError(error, dataDir);
	}
}

/** Makes the folder where it is missing, and takes out what a restore that was killed has left. */
async function clear(dataDir: string): Promise<void> {
	await mkdir(dataDir, { recursive: true });
	const names = await readdir(dataDir);
	for (const name of names) {
		if (!name.startsWith(draftPrefix)) continue;
		if (isRunning(Number.parseInt(name.slice(draftPrefix.length))))
			throw new BackupError(`Another restore into ${dataDir} is under way.`);
		const draft = join(dataDir, name);
		if (await stat(join(draft, 'postgresql/cluster/postmaster.pid')).catch(() => null)) {
			const left = await startEmbedded({ dataDir: draft, hold: true, log }).catch(() => null);
			await left?.stop();
		}
		await rm(draft, { recursive: true, force: true });
	}
	if (names.some((name) => !name.startsWith(draftPrefix) && name !== 'lost+found'))
		throw new BackupError(
			`The data folder ${dataDir} is not empty, and nothing was changed. ` +
				'Move away what is in it, or set DATA_DIR to an empty folder.',
		);
}

async function fill(
	config: Config,
	{ contents, file, onProgress, signal }: Options & { contents: Contents },
): Promise<void> {
	const { dataDir } = config;
	const embedded = await startEmbedded({ dataDir, hold: true, log });
	try {
		await migrateDatabase(embedded.url, { until: contents.schema });
		// only a superuser may leave out the triggers and the foreign keys, which hold in the snapshot already
		const address = new URL(embedded.url);
		address.username = 'postgres';
		const client = new Connection({ connectionString: address.href, statementTimeoutMs: 0 });
		await client.connect();
		try {
			await client.query('begin');
			await client.query('set local session_replication_role = replica');
			await client.query('set local idle_in_transaction_session_timeout = 0');
			await load(client, { config, contents, file, onProgress, signal });
			await client.query('commit');
			onProgress('Counting the rows');
			await check(client, contents);
			await client.query('analyze');
		} finally {
			await client.end();
		}
		await migrateDatabase(embedded.url);
	} finally {
		await embedded.stop();
	}
}

async function load(
	client: pg.Client,
	{ config, contents, file, onProgress, signal }: Options & { config: Config; contents: Contents },
): Promise<void> {
	const storage = createImageStorage(config);
	const names = Object.keys(contents.tables).map((name) => `public.${pg.escapeIdentifier(name)}`);
	await client.query(`truncate ${names.join()}`);
	let current: { table: string; copying: CopyStreamQuery } | undefined;
	let images = 0;
	const endTable = async () => {
		if (!current) return;
		current.copying.end();
		await finished(current.copying);
		current = undefined;
	};
	const openTable = async (table: string) => {
		await endTable();
		const columns = contents.tables[table]!.columns.map((name) => pg.escapeIdentifier(name)).join();
		const copying = client.query(
			from(`copy public.${pg.escapeIdentifier(table)} (${columns}) from stdin`),
		);
		copying.on('error', () => {});
		onProgress(`${table}: ${contents.tables[table]!.rows} rows`);
		return { table, copying };
	};
	await readBackup(file, {
		signal,
		async take({ table, image, file: name, data }) {
			if (table) {
				if (current?.table !== table) current = await openTable(table);
				const { copying } = current!;
				if (!copying.write(data))
					await Promise.race([once(copying, 'drain'), finished(copying, { readable: false })]);
				return;
			}
			await endTable();
			if (image) {
				await storage.write(image, data);
				onProgress(`${++images} of ${contents.images} pictures`);
			}
			if (name) await writeFile(join(config.dataDir, name), data, { mode: 0o600, flush: true });
		},
	});
	await endTable();
	for (const [name, { last, isCalled }] of Object.entries(contents.sequences))
		await client.query('select setval($1::regclass, $2, $3)', [
			`public.${pg.escapeIdentifier(name)}`,
			last,
			isCalled,
		]);
}

async function check(client: pg.Client, { tables }: Contents): Promise<void> {
	for (const [name, { rows: expected }] of Object.entries(tables)) {
		const { rows } = await client.query(
			`select count(*)::int as rows from public.${pg.escapeIdentifier(name)}`,
		);
		if (rows[0].rows !== expected)
			throw new BackupError(`The table ${name} has ${rows[0].rows} rows in place of ${expected}.`);
	}
}

/** The database comes last: without it the folder is none of an installation. */
async function moveIntoPlace(draft: string, dataDir: string): Promise<void> {
	const names = await readdir(draft);
	names.sort((one, other) => Number(one === 'postgresql') - Number(other === 'postgresql'));
	for (const name of names) await rename(join(draft, name), join(dataDir, name));
	const folder = await open(dataDir);
	await folder.sync().finally(() => folder.close());
}
