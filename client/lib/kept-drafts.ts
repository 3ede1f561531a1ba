/** Whose drafts they are: an account's own, or those of whoever writes here without one. */
export type Owner = number | null;

/** Under which name this device keeps a draft. */
export const nameDraft = (key: string, owner: Owner): string => `draft:${owner ?? ''}:${key}`;

export type Content = Record<string, string | string[]>;
/** Words and when they were written (RFC 3339). */
export type Version = { content: Content; at: string };

/** A draft on this device: `saved` is the `updatedAt` of the server's copy that it was made of or is. */
export type Kept = Version & { saved: string | null; isSaved: boolean; other?: Version };

export const isEqual = (a: Content, b: Content) =>
	Object.keys({ ...a, ...b }).every((name) => String(a[name] ?? '') === String(b[name] ?? ''));

/** What is kept under this name alone. */
export function readDraft(key: string, owner: Owner): Kept | null {
	try {
		return JSON.parse(localStorage.getItem(nameDraft(key, owner)) ?? 'null') as Kept | null;
	} catch {
		return null;
	}
}

/** What was typed on this device and not sent, by this account or before there was one. */
export function loadDraft(key: string, owner: Owner): Kept | null {
	return readDraft(key, owner) ?? (owner === null ? null : readDraft(key, null));
}

/** Keeps a draft on this device; null drops it. */
export function keepDraft(key: string, owner: Owner, kept: Kept | null): void {
	try {
		if (kept) localStorage.setItem(nameDraft(key, owner), JSON.stringify(kept));
		else localStorage.removeItem(nameDraft(key, owner));
		if (owner !== null) localStorage.removeItem(nameDraft(key, null));
	} catch {
		// Where the store is full or forbidden, the server's copy remains.
	}
}

/**
 * Changes a draft on this device for whoever follows it, also on this page. Returns whether it is kept so, which it is
 * not where the store is full or forbidden.
 */
export function changeDraft(key: string, owner: Owner, kept: Kept | null): boolean {
	keepDraft(key, owner, kept);
	if (JSON.stringify(readDraft(key, owner)) !== JSON.stringify(kept)) return false;
	window.dispatchEvent(new StorageEvent('storage', { key: nameDraft(key, owner) }));
	return true;
}
