import type { FastifyBaseLogger } from 'fastify';
import { PgBoss } from 'pg-boss';
import type { Db } from '../db/client.ts';
import { Connection } from '../db/connection.ts';
import { trimDrafts } from './drafts/service.ts';
import { trimImages } from './images/service.ts';
import type { ImageStorage } from './images/storage.ts';
import { deleteOldPreviews } from './link-previews/queries.ts';
import { trimEvents } from './live/trim.ts';
import type { Sessions } from './accounts/sessions.ts';
import { deleteExpiredTokens } from './accounts/tokens.ts';

const trimQueue = 'trim';
const hourly = '17 * * * *';
const backupQueue = 'backup';
const daily = '47 3 * * *';
/** Longest that a backup may take before another server may begin one, in s. */
const longestBackup = 21_600;

/**
 * Starts the work that no request waits for; of several servers, one does each job. There is trimming, every
 * hour: old live events, expired sessions and links, old link previews, old drafts, and pictures that nothing uses. And, where
 * there is a place for them, a backup every day, at 3:47 UTC.
 *
 * @param options.keepBackup writes a backup and returns its path; absent where none is wished
 * @returns stops it, after the job under way
 */
export async function startJobs({
	url,
	db,
	sessions,
	storage,
	keepBackup,
	log,
}: {
	url: string;
	db: Db;
	sessions: Sessions;
	storage: ImageStorage;
	keepBackup?: ((signal: AbortSignal) => Promise<string>) | null;
	log: FastifyBaseLogger;
}): Promise<() => Promise<void>> {
	const pool = {
		connectionString: url,
		max: 2,
		application_name: 'weigh-in jobs',
		Client: Connection,
	};
	const boss = new PgBoss(pool);
	const trims = {
		events: () => trimEvents(db),
		sessions: () => sessions.deleteExpired(),
		tokens: () => deleteExpiredTokens(db),
		previews: () => deleteOldPreviews(db),
		drafts: () => trimDrafts(db),
		images: () => trimImages(db, storage),
	};
	const stopping = new AbortController();
	const stop = () => {
		stopping.abort();
		return boss.stop({ graceful: true, timeout: 5_000 });
	};
	boss.on('error', (error) => log.debug({ err: error }, 'Jobs wait for the database'));
	try {
		await boss.start();
		await boss.createQueue(trimQueue);
		await boss.work(trimQueue, async () => {
			const counts: Record<string, number | void> = {};
			for (const [name, trim] of Object.entries(trims))
				try {
					counts[name] = await trim();
				} catch (error) {
					log.error({ err: error }, `The ${name} could not be trimmed; they are in an hour`);
				}
			log.info(counts, 'Trimmed what is old or used by nothing');
		});
		await boss.schedule(trimQueue, hourly);
		if (keepBackup) {
			// days that no server was there for are not made up for
			const policy = 'stately';
			await boss.createQueue(backupQueue, {
				policy,
				retryLimit: 0,
				expireInSeconds: longestBackup,
			});
			await boss.work(backupQueue, async () => {
				try {
					log.info({ file: await keepBackup(stopping.signal) }, 'Wrote the backup of the day');
				} catch (error) {
					log.error({ err: error }, 'The backup of the day could not be written');
				}
			});
			await boss.schedule(backupQueue, daily);
		}
	} catch (error) {
		await stop().catch(() => {});
		throw error;
	}
	return stop;
}
