import { sayTyping } from '../lib/live.svelte.ts';

const INTERVAL_MS = 2_000;

/** Tells the readers of a thread that its member writes a reply to a post, at most every two seconds. */
export function createTypingSignal({ threadId, id }: { threadId: number; id: number }) {
	const topic = `thread:${threadId}`;
	let saidAt: number | null = null;
	return {
		/** to be called with every key */
		type(): void {
			const now = Date.now();
			if (saidAt !== null && now - saidAt < INTERVAL_MS) return;
			saidAt = now;
			sayTyping(topic, id);
		},
		/** to be called when the reply is sent, emptied or left */
		stop(): void {
			if (saidAt !== null) sayTyping(topic, null);
			saidAt = null;
		},
	};
}
