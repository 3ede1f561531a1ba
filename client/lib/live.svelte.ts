import type {
	ClientFrame,
	LiveEvents,
	ServerFrame,
	ThreadEvent,
} from '../../server/live/schema.ts';
import { lazy } from './lazy.ts';
import type { Polling, PollingOptions } from './live-polling.ts';
import { hearServerTime } from './server-clock.svelte.ts';
import { keepStill } from './still.ts';

export type Presence = { readers: number; typing: { handle: string; postId: number }[] };

type LiveHandlers = {
	/** called once for each event, in the order of their cursors */
	onEvent(event: ThreadEvent, cursor: number): void;
	/** events are missing for good: read the page's data again; events go on after `cursor` */
	onReset(cursor: number): void;
	onPresence?(presence: Presence): void;
};

/** `since` is when the status began. `polling`: no socket gets through, so HTTP is asked every few seconds. */
type Connection = { status: 'connecting' | 'live' | 'polling' | 'lost'; since: Date | null };

export type Socket = Pick<
	WebSocket,
	'readyState' | 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose'
>;

type Subscription = { cursor: number; handlers: LiveHandlers };

/** `pending` counts the subscribe frames that the server has not answered yet. */
type Topic = { subscriptions: Set<Subscription>; pending: number; presence: Presence | null };

const OPEN = 1;
/** RFC 6455, section 7.4.1; the server closes so when a session or its account has changed. */
const POLICY = 1008;
const QUIET_MS = 30_000;
const ANSWER_MS = 15_000;
const WAKE_ANSWER_MS = 1_500;
const LINGER_MS = 5_000;
/** How long after the server could not do what it was asked the socket is given up for another. */
const ERROR_RETRY_MS = 2_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;
/** After so many sockets in a row that came to nothing HTTP is asked instead, and a socket is tried this seldom. */
const LOSSES = 3;
const POLLING_RETRY_MS = 60_000;

type LiveOptions = {
	/** runs what a frame changes */
	apply?: (change: () => void) => void;
	/** begins to ask over HTTP; fails while that is not to be reached either */
	poll?: (options: PollingOptions) => Promise<Polling>;
	/** called when the first socket is live */
	onLive?: () => void;
};

/**
 * Follows topics over one socket that is opened when first needed and reopened whenever it is lost.
 * Each subscription has its own cursor, so every one of them sees every event after its start once.
 */
export class LiveClient {
	connection = $state<Connection>({ status: 'connecting', since: null });

	#open: () => Socket;
	#random: () => number;
	#options: LiveOptions;
	#sessionListeners = new Set<() => void>();
	#socket: Socket | null = null;
	#topics = new Map<string, Topic>();
	#losses = 0;
	#wasLive = false;
	#polling: Promise<Polling | void> | null = null;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#heartbeat: ReturnType<typeof setTimeout> | undefined;
	#linger: ReturnType<typeof setTimeout> | undefined;

	constructor(open: () => Socket, random = Math.random, options: LiveOptions = {}) {
		this.#open = open;
		this.#random = random;
		this.#options = options;
	}

	subscribe(name: string, after: number, handlers: LiveHandlers): () => void {
		clearTimeout(this.#linger);
		const topic = this.#topics.get(name) ?? {
			subscriptions: new Set(),
			pending: 0,
			presence: null,
		};
		const subscription = { cursor: after, handlers };
		topic.subscriptions.add(subscription);
		this.#topics.set(name, topic);
		if (topic.presence) handlers.onPresence?.(topic.presence);
		if (this.#socket) this.#catchUp(name, topic);
		else if (!this.#retry) this.#connect();
		return () => this.#leave(name, topic, subscription);
	}

	/** To be called when the network or the person comes back: retries at once, or asks whether the socket is alive. */
	wake(): void {
		if (this.#socket?.readyState === OPEN) this.#ask(WAKE_ANSWER_MS);
		else if (this.#retry) this.#connect();
		void this.#polling?.then((polling) => polling?.wake());
	}

	/** To be called when the network or the session is another one: comes back on a new socket at once. */
	renew(): void {
		if (!this.#isNeeded()) return;
		const socket = this.#socket;
		this.#connect();
		socket?.close();
	}

	/** Calls `listener` whenever the server says that the session has changed, until the returned function is called. */
	whenSessionChanges(listener: () => void): () => void {
		this.#sessionListeners.add(listener);
		return () => this.#sessionListeners.delete(listener);
	}

	/** Says that a reply to the post is being written, or with null that none is any more. */
	type(topic: string, postId: number | null): void {
		const isFollowed = (this.#topics.get(topic)?.subscriptions.size ?? 0) > 0;
		if (isFollowed && this.#socket?.readyState === OPEN)
			this.#send({ type: 'typing', topic, postId });
	}

	#connect(): void {
		clearTimeout(this.#retry);
		this.#retry = undefined;
		const socket = this.#open();
		this.#socket = socket;
		for (const topic of this.#topics.values()) topic.pending = 0;
		this.#expectAnswer(ANSWER_MS);
		socket.onopen = () => {
			for (const [name, topic] of this.#topics) this.#catchUp(name, topic);
		};
		socket.onmessage = ({ data }) => {
			if (socket !== this.#socket) return;
			const frame = parseFrame(data);
			if (frame) this.#apply(() => this.#receive(frame));
			else this.#drop();
		};
		socket.onclose = (event) => {
			if (socket !== this.#socket) return;
			this.#lose();
			if (event?.code === POLICY) for (const listener of this.#sessionListeners) listener();
		};
	}

	#receive(frame: ServerFrame): void {
		this.#listen();
		const topic = frame.topic === undefined ? undefined : this.#topics.get(frame.topic);
		if (!topic || frame.topic === undefined) return;
		switch (frame.type) {
			case 'event':
				return this.#deliver(frame.topic, topic, [frame]);
			case 'events':
				return this.#deliver(frame.topic, topic, frame.events);
			case 'subscribed':
				this.#settle();
				topic.pending = Math.max(0, topic.pending - 1);
				if (topic.pending === 0)
					this.#reset(topic, frame.cursor, (cursor) => cursor < frame.cursor);
				return;
			case 'reset':
				this.#settle();
				topic.pending = 0;
				return this.#reset(topic, frame.cursor, () => true);
			case 'presence':
				topic.presence = { readers: frame.readers, typing: frame.typing };
				for (const { handlers } of topic.subscriptions) handlers.onPresence?.(topic.presence);
				return;
			case 'error':
				topic.pending = 0;
				if (frame.status >= 500) this.#expectAnswer(ERROR_RETRY_MS);
		}
	}

	#deliver(name: string, topic: Topic, events: { cursor: number; event: unknown }[]): void {
		let hole = false;
		for (const { cursor, event } of events) {
			for (const subscription of topic.subscriptions) {
				if (cursor <= subscription.cursor) continue;
				if (cursor > subscription.cursor + 1) {
					hole = true;
					continue;
				}
				subscription.cursor = cursor;
				subscription.handlers.onEvent(event as ThreadEvent, cursor);
			}
		}
		if (hole && topic.pending === 0) this.#catchUp(name, topic);
	}

	#reset(topic: Topic, cursor: number, behind: (cursor: number) => boolean): void {
		for (const subscription of topic.subscriptions) {
			if (!behind(subscription.cursor)) continue;
			subscription.cursor = cursor;
			subscription.handlers.onReset(cursor);
		}
	}

	#apply(change: () => void): void {
		if (this.#options.apply) this.#options.apply(change);
		else change();
	}

	/** Asks over HTTP for what no socket brings, until one does. */
	#poll(): void {
		if (this.#polling || !this.#options.poll) return;
		const polling = this.#options
			.poll({
				read: () =>
					[...this.#topics]
						.filter(([, { subscriptions }]) => subscriptions.size > 0)
						.map(([topic, { subscriptions }]) => ({ topic, after: readSlowest(subscriptions) })),
				hear: (answer) => this.#apply(() => this.#hear(answer)),
				lose: () => this.#become('lost'),
			})
			.catch(() => {
				if (this.#polling === polling) this.#polling = null;
			});
		this.#polling = polling;
	}

	#hear({ topic: name, cursor, events, reset }: LiveEvents): void {
		const topic = this.#topics.get(name);
		if (!topic || this.connection.status === 'live') return;
		this.#become('polling');
		if (reset) this.#reset(topic, cursor, () => true);
		else this.#deliver(name, topic, events);
	}

	#stopPolling(): void {
		void this.#polling?.then((polling) => polling?.stop());
		this.#polling = null;
	}

	/** Asks for everything after what the topic's slowest subscription has seen. */
	#catchUp(name: string, topic: Topic): void {
		if (this.#socket?.readyState !== OPEN || topic.subscriptions.size === 0) return;
		topic.pending += 1;
		this.#send({ type: 'subscribe', topic: name, after: readSlowest(topic.subscriptions) });
	}

	#leave(name: string, topic: Topic, subscription: Subscription): void {
		if (!topic.subscriptions.delete(subscription) || topic.subscriptions.size > 0) return;
		topic.presence = null;
		if (this.#socket?.readyState === OPEN) this.#send({ type: 'unsubscribe', topic: name });
		clearTimeout(this.#linger);
		if (!this.#isNeeded()) this.#linger = setTimeout(() => this.#drop(), LINGER_MS);
	}

	/** JavaScript cannot see the server's pings, so after a silence it asks for what it already has. */
	#listen(): void {
		clearTimeout(this.#heartbeat);
		this.#heartbeat = setTimeout(() => this.#ask(ANSWER_MS), QUIET_MS);
	}

	#ask(answerWithin: number): void {
		const followed = [...this.#topics].find(([, { subscriptions }]) => subscriptions.size > 0);
		if (!followed) return this.#listen();
		this.#catchUp(...followed);
		this.#expectAnswer(answerWithin);
	}

	#expectAnswer(within: number): void {
		clearTimeout(this.#heartbeat);
		this.#heartbeat = setTimeout(() => this.#drop(), within);
	}

	#drop(): void {
		const socket = this.#socket;
		this.#lose();
		socket?.close();
	}

	#lose(): void {
		clearTimeout(this.#heartbeat);
		clearTimeout(this.#retry);
		this.#retry = undefined;
		this.#socket = null;
		for (const [name, topic] of this.#topics) {
			topic.pending = 0;
			this.#forgetWriters(topic);
			if (topic.subscriptions.size === 0) this.#topics.delete(name);
		}
		if (!this.#isNeeded()) {
			this.#stopPolling();
			return this.#become('connecting');
		}
		const isPolling = this.connection.status === 'polling';
		if (!isPolling) this.#become('lost');
		const longest = isPolling
			? POLLING_RETRY_MS
			: Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#losses);
		this.#losses += 1;
		if (this.#losses >= LOSSES) this.#poll();
		this.#retry = setTimeout(() => this.#connect(), longest * (0.5 + this.#random() / 2));
	}

	/** Who was writing when the connection was lost is not known to write now. */
	#forgetWriters({ presence, subscriptions }: Topic): void {
		if (!presence?.typing.length) return;
		presence.typing = [];
		for (const { handlers } of subscriptions) handlers.onPresence?.(presence);
	}

	#settle(): void {
		this.#losses = 0;
		this.#stopPolling();
		if (!this.#wasLive) this.#options.onLive?.();
		this.#wasLive = true;
		this.#become('live');
	}

	#become(status: Connection['status']): void {
		if (this.connection.status === status) return;
		this.connection.status = status;
		this.connection.since = new Date();
	}

	#isNeeded(): boolean {
		return [...this.#topics.values()].some(({ subscriptions }) => subscriptions.size > 0);
	}

	#send(frame: ClientFrame): void {
		this.#socket?.send(JSON.stringify(frame));
	}
}

/** The cursor of the subscription that has seen the least. */
const readSlowest = (subscriptions: Set<Subscription>) =>
	Math.min(...[...subscriptions].map(({ cursor }) => cursor));

function parseFrame(text: unknown): ServerFrame | null {
	try {
		const frame = JSON.parse(String(text)) as ServerFrame | null;
		return typeof frame?.type === 'string' ? frame : null;
	} catch {
		return null;
	}
}

const client = new LiveClient(
	() => {
		const url = new URL('/api/live', window.location.href);
		url.protocol = url.protocol.replace('http', 'ws');
		return new WebSocket(url);
	},
	Math.random,
	{
		apply: keepStill,
		onLive: () => void reachServer().catch(() => {}),
		poll: async (options) => {
			await reachServer();
			const { pollEvents } = await lazy(() => import('./live-polling.ts'));
			return pollEvents(options);
		},
	},
);

/** Asks whether the server can be reached over HTTP, and for its time. */
async function reachServer(): Promise<void> {
	const response = await fetch('/health/live', { cache: 'no-store' });
	await response.text();
	if (!response.ok) throw new Error('The server does not answer.');
	hearServerTime(response.headers.get('date'));
}

if (typeof window !== 'undefined') {
	window.addEventListener('online', () => client.renew());
	window.addEventListener('offline', () => client.wake());
	window.addEventListener('pageshow', ({ persisted }) => persisted && client.wake());
	document.addEventListener('visibilitychange', () => {
		if (document.visibilityState === 'visible') client.wake();
	});
}

/** How the page hears from the server; for showing, so it changes in place. */
export const connection = client.connection;

/**
 * Follows `topic` from the cursor `after`, the one the page's data is true at, until the returned
 * function is called. Does nothing while rendering on the server.
 */
export function subscribe(topic: string, after: number, handlers: LiveHandlers): () => void {
	if (typeof window === 'undefined') return () => {};
	let end = () => {};
	// In a task of its own, so that a page that begins answers its reader first.
	const timer = setTimeout(() => (end = client.subscribe(topic, after, handlers)));
	return () => {
		clearTimeout(timer);
		end();
	};
}

/** Says that the member writes a reply to a post of this topic, or with null that they have stopped. */
export const sayTyping = (topic: string, postId: number | null): void => client.type(topic, postId);

/** Calls `listener` whenever the server has closed the socket because the session has changed. */
export const whenSessionChanges = (listener: () => void): (() => void) =>
	client.whenSessionChanges(listener);

/** Goes on under the present session. */
export const renewConnection = (): void => client.renew();
