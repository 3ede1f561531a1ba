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
	| { type: 'close'; session?: string; account?: number };

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

/** Most messages that wait for a bus that is busy; older ones are given up, as if the bus had lost them. */
export const queueBound = 10_000;

/** A message without the events, for a bus that cannot hold them. */
export function withoutEvents(message: BusMessage): BusMessage {
	return message.type === 'events' ? { ...message, events: [] } : message;
}

export function parseMessages(text: string): BusMessage[] {
	return JSON.parse(text) as BusMessage[];
}
