import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredEvent } from './queries.ts';

/** What servers of one installation tell each other. */
export type BusMessage =
	/** A topic has come to `cursor`; `events` are there where the message can hold them. */
	| { type: 'events'; topic: string; cursor: number; events: StoredEvent[] }
	/** Who reads or types on a topic has changed. */
	| { type: 'presence'; topic: string }
	/**
	 * A session has ended, by the hash of its token, or an account may not write any more; in any case, what is
	 * kept of accounts is to be read anew.
	 */
	| { type: 'close'; session?: string; account?: number }
	/** A command asks where the site is. */
	| { type: 'locate'; id: string };

export type BusHandlers = {
	receive(message: BusMessage): void;
	resume(): void;
	lose(): void;
};

/**
 * Carries messages between the servers of one installation, its sender's own included or not. It may lose,
 * repeat, delay and reorder them: it only wakes and saves reading, the truth is in the database.
 */
export type Bus = {
	publish(message: BusMessage): void;
	/**
	 * @param handlers.receive is told of every message
	 * @param handlers.resume is called when the bus is there, at first and again after it was away
	 * @param handlers.lose is called when the bus is away
	 */
	listen(handlers: BusHandlers): void;
	close(): Promise<void>;
};

export type BusLog = { warn(details: object, message: string): void };

/** Most messages that wait for a bus; older ones are given up, as if it had lost them. */
const maxQueued = 10_000;
/** A bus that takes nothing though it is there is tried again after this long, in ms. */
const retryDelayMs = 1_000;
/** From one sending to the next, in ms: what happens in between goes out together. */
const pauseMs = 20;

/**
 * Messages on their way to a bus: the first at once, those of the next moments together. While it is away they wait without their events:
 * who hears of them then has to read on anyway.
 */
export class Outgoing {
	readonly #send: (messages: BusMessage[]) => Promise<unknown>;
	#messages: BusMessage[] = [];
	#sending: Promise<void> | null = null;
	#retry: NodeJS.Timeout | undefined;

	/** @param send fails while the bus is away */
	constructor(send: (messages: BusMessage[]) => Promise<unknown>) {
		this.#send = send;
	}

	add(message: BusMessage): void {
		this.#messages.push(message);
		if (this.#messages.length > maxQueued) this.#messages.shift();
		if (!this.#retry) void this.flush();
	}

	/** Sends what waits, now that the bus is there. */
	flush(): Promise<void> {
		clearTimeout(this.#retry);
		this.#retry = undefined;
		return (this.#sending ??= this.#run().finally(() => (this.#sending = null)));
	}

	/** Sends what can still be sent, once. */
	async close(): Promise<void> {
		await this.flush();
		clearTimeout(this.#retry);
		this.#messages = [];
	}

	async #run(): Promise<void> {
		// what comes in the same turn of the event loop goes along
		await new Promise(setImmediate);
		while (this.#messages.length > 0) {
			const messages = this.#messages;
			this.#messages = [];
			try {
				await this.#send(messages);
			} catch {
				const again = [...messages.map(withoutEvents), ...this.#messages];
				this.#messages = again.slice(-maxQueued);
				this.#retry = setTimeout(() => void this.flush(), retryDelayMs);
				this.#retry.unref();
				return;
			}
			await sleep(pauseMs);
		}
	}
}

/** A message without the events, for a bus that cannot hold them. */
export function withoutEvents(message: BusMessage): BusMessage {
	return message.type === 'events' ? { ...message, events: [] } : message;
}

export function parseMessages(text: string): BusMessage[] {
	return JSON.parse(text) as BusMessage[];
}
