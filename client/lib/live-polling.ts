import type { LiveEvents } from '../../server/live/schema.ts';
import { hearServerTime } from './server-clock.svelte.ts';

export type PollingOptions = {
	/** the topics that are followed, and the cursor that each is to be asked after */
	read(): { topic: string; after: number }[];
	/** takes an answer: some events in the order of their cursors */
	hear(answer: LiveEvents): void;
	/** is told that no answer came */
	lose(): void;
};

export type Polling = {
	/** asks at once */
	wake(): void;
	stop(): void;
};

const INTERVAL_MS = 5_000;
/** While nobody looks. */
const HIDDEN_INTERVAL_MS = 30_000;
const LOST_INTERVAL_MS = 15_000;
const ANSWER_MS = 15_000;

/** A refusal says itself when to come again, in seconds. */
class Refused extends Error {
	readonly waitMs: number;

	constructor({ headers }: Response) {
		super('The server did not answer.');
		this.waitMs = 1_000 * (Number(headers.get('retry-after')) || 0);
	}
}

/** Asks over HTTP for the events of all topics that are followed, every few seconds and each time after the last. */
export function pollEvents({ read, hear, lose }: PollingOptions): Polling {
	let isOver = false;
	let isAsking = false;
	let timer: ReturnType<typeof setTimeout> | undefined;
	/** not there for this reader */
	const refused = new Set<string>();

	async function ask(topic: string, after: number): Promise<void> {
		const query = new URLSearchParams({ topic, after: String(after) });
		const response = await fetch(`/api/live/events?${query}`, {
			cache: 'no-store',
			signal: AbortSignal.timeout(ANSWER_MS),
		});
		hearServerTime(response.headers.get('date'));
		if (response.status === 401 || response.status === 404) return void refused.add(topic);
		if (!response.ok) throw new Refused(response);
		const answer = (await response.json()) as LiveEvents;
		if (!isOver) hear(answer);
	}

	async function askAll(): Promise<void> {
		if (isOver || isAsking) return;
		clearTimeout(timer);
		isAsking = true;
		let wait = document.visibilityState === 'visible' ? INTERVAL_MS : HIDDEN_INTERVAL_MS;
		try {
			for (const { topic, after } of read()) if (!refused.has(topic)) await ask(topic, after);
		} catch (error) {
			if (!isOver) lose();
			wait = Math.max(LOST_INTERVAL_MS, error instanceof Refused ? error.waitMs : 0);
		}
		isAsking = false;
		// not all at the same moment, who lost their sockets at the same moment
		if (!isOver) timer = setTimeout(() => void askAll(), wait * (0.8 + 0.4 * Math.random()));
	}

	void askAll();
	return {
		wake: () => void askAll(),
		stop() {
			isOver = true;
			clearTimeout(timer);
		},
	};
}
