import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { WebSocket } from 'ws';
import type { ClientFrame, LiveEvent, ServerFrame } from '../../server/live/schema.ts';

const patience = 60_000;

type Presence = Omit<Extract<ServerFrame, { type: 'presence' }>, 'type' | 'topic'>;

/** A socket and every frame that it was sent. */
export class LiveSocket {
	readonly frames: ServerFrame[] = [];
	/** the code that it was closed with; null while it is open */
	closeCode: number | null = null;
	readonly #socket: WebSocket;

	private constructor(socket: WebSocket) {
		this.#socket = socket;
		socket.on('error', () => {});
		socket.on('message', (data) => this.frames.push(JSON.parse(String(data)) as ServerFrame));
		socket.on('close', (code) => (this.closeCode = code));
	}

	static async open(url: string, cookie?: string): Promise<LiveSocket> {
		const headers = cookie ? { cookie } : {};
		const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live`, { headers });
		const live = new LiveSocket(socket);
		await once(socket, 'open');
		return live;
	}

	send(frame: ClientFrame): void {
		this.#socket.send(JSON.stringify(frame));
	}

	close(): void {
		this.#socket.terminate();
	}

	/** Subscribes and returns the answer: `subscribed`, `reset` or `error`. */
	async subscribe(topic: string, after?: number): Promise<ServerFrame> {
		const answers = () =>
			this.frames.filter(({ type }) => ['subscribed', 'reset', 'error'].includes(type));
		const before = answers().length;
		this.send({ type: 'subscribe', topic, ...(after !== undefined && { after }) });
		await until(
			() => answers().length,
			(count) => count > before,
		);
		return answers()[before]!;
	}

	/** Its events in the order in which they came. */
	get events(): { cursor: number; event: LiveEvent }[] {
		return this.frames.flatMap((frame) => {
			if (frame.type === 'event') return [{ cursor: frame.cursor, event: frame.event }];
			return frame.type === 'events' ? frame.events : [];
		});
	}

	get cursors(): number[] {
		return this.events.map(({ cursor }) => cursor);
	}

	/** What it was last told of who is there. */
	get presence(): Presence | null {
		const last = this.frames.findLast((frame) => frame.type === 'presence');
		return last ? { readers: last.readers, typing: last.typing } : null;
	}

	/** Waits until so many events have come. */
	async untilEvents(count: number): Promise<void> {
		await until(
			() => this.events.length,
			(length) => length >= count,
		);
	}

	async untilReaders(readers: number): Promise<void> {
		await until(
			() => this.presence?.readers,
			(now) => now === readers,
		);
	}

	async untilTyping(typing: Presence['typing']): Promise<void> {
		await until(
			() => this.presence?.typing,
			(now) => isDeepStrictEqual(now, typing),
		);
	}

	async untilClosed(): Promise<number> {
		return (await until(
			() => this.closeCode,
			(code) => code !== null,
		))!;
	}
}

/** Reads until the value is as wished. */
export async function until<T>(read: () => T, isWished: (value: T) => boolean): Promise<T> {
	for (const end = Date.now() + patience; ; await sleep(15)) {
		const value = read();
		if (isWished(value)) return value;
		if (Date.now() > end) throw new Error(`It stayed at ${JSON.stringify(value)}.`);
	}
}
