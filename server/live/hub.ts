import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../../db/client.ts';
import { Batches } from '../batches.ts';
import type { Bus } from './bus.ts';
import { readEventsAfter, readTopicCursors, type StoredEvent } from './queries.ts';
import type { ServerFrame } from './schema.ts';

/**
 * Bytes that may wait for one slow socket before another frame; past it nothing is sent until it has drained,
 * then a `reset`.
 */
const bufferBound = 262_144;
/** Most bytes of a frame with several events; a larger event has a frame of its own. */
const frameBound = 131_072;
/** Most events that are replayed to one subscriber; a larger gap is a `reset`. */
const replayBound = 1_000;
/** Most events of a topic that wait for an earlier one. */
const waitingBound = 10_000;
/** A topic's frames are at least this far apart, in ms: what happens in between goes out together. */
const batchInterval = 110;
const drainInterval = 250;
const holeDelay = 25;
const defaultPollInterval = 2_000;

/** Someone at the other end of a socket, as the hub needs them. */
export type Listener = {
	readonly bufferedAmount: number;
	send(frame: string | Buffer): void;
};

/** A frame, serialised once for all that get it, and the cursor of its last event. */
type Frame = { bytes: Buffer; last: number };

type Subscription = {
	listener: Listener;
	/** the cursor of the last event it was sent */
	last: number;
	/** its queue was given up; it gets a `reset` once its socket has drained */
	lagging: boolean;
};

type Topic = {
	name: string;
	/** the cursor of the last event in order; all before it are committed */
	last: number;
	/** the highest cursor that somebody has told of */
	heard: number;
	ready: Promise<void>;
	subscriptions: Map<Listener, Subscription>;
	/** events in order that go out with the next frame */
	outbox: StoredEvent[];
	/** events that came before an earlier one */
	waiting: Map<number, StoredEvent>;
	batch?: NodeJS.Timeout;
	hole?: NodeJS.Timeout;
	drain?: NodeJS.Timeout;
	/** how many are about to subscribe */
	arriving: number;
	/** stays open though nobody follows it */
	isKept: boolean;
};

/**
 * Carries committed events to the sockets that follow their topic, each topic's in cursor order and without
 * a hole, whichever server they were made on. The bus brings them early; an event that arrives before its
 * turn waits, and what the bus has not brought is read from the database, at the latest by the poll.
 */
export class Live {
	readonly #topics = new Map<string, Topic>();
	readonly #db: Db;
	readonly #log: FastifyBaseLogger;
	readonly #bus: Bus;
	readonly #polling: NodeJS.Timeout;
	readonly #asked: Batches<string, number | undefined>;
	/** whether the bus tells of what other servers write */
	#hears = false;
	/** how often the bus came or went, so that an older answer changes nothing */
	#turn = 0;

	/** @param options.pollInterval how often the database is asked for what the bus has lost, in ms */
	constructor({
		db,
		log,
		bus,
		pollInterval = defaultPollInterval,
	}: {
		db: Db;
		log: FastifyBaseLogger;
		bus: Bus;
		pollInterval?: number;
	}) {
		this.#db = db;
		this.#log = log;
		this.#bus = bus;
		this.#asked = new Batches({
			write: async (names) => {
				const cursors = await readTopicCursors(db, [...new Set(names)]);
				return names.map((name) => cursors.get(name));
			},
		});
		this.#polling = setInterval(() => void this.poll(), pollInterval);
		this.#polling.unref();
	}

	/** Tells the sockets here, and every other server, of events whose transaction has committed. */
	publish(events: StoredEvent[]): void {
		this.receive(events);
		for (const [topic, own] of Map.groupBy(events, (event) => event.topic))
			this.#bus.publish({ type: 'events', topic, cursor: own.at(-1)!.cursor, events: own });
	}

	/** Takes committed events in any order, once or more often. */
	receive(events: StoredEvent[]): void {
		for (const event of events) {
			const topic = this.#topics.get(event.topic);
			if (!topic || event.cursor <= topic.last) continue;
			topic.waiting.set(event.cursor, event);
			topic.heard = Math.max(topic.heard, event.cursor);
			this.#advance(topic);
		}
	}

	/** Hears that a topic has come to a cursor. */
	wake(name: string, cursor: number): void {
		const topic = this.#topics.get(name);
		if (!topic || cursor <= topic.last) return;
		topic.heard = Math.max(topic.heard, cursor);
		this.#expectHole(topic);
	}

	/** Hears that the bus is there, and looks what it has not told. */
	async resume(): Promise<void> {
		const turn = ++this.#turn;
		if ((await this.poll()) && turn === this.#turn) this.#hears = true;
	}

	/** Hears that the bus is away. */
	lose(): void {
		this.#turn++;
		this.#hears = false;
	}

	/** Looks whether a followed topic has gone on without us. */
	async poll(): Promise<boolean> {
		if (this.#topics.size === 0) return true;
		try {
			const cursors = await readTopicCursors(this.#db, [...this.#topics.keys()]);
			for (const [topic, cursor] of cursors) this.wake(topic, cursor);
			return true;
		} catch (error) {
			this.#log.debug({ err: error }, 'The live poll waits for the database');
			return false;
		}
	}

	/** Knows a topic's cursor from here on. */
	async keep(name: string): Promise<void> {
		const topic = this.#open(name);
		topic.isKept = true;
		await topic.ready;
	}

	/** The cursor that a kept topic has come to; undefined while that cannot be known without asking the database. */
	readCursor(name: string): number | undefined {
		const topic = this.#topics.get(name);
		return this.#hears && topic?.isKept ? Math.max(topic.last, topic.heard) : undefined;
	}

	/** The cursor that a topic has come to in the database; many who ask at once share a statement. */
	askCursor(name: string): Promise<number | undefined> {
		return this.#asked.add(name);
	}

	/**
	 * Begins to send a topic's events. First what happened after the cursor `after`, then `subscribed`, then
	 * what happens from there on; `reset` instead where the gap cannot be replayed.
	 */
	async subscribe(
		listener: Listener,
		{ topic: name, after }: { topic: string; after?: number },
	): Promise<void> {
		const topic = this.#open(name);
		topic.subscriptions.delete(listener);
		topic.arriving++;
		try {
			await topic.ready;
			const { last, reset } = await this.#catchUp(topic, listener, after);
			send(listener, {
				type: reset ? 'reset' : 'subscribed',
				topic: shownName(topic),
				cursor: last,
			});
			topic.subscriptions.set(listener, { listener, last, lagging: false });
		} finally {
			topic.arriving--;
			this.#dropIfIdle(topic);
		}
	}

	unsubscribe(listener: Listener, name: string): void {
		const topic = this.#topics.get(name);
		if (topic?.subscriptions.delete(listener)) this.#dropIfIdle(topic);
	}

	/** Sends one frame to all who follow a topic and keep up. */
	broadcast(name: string, frame: ServerFrame): void {
		const bytes = Buffer.from(JSON.stringify(frame));
		for (const { listener, lagging } of this.#topics.get(name)?.subscriptions.values() ?? [])
			if (!lagging && listener.bufferedAmount <= bufferBound) listener.send(bytes);
	}

	close(): void {
		clearInterval(this.#polling);
		for (const topic of this.#topics.values()) this.#drop(topic);
	}

	/** Sends what happened after `after`; its last read and the caller's subscribing happen in one turn. */
	async #catchUp(
		topic: Topic,
		listener: Listener,
		after: number | undefined,
	): Promise<{ last: number; reset: boolean }> {
		const newest = async () => {
			const cursors = await readTopicCursors(this.#db, [topic.name]);
			return Math.max(cursors.get(topic.name) ?? 0, topic.last);
		};
		const current = await newest();
		if (after === undefined) return { last: Math.max(current, topic.last), reset: false };
		if (after > current || current - after > replayBound)
			return { last: Math.max(current, topic.last), reset: true };
		let last = after;
		while (last < Math.max(current, topic.last)) {
			const events = await readEventsAfter(this.#db, {
				topic: topic.name,
				after: last,
				limit: replayBound,
			});
			if (events[0]?.cursor !== last + 1 || listener.bufferedAmount > bufferBound)
				return { last: Math.max(await newest(), topic.last), reset: true };
			for (const { bytes } of toFrames(topic, events)) listener.send(bytes);
			last = events.at(-1)!.cursor;
		}
		return { last, reset: false };
	}

	#open(name: string): Topic {
		const open = this.#topics.get(name);
		if (open) return open;
		const topic: Topic = {
			name,
			last: 0,
			heard: 0,
			ready: readTopicCursors(this.#db, [name]).then((cursors) => {
				topic.last = Math.max(topic.last, cursors.get(name) ?? 0);
			}),
			subscriptions: new Map(),
			outbox: [],
			waiting: new Map(),
			arriving: 0,
			isKept: false,
		};
		topic.ready.catch(() => this.#drop(topic));
		this.#topics.set(name, topic);
		return topic;
	}

	#dropIfIdle(topic: Topic): void {
		if (topic.subscriptions.size === 0 && topic.arriving === 0 && !topic.isKept) this.#drop(topic);
	}

	#drop(topic: Topic): void {
		clearTimeout(topic.batch);
		clearTimeout(topic.hole);
		clearTimeout(topic.drain);
		if (this.#topics.get(topic.name) === topic) this.#topics.delete(topic.name);
	}

	/** Moves the events whose turn has come to the outbox. */
	#advance(topic: Topic): void {
		for (;;) {
			const event = topic.waiting.get(topic.last + 1);
			if (!event) break;
			topic.waiting.delete(event.cursor);
			topic.last = event.cursor;
			topic.outbox.push(event);
		}
		if (topic.outbox.length > 0 && !topic.batch) this.#sendBatch(topic);
		if (topic.waiting.size > waitingBound) topic.waiting.clear();
		if (topic.heard > topic.last) this.#expectHole(topic);
	}

	#expectHole(topic: Topic): void {
		if (this.#topics.get(topic.name) !== topic) return;
		topic.hole ??= setTimeout(() => void this.#fillHole(topic), holeDelay);
	}

	async #fillHole(topic: Topic): Promise<void> {
		try {
			await topic.ready;
			const missing = await readEventsAfter(this.#db, {
				topic: topic.name,
				after: topic.last,
				limit: replayBound,
			});
			topic.hole = undefined;
			if (missing[0] && missing[0].cursor > topic.last + 1)
				this.#giveUp(topic, missing[0].cursor - 1);
			this.receive(missing);
			if (missing.length > 0 && topic.heard > topic.last) this.#expectHole(topic);
		} catch (error) {
			topic.hole = undefined;
			this.#log.debug(
				{ err: error, topic: topic.name },
				'Missed live events wait for the database',
			);
		}
		for (const cursor of topic.waiting.keys())
			if (cursor <= topic.last) topic.waiting.delete(cursor);
	}

	/** Events up to `cursor` have been trimmed before this server read them: its followers read anew. */
	#giveUp(topic: Topic, cursor: number): void {
		topic.outbox = [];
		topic.last = cursor;
		for (const subscription of topic.subscriptions.values())
			if (subscription.last < cursor) this.#reset(topic, subscription);
	}

	#reset(topic: Topic, subscription: Subscription): void {
		subscription.lagging = false;
		subscription.last = topic.last;
		send(subscription.listener, { type: 'reset', topic: shownName(topic), cursor: topic.last });
	}

	#sendBatch(topic: Topic): void {
		topic.batch = setTimeout(() => {
			topic.batch = undefined;
			if (topic.outbox.length > 0) this.#sendBatch(topic);
		}, batchInterval);
		const events = topic.outbox;
		topic.outbox = [];
		const first = events[0]!.cursor;
		const frames = toFrames(topic, events);
		for (const subscription of topic.subscriptions.values()) {
			const { last } = subscription;
			if (last < first) this.#deliver(topic, subscription, frames);
			else {
				const unsent = events.filter(({ cursor }) => cursor > last);
				if (unsent.length > 0) this.#deliver(topic, subscription, toFrames(topic, unsent));
			}
		}
	}

	#deliver(topic: Topic, subscription: Subscription, frames: Frame[]): void {
		const { listener } = subscription;
		for (const { bytes, last } of frames) {
			if (subscription.lagging) return;
			if (listener.bufferedAmount > bufferBound) {
				subscription.lagging = true;
				this.#awaitDrain(topic);
			} else {
				listener.send(bytes);
				subscription.last = last;
			}
		}
	}

	#awaitDrain(topic: Topic): void {
		topic.drain ??= setTimeout(() => {
			topic.drain = undefined;
			for (const subscription of topic.subscriptions.values()) {
				if (!subscription.lagging) continue;
				if (subscription.listener.bufferedAmount > 0) this.#awaitDrain(topic);
				else this.#reset(topic, subscription);
			}
		}, drainInterval);
	}
}

/** An account's own topic is `me` on its sockets. */
const shownName = (topic: Topic) => (topic.name.startsWith('account:') ? 'me' : topic.name);

/** The events as few frames, each of at most `frameBound` bytes or of one event. */
function toFrames(topic: Topic, events: StoredEvent[]): Frame[] {
	const name = JSON.stringify(shownName(topic));
	const frames: Frame[] = [];
	let texts: string[] = [];
	let size = 0;
	const finish = (last: number) => {
		const text =
			texts.length === 1
				? `{"type":"event","topic":${name},${texts[0]!.slice(1)}`
				: `{"type":"events","topic":${name},"events":[${texts.join()}]}`;
		frames.push({ bytes: Buffer.from(text), last });
		texts = [];
		size = 0;
	};
	for (const { cursor, event } of events) {
		const text = JSON.stringify({ cursor, event });
		const bytes = Buffer.byteLength(text);
		if (texts.length > 0 && size + bytes > frameBound) finish(cursor - 1);
		texts.push(text);
		size += bytes;
	}
	finish(events.at(-1)!.cursor);
	return frames;
}

function send(listener: Listener, frame: ServerFrame): void {
	listener.send(JSON.stringify(frame));
}
