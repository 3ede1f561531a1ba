import { ApiError, request } from '../lib/api.ts';
import { fetchDraft, hasAll, putDraft } from '../lib/drafts.ts';
import { changeDraft, keepDraft, readDraft } from '../lib/kept-drafts.ts';
import { lazy } from '../lib/lazy.ts';
import { openAnew, tellLeft } from '../lib/tabs.ts';
import { loadOffline } from '../offline/load.ts';
import { forgetSeen, isOnServer, type KeptDraft, listKeptDrafts } from './forget.ts';

/** Longest that signing out waits for what is still to be sent, and for the stores of the device, in ms. */
const longest = { sendingMs: 5_000, droppingMs: 2_000 };

const within = (ms: number, promise: Promise<unknown>) =>
	Promise.race([promise, new Promise((resolve) => setTimeout(resolve, ms))]);

/** What was typed here by this member, or before there was one, as {@link loadDraft} has it. */
const listDrafts = (id: number) =>
	listKeptDrafts().filter(({ owner }) => owner === id || owner === null);
const listUnsaved = (id: number) => listDrafts(id).filter(({ kept }) => !isOnServer(kept));

let isUnderWay = false;

/**
 * Signs a member out: sends what is still to be sent, asks about what cannot be, and leaves nothing of the member's on
 * this device, in any tab.
 *
 * @returns what went wrong, in words for people: the member is still signed in then, and nothing was dropped. Empty where
 * the page opens anew, or the member has decided to stay.
 */
export async function signOut(id: number): Promise<string> {
	if (isUnderWay) return '';
	isUnderWay = true;
	try {
		const { openOutbox, countWaiting } = await loadOffline();
		const outbox = openOutbox();
		const sending = outbox.readOwn().then(() => outbox.send());
		await within(longest.sendingMs, Promise.all([saveDrafts(id), sending]));
		const unsent = { waiting: outbox.own, drafts: listUnsaved(id).length };
		if (unsent.waiting.length + unsent.drafts > 0) {
			const { ask } = await lazy(() => import('./sign-out-dialog.ts'));
			if (!(await ask({ ...unsent, waiting: countWaiting(unsent.waiting) }))) return '';
		}
		await endSession(id);
		await within(longest.droppingMs, Promise.all([outbox.forget(id), dropPages()]));
		dropTexts(id);
		tellLeft(id);
		// What ends with this page may still write its last.
		window.addEventListener('pagehide', () => dropTexts(id));
		openAnew();
		return '';
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		return `You are still signed in. ${error.message}`;
	} finally {
		isUnderWay = false;
	}
}

/** Where the member's session has ended already, another account's stays. */
const endSession = (id: number) =>
	request('DELETE', '/api/session', undefined, { account: id }).catch((error: unknown) => {
		if (!(error instanceof ApiError) || error.status !== 401) throw error;
	});

/** One after the other, as long as the line holds. */
async function saveDrafts(id: number): Promise<void> {
	for (const draft of listUnsaved(id)) if (!(await saveDraft(id, draft))) return;
}

/** Returns whether there was an answer. */
async function saveDraft(id: number, { key, kept, owner }: KeptDraft): Promise<boolean> {
	const isSecond = owner === null && readDraft(key, id) !== null;
	if (kept.isSaved || isSecond) return true;
	const replaces = owner === null ? null : kept.saved;
	try {
		const { updatedAt } = await putDraft(key, id, kept.content, { replaces });
		keepDraft(key, id, { ...kept, saved: updatedAt, isSaved: true });
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		if (error.status !== 409) return error.status !== 0;
		const theirs = await fetchDraft(key, id).catch(() => null);
		if (theirs && hasAll(theirs.content, kept.content))
			keepDraft(key, id, { ...kept, saved: theirs.updatedAt, isSaved: true });
	}
	return true;
}

/** The forms of this page and of others lose their words with their drafts. */
function dropTexts(id: number): void {
	for (const { key, owner } of listDrafts(id)) changeDraft(key, owner, null);
	forgetSeen();
}

/** What the worker keeps; it drops it itself, unless this page is none of its own. */
async function dropPages(): Promise<void> {
	const names = (await globalThis.caches?.keys()) ?? [];
	const pages = names.filter((name) => name.startsWith('pages '));
	await Promise.all(pages.map((name) => caches.delete(name)));
}
