import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { type Database, openDatabase } from '../db/client.ts';
import { startEmbedded } from '../db/embedded.ts';
import { migrateDatabase } from '../db/migrate.ts';
import type { SeedTools } from '../db/seed.ts';
import { accounts } from '../db/schema.ts';
import type { BackupSource } from './backups/write.ts';
import { type Config, ConfigError } from './config.ts';
import { createImageStorage } from './images/storage.ts';
import type { Bus, BusLog, BusMessage } from './live/bus.ts';
import { createPostgresBus } from './live/bus-postgres.ts';

type Log = { info(message: string): void; error(message: string): void };

/** The database of an installation, with its schema up to date; `close` gives back all that was opened. */
export type Installation = Database & { url: string };

/**
 * Opens the configured database, or else the embedded one, and migrates it.
 *
 * @param options.hold true for the server, which has an embedded database to itself; false for commands
 * @param options.upgrade as in {@link migrateDatabase}
 * @param options.onLaunch is told when nothing but waiting for the database is left for a while
 * @param options.ending is aborted when this process is about to end
 * @throws {EmbeddedDatabaseError} if the embedded database cannot be had
 * @throws {SchemaError} as {@link migrateDatabase}
 */
export async function openInstallation(
	config: Config,
	{
		hold,
		upgrade,
		log,
		onLaunch,
		ending,
	}: {
		hold: boolean;
		upgrade?: boolean;
		log: Log;
		onLaunch?: () => void;
		ending?: AbortSignal;
	},
): Promise<Installation> {
	await mkdir(config.dataDir, { recursive: true }).catch((error: Error) => {
		throw new ConfigError(`DATA_DIR cannot be used as a folder: ${error.message}.`);
	});
	const embedded = config.databaseUrl
		? null
		: await startEmbedded({ dataDir: config.dataDir, hold, log, onLaunch, ending });
	const url = config.databaseUrl ?? embedded!.url;
	if (!embedded) onLaunch?.();
	try {
		await migrateDatabase(url, { upgrade });
		const onError = ({ message }: Error) =>
			log.info(`An idle database connection broke and is replaced: ${message}`);
		const database = openDatabase(url, { onError });
		const close = async () => {
			await database.close();
			await embedded?.stop();
		};
		return { ...database, url, close };
	} catch (error) {
		await embedded?.stop();
		throw error;
	}
}

const passwordName = 'demo-host-password';
const passwordFile = (config: Config) => join(config.dataDir, passwordName);

/** What a backup of an installation is made of. */
export function describeBackup(config: Config, { url }: Pick<Installation, 'url'>): BackupSource {
	const storage = createImageStorage(config);
	return { url, storage, dataDir: config.dataDir, files: [passwordName] };
}

/**
 * Fills an empty installation as the configuration says.
 *
 * @returns whether there was anything to fill
 */
export async function fillInstallation(
	config: Config,
	{ db }: Pick<Database, 'db'>,
): Promise<boolean> {
	const [member] = await db.select({ id: accounts.id }).from(accounts).limit(1);
	if (member) return false;
	const [{ seedDemo, seedThread }, ...parts] = await Promise.all([
		import('../db/seed.ts'),
		import('./accounts/passwords.ts'),
		import('./posts/markdown.ts'),
		import('./posts/texts.ts'),
	]);
	const [{ hashPassword }, { renderMarkdown, markPassage }, { deriveColumns }] = parts;
	const tools: SeedTools = { hashPassword, renderMarkdown, markPassage, deriveColumns };
	if (config.seed === 'none') return seedThread(db, tools);
	return seedDemo(db, {
		tools,
		password: randomBytes(12).toString('base64url'),
		keepPassword: (password) => writeFile(passwordFile(config), `${password}\n`, { mode: 0o600 }),
	});
}

/** Writes the backups that the configuration asks for, each time that it is called; null where it asks for none. */
export function openBackups(
	config: Config,
	installation: Pick<Installation, 'url'>,
): ((signal: AbortSignal) => Promise<string>) | null {
	const { backups } = config;
	if (!backups) return null;
	const source = describeBackup(config, installation);
	return async (signal) => {
		const { keepBackup } = await import('./backups/schedule.ts');
		return keepBackup(source, { ...backups, signal });
	};
}

/** The bus that the configuration asks for, to the other servers on this database. */
export async function openBus(
	{ redisUrl }: Config,
	{ db, url, log }: Pick<Installation, 'db' | 'url'> & { log: BusLog },
): Promise<Bus> {
	if (!redisUrl) return createPostgresBus({ url, log });
	const { rows } = await db.execute<{ installation: string }>(sql`
		select system_identifier || '-' || oid as installation
		from pg_control_system(), pg_database where datname = current_database()`);
	const { createRedisBus } = await import('./live/bus-redis.ts');
	return createRedisBus({ url: redisUrl, installation: rows[0]!.installation, log });
}

/** Longest that a command waits for the bus, in ms; servers that are not told find out by themselves. */
const longestTelling = 2_000;

/** Tells the servers that run on an installation, as far as the bus is there. */
export async function tellServers(
	config: Config,
	{ installation, message }: { installation: Installation; message: BusMessage },
): Promise<void> {
	const bus = await openBus(config, { ...installation, log: { warn: () => {} } });
	const ready = new Promise<void>((resume) =>
		bus.listen({ receive: () => {}, lose: () => {}, resume }),
	);
	await Promise.race([ready, sleep(longestTelling, undefined, { ref: false })]);
	bus.publish(message);
	await bus.close();
}

/** How to sign in as the demo's host, where this data folder has kept the password; else null. */
export async function describeDemoHost(
	config: Config,
	{ showPassword }: { showPassword: boolean },
): Promise<string | null> {
	const password = await readFile(passwordFile(config), 'utf8').catch(() => null);
	if (password === null) return null;
	const { demoHostEmail } = await import('../db/seed.ts');
	const shown = showPassword ? password.trim() : `in the file ${passwordFile(config)}`;
	return `Sign in as the demo host: ${demoHostEmail}, password ${shown}`;
}
