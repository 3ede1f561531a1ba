import { parentPort } from 'node:worker_threads';
import type { Card } from './card.ts';
import { drawCard } from './drawing.ts';

/** The thread that draws: takes cards and answers PNGs, one after the other. */
parentPort!.on('message', async ({ id, card }: { id: number; card: Card }) => {
	const answer = await drawCard(card).then(
		(image) => ({ id, image }),
		(error: unknown) => ({ id, error }),
	);
	parentPort!.postMessage(answer);
});
