import type { StoredEvent } from './queries.ts';

/** Most bytes of a frame with several events; a larger event has a frame of its own. */
const maxFrameBytes = 131_072;

/** An event, serialised once for all that get it: the JSON of `{ cursor, event }`. */
export type Line = { cursor: number; text: string; bytes: number };

/** A frame, made once for all that get it, and the cursor of its last event. */
export type Frame = { bytes: Buffer; last: number };

/** @param event JSON, where it is not to be written anew */
export function toLine({ cursor, event }: { cursor: number; event: unknown }): Line {
	const json = typeof event === 'string' ? event : JSON.stringify(event);
	const text = `{"cursor":${cursor},"event":${json}}`;
	return { cursor, text, bytes: Buffer.byteLength(text) };
}

/** An account's own topic is `me` to who follows it. */
export const shownName = (topic: string) => (topic.startsWith('account:') ? 'me' : topic);

/** The events as few frames, each of at most `maxFrameBytes` or of one event. */
export function toFrames(topic: string, lines: Line[]): Frame[] {
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
	for (const { cursor, text, bytes } of lines) {
		if (texts.length > 0 && size + bytes > maxFrameBytes) finish(cursor - 1);
		texts.push(text);
		size += bytes;
	}
	if (lines.length > 0) finish(lines.at(-1)!.cursor);
	return frames;
}

/** How long a topic's last events are remembered, in ms, and most bytes of them. */
const maxAgeMs = 60_000;
const maxRecentBytes = 262_144;

/** A topic's last events without a hole, for who asks again in a moment. */
export class RecentLines {
	#lines: (Line & { at: number })[] = [];
	#bytes = 0;

	/** The words of a post that is gone are not remembered either. */
	add(line: Line, { event }: StoredEvent): void {
		if (event.type === 'post.removed' || event.type === 'post.deleted') this.clear();
		if (this.#lines.length > 0 && this.#lines.at(-1)!.cursor !== line.cursor - 1) this.clear();
		this.#lines.push({ ...line, at: Date.now() });
		this.#bytes += line.bytes;
		while (this.#bytes > maxRecentBytes && this.#lines.length > 1) this.#dropFirst();
	}

	/** Forgets what is too old. */
	trim(): void {
		const oldest = Date.now() - maxAgeMs;
		while (this.#lines.length > 0 && this.#lines[0]!.at < oldest) this.#dropFirst();
	}

	clear(): void {
		this.#lines = [];
		this.#bytes = 0;
	}

	/** All events after a cursor; null if not all of them are remembered. */
	after(cursor: number): Line[] | null {
		const first = this.#lines[0]?.cursor;
		if (first === undefined || cursor < first - 1) return null;
		return this.#lines.slice(cursor + 1 - first);
	}

	#dropFirst(): void {
		this.#bytes -= this.#lines.shift()!.bytes;
	}
}
