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

const trimQueue = 'trim';
const hourly = '17 * * * *';

/**
 * Starts the work that no request waits for; of several servers, one does each job. Today it is trimming, every
 * hour: old live events, expired sessions, old link previews, old drafts, and pictures that nothing uses.
 *
 * @returns stops it, after the job under way
 */
export async function startJobs({
	url,
	db,
	sessions,
	storage,
	log,
}: {
	url: string;
	db: Db;
	sessions: Sessions;
	storage: ImageStorage;
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
		previews: () => deleteOldPreviews(db),
		drafts: () => trimDrafts(db),
		images: () => trimImages(db, storage),
	};
	const stop = () => boss.stop({ graceful: true, timeout: 5_000 });
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
	} catch (error) {
		await stop().catch(() => {});
		throw error;
	}
	return stop;
}
