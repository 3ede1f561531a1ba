import type { Kept } from './drafts.ts';

/** Whose drafts they are: an account's own, or those of whoever writes here without one. */
export type Owner = number | null;

/** Under which name this device keeps a draft. */
export const nameDraft = (key: string, owner: Owner): string => `draft:${owner ?? ''}:${key}`;

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
