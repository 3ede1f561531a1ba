import { readItem, writeItem } from './storage.ts';

/** Whose drafts they are: an account's own, or those of whoever writes here without one. */
export type Owner = number | null;

/** Under which name this device keeps a draft. */
export const nameDraft = (key: string, owner: Owner): string => `draft:${owner ?? ''}:${key}`;

export type Content = Record<string, string | string[]>;
/** Words and when they were written (RFC 3339). */
export type Version = { content: Content; at: string };

/** A draft on this device: `saved` is the `updatedAt` of the server's copy that it was made of or is. */
export type Kept = Version & { saved: string | null; isSaved: boolean; other?: Version };

export const isBlank = (content: Content) =>
	Object.values(content).every((value) => typeof value !== 'string' || !value.trim());

export const isEqual = (a: Content, b: Content) =>
	Object.keys({ ...a, ...b }).every((name) => String(a[name] ?? '') === String(b[name] ?? ''));

/** What is kept under this name alone. */
export function readDraft(key: string, owner: Owner): Kept | null {
	try {
		return JSON.parse(readItem(nameDraft(key, owner)) ?? 'null') as Kept | null;
	} catch {
		return null;
	}
}

/** What was typed on this device and not sent, by this account or before there was one. */
export function loadDraft(key: string, owner: Owner): Kept | null {
	return readDraft(key, owner) ?? (owner === null ? null : readDraft(key, null));
}

/**
 * Keeps a draft on this device; null drops it. Returns whether the device has it, in place of what was typed before there
 * was an account; otherwise this document has, and the server's copy remains.
 */
export function keepDraft(key: string, owner: Owner, kept: Kept | null): boolean {
	const isKept = writeItem(nameDraft(key, owner), kept && JSON.stringify(kept));
	if (isKept && owner !== null) writeItem(nameDraft(key, null), null);
	return isKept;
}

/**
 * Changes a draft on this device for whoever follows it, also on this page. Returns whether it is kept so, which it is
 * not where the store is full or forbidden.
 */
export function changeDraft(key: string, owner: Owner, kept: Kept | null): boolean {
	if (!keepDraft(key, owner, kept)) return false;
	window.dispatchEvent(new StorageEvent('storage', { key: nameDraft(key, owner) }));
	return true;
}
