import { readItem, writeItem } from '../lib/storage.ts';

const SETTING = 'seen';
const maxConversations = 200;

type Seen = [answerId: number, replyId: number];

function read(): Seen[] {
	try {
		return JSON.parse(readItem(SETTING) ?? '[]') as Seen[];
	} catch {
		return [];
	}
}

/** The latest reply of a conversation that this device has shown; null if it has not shown it before. */
export function lastSeen(answerId: number): number | null {
	return read().find(([id]) => id === answerId)?.[1] ?? null;
}

/** Keeps on this device which reply of a conversation was shown last; 0 for none. */
export function noteSeen(answerId: number, replyId: number): void {
	const others = read().filter(([id]) => id !== answerId);
	const latest = Math.max(replyId, lastSeen(answerId) ?? 0);
	const kept: Seen[] = [...others, [answerId, latest]];
	// Where the device does not take it, nothing is new at the next visit.
	writeItem(SETTING, JSON.stringify(kept.slice(-maxConversations)));
}
