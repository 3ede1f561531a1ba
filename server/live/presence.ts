import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../../db/client.ts';
import type { Me } from '../accounts/schema.ts';
import type { Bus } from './bus.ts';
import {
	deletePresences,
	type PresenceState,
	readPresences,
	touchPresences,
	writePresence,
} from './presences.ts';

/** A reader is typing until this long after the last key they told of, in ms. */
const defaultTypingMs = 5_000;
/** Least time between two writings of one topic's presence, in ms. */
const writeIntervalMs = 400;
const refreshDelayMs = 100;
/** A server that has not been heard of for three of these is gone. */
const defaultHeartbeatIntervalMs = 10_000;

/** Most readers without a session that one address counts for: an office has several, and so has one with many tabs. */
const maxAnonymous = 5;

/** Who is at the other end of a socket; `address` by `addressKey`. */
type Visitor = { member: Me | null; address: string };

type Typing = { handle: string; postId: number; over: NodeJS.Timeout };

type Topic = {
	/** sockets by account; an account with no socket left is not here */
	accounts: Map<number, number>;
	/** sockets without a session by address */
	anonymous: Map<string, number>;
	/** sockets of members who are not counted */
	hidden: number;
	typing: Map<number, Typing>;
	shown: PresenceState;
	write?: NodeJS.Timeout;
	refresh?: NodeJS.Timeout;
	writtenAt: number;
	writing: Promise<void> | null;
	/** has changed since it was last written */
	isChanged: boolean;
};

/**
 * Who reads a topic and who is writing there, over all servers: each keeps one row a topic in the database,
 * and the rows of one that has died count for 30 seconds at most. Accounts count once, readers without one
 * by their sockets, but few of one address; who hides does not count and is not named.
 */
export class Presence {
	readonly #server = crypto.randomUUID();
	readonly #topics = new Map<string, Topic>();
	readonly #db: Db;
	readonly #bus: Bus;
	readonly #log: FastifyBaseLogger;
	readonly #announce: (topic: string, state: PresenceState) => void;
	readonly #typingTime: number;
	/** a server that has been silent for this long is gone, in ms */
	readonly #lifetime: number;
	readonly #beating: NodeJS.Timeout;

	constructor(options: {
		db: Db;
		bus: Bus;
		log: FastifyBaseLogger;
		announce: (topic: string, state: PresenceState) => void;
		/** ms */
		typingTime?: number;
		heartbeatInterval?: number;
	}) {
		const { heartbeatInterval = defaultHeartbeatIntervalMs } = options;
		this.#db = options.db;
		this.#bus = options.bus;
		this.#log = options.log;
		this.#announce = options.announce;
		this.#typingTime = options.typingTime ?? defaultTypingMs;
		this.#lifetime = 3 * heartbeatInterval;
		this.#beating = setInterval(() => void this.#beat(), heartbeatInterval);
		this.#beating.unref();
	}

	/** What was last told of a topic. */
	read(topic: string): PresenceState {
		return this.#topics.get(topic)?.shown ?? { readers: 0, typing: [] };
	}

	enter(name: string, { member, address }: Visitor): void {
		const topic = this.#topics.get(name) ?? createTopic();
		this.#topics.set(name, topic);
		if (!member) addTo(topic.anonymous, address, 1);
		else if (member.hidden) topic.hidden++;
		else addTo(topic.accounts, member.id, 1);
		this.#change(name, topic);
	}

	leave(name: string, { member, address }: Visitor): void {
		const topic = this.#topics.get(name);
		if (!topic) return;
		if (!member) addTo(topic.anonymous, address, -1);
		else if (member.hidden) topic.hidden--;
		else if (addTo(topic.accounts, member.id, -1) === 0) this.#endTyping(topic, member.id);
		this.#change(name, topic);
	}

	/** Hears that a member pressed a key in a reply to a post. */
	type(name: string, member: Me, postId: number): void {
		const topic = this.#topics.get(name);
		if (!topic || member.hidden || member.suspension) return;
		const before = topic.typing.get(member.id);
		clearTimeout(before?.over);
		const over = setTimeout(() => {
			topic.typing.delete(member.id);
			this.#change(name, topic);
		}, this.#typingTime);
		topic.typing.set(member.id, { handle: member.handle, postId, over });
		if (before?.postId !== postId) this.#change(name, topic);
	}

	/** Hears that a member stopped writing: sent it, or left it. */
	stopTyping(name: string, member: Me): void {
		const topic = this.#topics.get(name);
		if (topic && this.#endTyping(topic, member.id)) this.#change(name, topic);
	}

	/** Hears that another server's presence on a topic has changed. */
	refresh(name: string): void {
		const topic = this.#topics.get(name);
		if (!topic) return;
		topic.refresh ??= setTimeout(() => {
			topic.refresh = undefined;
			this.#show([name]).catch((error: unknown) =>
				this.#log.debug({ err: error }, 'Presence waits for the database'),
			);
		}, refreshDelayMs);
	}

	async close(): Promise<void> {
		clearInterval(this.#beating);
		for (const topic of this.#topics.values()) {
			clearTimeout(topic.write);
			clearTimeout(topic.refresh);
			for (const { over } of topic.typing.values()) clearTimeout(over);
		}
		const topics = [...this.#topics];
		this.#topics.clear();
		await Promise.all(topics.map(([, { writing }]) => writing));
		await deletePresences(this.#db, this.#server).catch(() => {});
		for (const [topic] of topics) this.#bus.publish({ type: 'presence', topic });
	}

	#endTyping(topic: Topic, accountId: number): boolean {
		clearTimeout(topic.typing.get(accountId)?.over);
		return topic.typing.delete(accountId);
	}

	#change(name: string, topic: Topic): void {
		topic.isChanged = true;
		if (topic.writing) return;
		const wait = Math.max(0, topic.writtenAt + writeIntervalMs - Date.now());
		topic.write ??= setTimeout(() => (topic.writing = this.#write(name, topic)), wait);
	}

	/** One at a time, so that the last state is the last that is written. What fails waits for the heartbeat. */
	async #write(name: string, topic: Topic): Promise<void> {
		topic.write = undefined;
		topic.writtenAt = Date.now();
		topic.isChanged = false;
		let isWritten = false;
		try {
			await writePresence(this.#db, {
				server: this.#server,
				topic: name,
				accounts: [...topic.accounts.keys()],
				anonymous: countAnonymous(topic),
				typing: [...topic.typing.values()].map(({ handle, postId }) => ({ handle, postId })),
			});
			isWritten = true;
			this.#bus.publish({ type: 'presence', topic: name });
			await this.#show([name]);
		} catch (error) {
			this.#log.debug({ err: error }, 'Presence waits for the database');
		}
		topic.writing = null;
		if (this.#topics.get(name) !== topic) return;
		if (!isWritten) topic.isChanged = true;
		else if (topic.isChanged) this.#change(name, topic);
		else if (isEmpty(topic)) this.#topics.delete(name);
	}

	/** Reads what all servers know and tells it where it has changed. */
	async #show(names: string[]): Promise<void> {
		const states = await readPresences(this.#db, { topics: names, lifetime: this.#lifetime });
		for (const name of names) {
			const topic = this.#topics.get(name);
			const state = states.get(name) ?? { readers: 0, typing: [] };
			if (!topic || JSON.stringify(state) === JSON.stringify(topic.shown)) continue;
			topic.shown = state;
			this.#announce(name, state);
		}
	}

	/** Tells that this server lives, writes what is not in the database, and looks who has died. */
	async #beat(): Promise<void> {
		const lifetime = this.#lifetime;
		try {
			const written = await touchPresences(this.#db, { server: this.#server, lifetime });
			for (const [name, topic] of this.#topics)
				if (topic.isChanged || (isCounted(topic) && !written.has(name))) this.#change(name, topic);
			await this.#show([...this.#topics.keys()]);
		} catch (error) {
			this.#log.debug({ err: error }, 'Presence waits for the database');
		}
	}
}

/** @returns how many are left; none is no entry */
function addTo<Key>(counts: Map<Key, number>, key: Key, change: number): number {
	const count = Math.max(0, (counts.get(key) ?? 0) + change);
	if (count > 0) counts.set(key, count);
	else counts.delete(key);
	return count;
}

const countAnonymous = ({ anonymous }: Topic) =>
	anonymous.values().reduce((sum, sockets) => sum + Math.min(sockets, maxAnonymous), 0);
const isCounted = ({ accounts, anonymous }: Topic) => accounts.size > 0 || anonymous.size > 0;
const isEmpty = (topic: Topic) => !isCounted(topic) && topic.hidden === 0;

function createTopic(): Topic {
	return {
		accounts: new Map(),
		anonymous: new Map(),
		hidden: 0,
		typing: new Map(),
		shown: { readers: 0, typing: [] },
		writtenAt: 0,
		writing: null,
		isChanged: false,
	};
}
