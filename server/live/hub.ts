import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../../db/client.ts';
import { Batches } from '../batches.ts';
import { NotFound } from '../errors.ts';
import type { Bus } from './bus.ts';
import { type Frame, type Line, RecentLines, shownName, toFrames, toLine } from './frames.ts';
import { readEventsAfter, readTopicCursors, type StoredEvent } from './queries.ts';
import { type Asker, Replays } from './replays.ts';
import type { LiveEvent, ServerFrame } from './schema.ts';

/**
 * Bytes that may wait for one slow socket before another frame; past it nothing is sent until it has drained,
 * then a `reset`.
 */
const maxLagBytes = 262_144;
/** Most events and bytes that are read at once of what the bus has lost. */
const holeBounds = { limit: 1_000, maxBytes: 1_048_576 };
/** A topic whose events are asked for over HTTP stays open this long after, in ms. */
const askedMs = 60_000;
/** How often what has happened during a replay is read after it. */
const maxReads = 4;
/** Most events of a topic that wait for an earlier one. */
const maxWaiting = 10_000;
/** A topic's frames are at least this far apart, in ms: what happens in between goes out together. */
const batchIntervalMs = 110;
const drainIntervalMs = 250;
const holeDelayMs = 25;
const defaultPollIntervalMs = 2_000;

/** Someone at the other end of a socket, as the hub needs them. */
export type Listener = {
	readonly bufferedAmount: number;
	/** what it counts as, by `addressKey` */
	readonly address?: string;
	/** whether nothing can be sent to it any more */
	readonly isClosed?: boolean;
	send(frame: string | Buffer): void;
};

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
	/** settles with whether there is such a topic */
	ready: Promise<boolean>;
	subscriptions: Map<Listener, Subscription>;
	/** events in order that go out with the next frame */
	outbox: Line[];
	/** while somebody follows, the last events that went out */
	recent: RecentLines;
	/** until when it stays open for who asks over HTTP, in ms */
	askedUntil: number;
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
	readonly #replays: Replays;
	readonly #asked: Batches<string, number | undefined>;
	/** whether the bus tells of what other servers write */
	#hears = false;
	/** how often the bus came or went, so that an older answer changes nothing */
	#turn = 0;

	/**
	 * @param options.pollInterval how often the database is asked for what the bus has lost, in ms
	 * @param options.rateLimit whether what one address may have replayed is limited
	 */
	constructor({
		db,
		log,
		bus,
		pollInterval = defaultPollIntervalMs,
		rateLimit = false,
	}: {
		db: Db;
		log: FastifyBaseLogger;
		bus: Bus;
		pollInterval?: number;
		rateLimit?: boolean;
	}) {
		this.#db = db;
		this.#log = log;
		this.#bus = bus;
		this.#replays = new Replays({ db, limited: rateLimit });
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
		for (const topic of this.#topics.values()) {
			topic.recent.trim();
			this.#dropIfIdle(topic);
		}
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
	 * what happens from there on; `reset` instead where the gap cannot be replayed. Ends with its listener.
	 *
	 * @throws {NotFound} if there is no such topic
	 */
	async subscribe(
		listener: Listener,
		{ topic: name, after }: { topic: string; after?: number },
	): Promise<void> {
		await this.#visit(name, async (topic) => {
			topic.subscriptions.delete(listener);
			const current = await this.askCursor(name);
			const asker = { address: listener.address, isGone: () => listener.isClosed === true };
			const gap = { after, current: current ?? 0 };
			const isSlow = after !== undefined && listener.bufferedAmount > maxLagBytes;
			const replay = isSlow ? null : await this.#replay(topic, gap, asker);
			if (listener.isClosed) return;
			const last = Math.max(gap.current, topic.last);
			const late = replay && (replay.last < topic.last ? topic.recent.after(replay.last) : []);
			const lines = replay?.lines && late && [...replay.lines, ...late];
			for (const { bytes } of toFrames(name, lines ?? [])) listener.send(bytes);
			const type = lines ? 'subscribed' : 'reset';
			send(listener, { type, topic: shownName(name), cursor: last });
			topic.subscriptions.set(listener, { listener, last, lagging: false });
		});
	}

	/**
	 * What has happened on a topic after a cursor, for who asks now and then: from memory where it was asked for
	 * before. Without `after`, where the topic is now.
	 *
	 * @returns `lines` null where the gap cannot be replayed
	 * @throws {NotFound} if there is no such topic
	 * @throws {Unavailable} if too many of the address are catching up
	 */
	async read(
		name: string,
		{ after, address }: { after?: number; address: string },
	): Promise<{ lines: Line[] | null; last: number }> {
		return this.#visit(name, async (topic) => {
			topic.askedUntil = Date.now() + askedMs;
			const isKnown = this.#hears && after !== undefined && after <= topic.last;
			const current = isKnown ? topic.last : ((await this.askCursor(name)) ?? 0);
			return this.#replay(topic, { after, current }, { address, mayComeAgain: true });
		});
	}

	/** Reads what has happened anew from here on: what the events of the past say has changed. */
	forget(): void {
		for (const topic of this.#topics.values()) topic.recent.clear();
	}

	unsubscribe(listener: Listener, name: string): void {
		const topic = this.#topics.get(name);
		if (topic?.subscriptions.delete(listener)) this.#dropIfIdle(topic);
	}

	/** Sends one frame to all who follow a topic and keep up. */
	broadcast(name: string, frame: ServerFrame): void {
		const bytes = Buffer.from(JSON.stringify(frame));
		for (const { listener, lagging } of this.#topics.get(name)?.subscriptions.values() ?? [])
			if (!lagging && listener.bufferedAmount <= maxLagBytes) listener.send(bytes);
	}

	close(): void {
		clearInterval(this.#polling);
		for (const topic of this.#topics.values()) this.#drop(topic);
	}

	/** Opens a topic for as long as `use` takes. */
	async #visit<T>(name: string, use: (topic: Topic) => Promise<T>): Promise<T> {
		const topic = this.#open(name);
		topic.arriving++;
		try {
			if (!(await topic.ready)) throw new NotFound('There is no such topic.');
			return await use(topic);
		} finally {
			topic.arriving--;
			this.#dropIfIdle(topic);
		}
	}

	/**
	 * What happened after `after`, and where the topic is then.
	 *
	 * @param gap.current where the topic is in the database, as far as is known
	 * @returns `lines` null where the gap cannot be replayed
	 */
	async #replay(
		topic: Topic,
		{ after, current }: { after: number | undefined; current: number },
		asker: Asker,
	): Promise<{ lines: Line[] | null; last: number }> {
		const newest = () => Math.max(current, topic.last);
		if (after === undefined) return { lines: [], last: newest() };
		const lines: Line[] = [];
		let last = after;
		for (let read = 0; last < newest() && read < maxReads; read++) {
			const to = newest();
			const known = to === topic.last ? topic.recent.after(last) : null;
			const next =
				known ?? (await this.#replays.read({ topic: topic.name, after: last, to }, asker));
			if (!next) return { lines: null, last: newest() };
			lines.push(...next);
			last = next.at(-1)!.cursor;
		}
		return { lines: last === newest() ? lines : null, last: newest() };
	}

	#open(name: string): Topic {
		const open = this.#topics.get(name);
		if (open) return open;
		const topic: Topic = {
			name,
			last: 0,
			heard: 0,
			ready: this.askCursor(name).then((cursor) => {
				topic.last = Math.max(topic.last, cursor ?? 0);
				return cursor !== undefined;
			}),
			subscriptions: new Map(),
			outbox: [],
			recent: new RecentLines(),
			askedUntil: 0,
			waiting: new Map(),
			arriving: 0,
			isKept: false,
		};
		topic.ready.catch(() => this.#drop(topic));
		this.#topics.set(name, topic);
		return topic;
	}

	#dropIfIdle(topic: Topic): void {
		if (!topic.isKept && !isWanted(topic)) this.#drop(topic);
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
			if (!isWanted(topic)) topic.recent.clear();
			else {
				const line = toLine(event);
				topic.outbox.push(line);
				topic.recent.add(line, event);
			}
		}
		if (topic.outbox.length > 0 && !topic.batch) this.#sendBatch(topic);
		if (topic.waiting.size > maxWaiting) topic.waiting.clear();
		if (topic.heard > topic.last) this.#expectHole(topic);
	}

	#expectHole(topic: Topic): void {
		if (this.#topics.get(topic.name) !== topic) return;
		topic.hole ??= setTimeout(() => void this.#fillHole(topic), holeDelayMs);
	}

	async #fillHole(topic: Topic): Promise<void> {
		try {
			await topic.ready;
			const read = await readEventsAfter(this.#db, {
				topic: topic.name,
				after: topic.last,
				...holeBounds,
			});
			const missing = read.map(({ cursor, event }) => {
				return { topic: topic.name, cursor, event: JSON.parse(event) as LiveEvent };
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
		topic.recent.clear();
		topic.last = cursor;
		for (const subscription of topic.subscriptions.values())
			if (subscription.last < cursor) this.#reset(topic, subscription);
	}

	#reset(topic: Topic, subscription: Subscription): void {
		subscription.lagging = false;
		subscription.last = topic.last;
		send(subscription.listener, {
			type: 'reset',
			topic: shownName(topic.name),
			cursor: topic.last,
		});
	}

	#sendBatch(topic: Topic): void {
		topic.batch = setTimeout(() => {
			topic.batch = undefined;
			if (topic.outbox.length > 0) this.#sendBatch(topic);
		}, batchIntervalMs);
		const lines = topic.outbox;
		topic.outbox = [];
		const first = lines[0]!.cursor;
		const frames = toFrames(topic.name, lines);
		for (const subscription of topic.subscriptions.values()) {
			const { last } = subscription;
			if (last < first) this.#deliver(topic, subscription, frames);
			else {
				const unsent = lines.filter(({ cursor }) => cursor > last);
				this.#deliver(topic, subscription, toFrames(topic.name, unsent));
			}
		}
	}

	#deliver(topic: Topic, subscription: Subscription, frames: Frame[]): void {
		const { listener } = subscription;
		for (const { bytes, last } of frames) {
			if (subscription.lagging) return;
			if (listener.bufferedAmount > maxLagBytes) {
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
		}, drainIntervalMs);
	}
}

/** Whether somebody follows a topic, is about to, or has asked for it over HTTP not long ago. */
const isWanted = ({ subscriptions, arriving, askedUntil }: Topic) =>
	subscriptions.size > 0 || arriving > 0 || askedUntil > Date.now();

function send(listener: Listener, frame: ServerFrame): void {
	listener.send(JSON.stringify(frame));
}
