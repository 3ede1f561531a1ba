import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { Unavailable } from '../errors.ts';
import { refuseFile } from './faults.ts';

/** Where the files of pictures are kept, each under its id. */
export type ImageStorage = {
	/**
	 * Keeps a picture whole or not at all.
	 *
	 * @throws {Refusal} 507 if there is no room for it, 503 if it cannot be kept now
	 */
	write(id: string, picture: Buffer): Promise<void>;
	/**
	 * The picture; null where there is none.
	 *
	 * @throws {Unavailable} if it cannot be read now
	 */
	read(id: string): Promise<Buffer | null>;
	/** Deletes a picture; one that is gone already is no error. */
	delete(id: string): Promise<void>;
};

/** The bucket that is configured, or else the folder `images` of the installation's data. */
export function createImageStorage({ bucket, dataDir }: Config): ImageStorage {
	return bucket ? openBucket(bucket) : openFolder(join(dataDir, 'images'));
}

const noRoom =
	'There is no room for pictures on this site now. Tell its host; your words can be sent without them.';
const away = 'Pictures cannot be reached now. Try again in a moment.';

function openFolder(folder: string): ImageStorage {
	const place = (id: string) => join(folder, `${id}.webp`);
	return {
		async write(id, picture) {
			const draft = join(folder, `.${randomUUID()}`);
			try {
				await mkdir(folder, { recursive: true });
				const file = await open(draft, 'wx');
				try {
					await file.writeFile(picture);
					await file.sync();
				} finally {
					await file.close();
				}
				await rename(draft, place(id));
			} catch (error) {
				await rm(draft, { force: true }).catch(() => {});
				const { code = '' } = error as NodeJS.ErrnoException;
				throw /^(ENOSPC|EDQUOT)$/.test(code)
					? refuseFile({ status: 507, message: noRoom, cause: error })
					: new Unavailable('Pictures cannot be kept now. Try again in a moment.', error);
			}
		},
		async read(id) {
			try {
				return await readFile(place(id));
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
				throw new Unavailable(away, error);
			}
		},
		delete: (id) => rm(place(id), { force: true }),
	};
}

/** Longest wait for an answer of the bucket, in ms. */
const patience = 15_000;

function openBucket({ endpoint, ...settings }: NonNullable<Config['bucket']>): ImageStorage {
	const opened = import('s3mini').then(({ S3mini }) => {
		const silent = { info() {}, warn() {}, error() {} };
		const options = { requestAbortTimeout: patience, logger: silent };
		return new S3mini({ ...settings, ...options, endpoint });
	});
	const key = (id: string) => `images/${id}.webp`;
	const ask = async <T>(request: (bucket: Awaited<typeof opened>) => Promise<T>): Promise<T> => {
		try {
			return await request(await opened);
		} catch (error) {
			throw new Unavailable(away, error);
		}
	};
	return {
		write: (id, picture) =>
			ask(async (bucket) => void (await bucket.putObject(key(id), picture, 'image/webp'))),
		read: (id) =>
			ask(async (bucket) => {
				const picture = await bucket.getObjectArrayBuffer(key(id));
				return picture && Buffer.from(picture);
			}),
		delete: (id) => ask(async (bucket) => void (await bucket.deleteObject(key(id)))),
	};
}
