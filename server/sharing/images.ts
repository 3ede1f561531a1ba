import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import type { Caches } from '../cursor-cache.ts';
import { Unavailable } from '../errors.ts';
import type { Card } from './card.ts';

/** To be raised when the same card is drawn differently. */
const edition = 1;
/** Most drawn images that are remembered, of about 70 kB each. */
const maxCached = 200;
/** Most images that may wait to be drawn, at about 200 ms each. */
const maxWaiting = 20;
const idleMs = 60_000;

export type Images = {
	/** Names what is drawn: the same for the same card. */
	tag(card: Card): string;
	/** whether it is drawn already, or just being drawn */
	isReady(tag: string): boolean;
	/**
	 * The card as a PNG, drawn in a thread of its own, once however many ask for it.
	 *
	 * @throws {Unavailable} if too many others wait
	 */
	draw(tag: string, card: Card): Promise<Buffer>;
	close(): Promise<void>;
};

type Answer = { id: number; image: Uint8Array } | { id: number; error: unknown };
type Waiting = { resolve(image: Buffer): void; reject(error: unknown): void };

/** Draws images of posts when they are asked for; the thread for it starts with the first and ends after a minute without work. */
export function createImages(caches: Caches = 'on'): Images {
	const cache = new LRUCache<string, Buffer>({ max: maxCached });
	const underWay = new Map<string, Promise<Buffer>>();
	const waiting = new Map<number, Waiting>();
	let worker: Worker | undefined;
	let idle: NodeJS.Timeout | undefined;
	let lastId = 0;

	function start(): Worker {
		const started = new Worker(new URL('worker.ts', import.meta.url));
		started.on('message', (answer: Answer) => {
			const { resolve, reject } = waiting.get(answer.id)!;
			waiting.delete(answer.id);
			if ('image' in answer) resolve(Buffer.from(answer.image));
			else reject(answer.error);
			if (waiting.size === 0) idle = setTimeout(stop, idleMs).unref();
		});
		started.on('error', (error) => {
			worker = undefined;
			refuseAll(error);
		});
		return started;
	}

	function refuseAll(error: unknown): void {
		for (const { reject } of waiting.values()) reject(error);
		waiting.clear();
	}

	async function stop(): Promise<void> {
		clearTimeout(idle);
		const stopped = worker;
		worker = undefined;
		refuseAll(new Unavailable('This server is stopping. Try again in a moment.'));
		await stopped?.terminate();
	}

	async function drawInThread(card: Card): Promise<Buffer> {
		if (waiting.size >= maxWaiting)
			throw new Unavailable('Too many images are being drawn. Try again in a moment.');
		clearTimeout(idle);
		worker ??= start();
		const id = ++lastId;
		worker.postMessage({ id, card });
		return new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
	}

	async function drawOnce(tag: string, card: Card): Promise<Buffer> {
		try {
			const image = await drawInThread(card);
			if (caches === 'on') cache.set(tag, image);
			return image;
		} finally {
			underWay.delete(tag);
		}
	}

	return {
		tag: (card) =>
			createHash('sha256')
				.update(`${edition} ${JSON.stringify(card)}`)
				.digest('base64url')
				.slice(0, 22),
		isReady: (tag) => cache.has(tag) || underWay.has(tag),
		async draw(tag, card) {
			const image = cache.get(tag);
			if (image) return image;
			if (!underWay.has(tag)) underWay.set(tag, drawOnce(tag, card));
			return underWay.get(tag)!;
		},
		close: stop,
	};
}
