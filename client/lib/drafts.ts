import type { Draft, DraftHead } from '../../server/drafts/schema.ts';
import { request } from './api.ts';
import { type Content, type Kept, nameDraft, type Owner, readDraft } from './kept-drafts.ts';
import { readItem } from './storage.ts';

/** Whether nothing that was written in `older` is missing from `newer`. */
export const hasAll = (newer: Content, older: Content) =>
	Object.keys(older).every((name) =>
		String(newer[name] ?? '').includes(String(older[name]).trim()),
	);

/**
 * Tells what was changed under this key, null once that was sent, and whether another tab has done so. Returns a
 * function that ends this.
 */
export function followDraft(
	key: string,
	owner: Owner,
	hear: (kept: Kept | null, isElsewhere: boolean) => void,
): () => void {
	const listen = (event: StorageEvent) => {
		if (event.key === nameDraft(key, owner)) hear(readDraft(key, owner), event.isTrusted);
	};
	window.addEventListener('storage', listen);
	return () => window.removeEventListener('storage', listen);
}

/** Whether something waits in the outbox of this device. */
export const isWaiting = (): boolean => readItem('outbox') !== null;

/** How long the list of the server's drafts is taken for true, in ms: as long as a page takes to show its forms. */
const listLifetimeMs = 2_000;
let listed: { at: number; owner: Owner; heads: Promise<DraftHead[]> } | null = null;

const by = (owner: Owner) => ({ account: owner ?? undefined });

/** The server's copy of a draft; null where there is none. */
export async function fetchDraft(key: string, owner: Owner): Promise<Draft | null> {
	if (listed?.owner !== owner || Date.now() - listed.at > listLifetimeMs) {
		const list = request<{ items: DraftHead[] }>('GET', '/api/drafts', undefined, by(owner));
		listed = { at: Date.now(), owner, heads: list.then(({ items }) => items) };
	}
	const heads = await listed.heads;
	if (!heads.some((head) => head.key === key)) return null;
	return request<Draft>('GET', `/api/drafts/${key}`, undefined, by(owner));
}

/** Largest body, in bytes, that browsers send on after their page is gone. */
const maxKeepaliveBytes = 60_000;

/**
 * Keeps a draft on the server.
 *
 * @param options.replaces as in the API; absent: whatever is there
 * @param options.leaving sends it even if the page goes away meanwhile
 */
export function putDraft(
	key: string,
	owner: Owner,
	content: Content,
	{ replaces, leaving = false }: { replaces?: string | null; leaving?: boolean },
): Promise<Draft> {
	const body = { content, ...(replaces !== undefined && { replaces }) };
	const keepalive = leaving && new Blob([JSON.stringify(body)]).size < maxKeepaliveBytes;
	return change(request<Draft>('PUT', `/api/drafts/${key}`, body, { ...by(owner), keepalive }));
}

export function deleteDraft(key: string, owner: Owner): Promise<void> {
	const options = { ...by(owner), keepalive: true };
	return change(request<void>('DELETE', `/api/drafts/${key}`, undefined, options));
}

/** What is listed before and while a change is under way may be without it. */
function change<T>(changing: Promise<T>): Promise<T> {
	listed = null;
	return changing.finally(() => (listed = null));
}
