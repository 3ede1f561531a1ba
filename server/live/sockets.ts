import type { WebSocket } from '@fastify/websocket';
import type { FastifyBaseLogger } from 'fastify';
import { Value } from 'typebox/value';
import type { Me } from '../accounts/schema.ts';
import { NotFound, toRefusal } from '../errors.ts';
import type { Bus } from './bus.ts';
import type { Listener, Live } from './hub.ts';
import type { Presence } from './presence.ts';
import { accountTopic } from './queries.ts';
import { ClientFrame, type ServerFrame } from './schema.ts';

const pingIntervalMs = 30_000;
/** How long sockets that are refused, or whose server stops, have to say goodbye. */
const closeMs = 2_000;
/** How often the sessions of open sockets are looked up, should the bus have lost that one has ended. */
const defaultCheckIntervalMs = 15_000;
const maxTopics = 20;
const maxSockets = 20_000;
const maxSocketsPerAddress = 200;
/** Most bytes that wait for a socket that is sent more than it reads, answers to its own frames included. */
const maxBufferedBytes = 4_194_304;
/** Frames a socket may send in one `frameWindowMs`. */
const maxFrames = 60;
const frameWindowMs = 10_000;

/** RFC 6455, section 7.4.1. */
const closeCodes = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 };

type Identity = {
	/** who may write there */
	member: Me | null;
	/** whose socket it is */
	account: number | null;
	/** the hash of the session's token */
	session: string | null;
	address: string;
};

type Connection = Identity & {
	socket: WebSocket;
	listener: Listener;
	topics: Set<string>;
	alive: boolean;
	frames: number;
	windowStart: number;
	/** frames are handled one after the other */
	queue: Promise<void>;
};

type Options = {
	live: Live;
	presence: Presence;
	bus: Bus;
	log: FastifyBaseLogger;
	/** those of some sessions, by hash, that are still good for writing */
	readActiveSessions: (sessions: string[]) => Promise<Set<string>>;
	/** is told that a session has ended or an account has changed, here or on another server */
	onEnd: (what: { session?: string; account?: number }) => void;
	/** is told that somebody has met a limit: as many sockets at once, frames or topics as there may be */
	onLimit: (limit: string, who: { account: number | null; address: string }) => void;
	rateLimit: boolean;
	/** ms */
	checkInterval?: number;
};

/** A session, by the hash of its token, an account, or what everybody may have read. */
export type Changed = { session: string } | { account: number } | 'all';

/** The open sockets of this server: reads their frames, pings them, bounds them, and closes them by account. */
export class Sockets {
	readonly #options: Options;
	readonly #connections = new Map<WebSocket, Connection>();
	readonly #perAddress = new Map<string, number>();
	readonly #timers: NodeJS.Timeout[];

	constructor(options: Options) {
		this.#options = options;
		const { checkInterval = defaultCheckIntervalMs } = options;
		this.#timers = [
			setInterval(() => this.#ping(), pingIntervalMs).unref(),
			setInterval(() => void this.#checkSessions(), checkInterval).unref(),
		];
	}

	accept(socket: WebSocket, identity: Identity): void {
		socket.on('error', (error) => this.fail(socket, error));
		const { address } = identity;
		const fromHere = (this.#perAddress.get(address) ?? 0) + 1;
		const crowded = this.#options.rateLimit && fromHere > maxSocketsPerAddress;
		if (crowded || this.#connections.size >= maxSockets) {
			this.#options.onLimit(crowded ? 'socketsByAddress' : 'sockets', identity);
			socket.close(closeCodes.tryAgainLater, 'Too many connections');
			setTimeout(() => socket.terminate(), closeMs).unref();
			return;
		}
		this.#perAddress.set(address, fromHere);
		const connection: Connection = {
			...identity,
			socket,
			listener: {
				address,
				get isClosed() {
					return socket.readyState !== socket.OPEN;
				},
				get bufferedAmount() {
					return socket.bufferedAmount;
				},
				send(frame) {
					if (socket.bufferedAmount > maxBufferedBytes) socket.terminate();
					else if (socket.readyState === socket.OPEN) socket.send(frame, { binary: false });
				},
			},
			topics: new Set(),
			alive: true,
			frames: 0,
			windowStart: Date.now(),
			queue: Promise.resolve(),
		};
		this.#connections.set(socket, connection);
		socket.on('pong', () => (connection.alive = true));
		socket.on('message', (data: Buffer, isBinary: boolean) =>
			this.#read(connection, isBinary ? null : data.toString()),
		);
		socket.on('close', () => this.#forget(connection));
	}

	/** Ends a socket that has failed. That its other side broke the protocol is told for debugging only. */
	fail(socket: WebSocket, error: Error & { code?: string }): void {
		const level = error.code?.startsWith('WS_ERR_') ? 'debug' : 'error';
		this.#options.log[level]({ err: error }, 'A live socket failed');
		socket.terminate();
	}

	/**
	 * Tells every server of what is no longer as it was: what is cached of it is read anew, and the sockets of a session
	 * that has ended, or of an account that has changed or may not write any more, are closed, to come back as it is now.
	 */
	readonly changed = (what: Changed): void => {
		const whose = what === 'all' ? {} : what;
		this.closeHere(whose);
		this.#options.bus.publish({ type: 'close', ...whose });
	};

	closeHere({ session, account }: { session?: string; account?: number }): void {
		this.#options.onEnd({ session, account });
		for (const connection of this.#connections.values()) {
			const isMeant =
				(session !== undefined && connection.session === session) ||
				(account !== undefined && connection.account === account);
			if (isMeant) connection.socket.close(closeCodes.policy, 'The session has changed');
		}
	}

	close(): void {
		this.#timers.forEach(clearInterval);
		for (const socket of this.#connections.keys())
			socket.close(closeCodes.goingAway, 'The server is stopping');
		const terminate = () => [...this.#connections.keys()].forEach((socket) => socket.terminate());
		setTimeout(terminate, closeMs).unref();
	}

	#read(connection: Connection, text: string | null): void {
		const { socket } = connection;
		if (this.#isTooFast(connection)) {
			this.#options.onLimit('framesBySocket', connection);
			socket.close(closeCodes.policy, 'Too many frames');
			return;
		}
		const frame = text === null ? null : parseFrame(text);
		if (!frame) {
			socket.close(closeCodes.policy, 'Malformed frame');
			return;
		}
		connection.queue = connection.queue.then(() => this.#handle(connection, frame));
	}

	async #handle(connection: Connection, frame: ClientFrame): Promise<void> {
		const { member, topics, listener, socket } = connection;
		if (socket.readyState !== socket.OPEN) return;
		const topic = resolveTopic(member, frame.topic);
		const followed = topic !== null && topics.has(topic);
		if (frame.type === 'subscribe') {
			const refusal = await this.#subscribe(connection, topic, frame);
			if (refusal) listener.send(JSON.stringify(refusal satisfies ServerFrame));
		} else if (!followed) return;
		else if (frame.type === 'unsubscribe') this.#unfollow(connection, topic);
		else if (member && frame.postId === null) this.#options.presence.stopTyping(topic, member);
		else if (member) this.#options.presence.type(topic, member, frame.postId!);
	}

	async #subscribe(
		connection: Connection,
		topic: string | null,
		frame: { topic: string; after?: number },
	): Promise<(ServerFrame & { type: 'error' }) | null> {
		const { listener, topics, socket } = connection;
		const refuse = (status: number, title: string) =>
			({ type: 'error', status, title, topic: frame.topic }) as const;
		if (frame.topic === 'me' && !topic) return refuse(401, 'Sign in to follow your own topic');
		try {
			if (!topic) throw new NotFound();
			if (!topics.has(topic) && topics.size >= maxTopics) {
				this.#options.onLimit('topicsBySocket', connection);
				return refuse(429, `A socket follows at most ${maxTopics} topics`);
			}
			await this.#options.live.subscribe(listener, { topic, after: frame.after });
			if (socket.readyState !== socket.OPEN) this.#options.live.unsubscribe(listener, topic);
			else this.#follow(connection, topic);
			return null;
		} catch (error) {
			if (error instanceof NotFound) return refuse(404, 'There is no such topic');
			const { status, title } = toRefusal(error);
			return refuse(status, title);
		}
	}

	#follow({ topics, member, address, listener }: Connection, topic: string): void {
		if (topics.has(topic)) return;
		topics.add(topic);
		if (!topic.startsWith('thread:')) return;
		const { presence } = this.#options;
		presence.enter(topic, { member, address });
		const frame: ServerFrame = { type: 'presence', topic, ...presence.read(topic) };
		if (frame.readers > 0) listener.send(JSON.stringify(frame));
	}

	#unfollow({ topics, member, address, listener }: Connection, topic: string): void {
		this.#options.live.unsubscribe(listener, topic);
		if (topics.delete(topic) && topic.startsWith('thread:'))
			this.#options.presence.leave(topic, { member, address });
	}

	#isTooFast(connection: Connection): boolean {
		const now = Date.now();
		if (now - connection.windowStart > frameWindowMs) {
			connection.windowStart = now;
			connection.frames = 0;
		}
		connection.frames++;
		return connection.frames > maxFrames;
	}

	#ping(): void {
		for (const connection of this.#connections.values()) {
			if (connection.alive) {
				connection.alive = false;
				connection.socket.ping();
			} else connection.socket.terminate();
		}
	}

	async #checkSessions(): Promise<void> {
		const connections = [...this.#connections.values()].filter(({ member }) => member);
		if (connections.length === 0) return;
		try {
			const sessions = [...new Set(connections.map(({ session }) => session!))];
			const active = await this.#options.readActiveSessions(sessions);
			for (const { session, socket } of connections)
				if (!active.has(session!)) socket.close(closeCodes.policy, 'The session has changed');
		} catch (error) {
			this.#options.log.debug({ err: error }, 'Sessions of sockets wait for the database');
		}
	}

	#forget(connection: Connection): void {
		const { socket, address, topics } = connection;
		if (!this.#connections.delete(socket)) return;
		const left = (this.#perAddress.get(address) ?? 1) - 1;
		if (left > 0) this.#perAddress.set(address, left);
		else this.#perAddress.delete(address);
		for (const topic of topics) this.#unfollow(connection, topic);
	}
}

/** A topic's full name; null for one that cannot be, or `me` of nobody. */
export function resolveTopic(member: Me | null, name: string): string | null {
	if (name === 'me') return member && accountTopic(member.id);
	const id = /^thread:([1-9][0-9]{0,9})$/.exec(name)?.[1];
	return id && Number(id) < 2 ** 31 ? name : null;
}

function parseFrame(text: string): ClientFrame | null {
	try {
		const frame: unknown = JSON.parse(text);
		return Value.Check(ClientFrame, frame) ? frame : null;
	} catch {
		return null;
	}
}
