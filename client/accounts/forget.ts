import { isEqual, type Kept, nameDraft, type Owner, readDraft } from '../lib/kept-drafts.ts';
import { listItems, writeItem } from '../lib/storage.ts';

export type KeptDraft = { key: string; owner: Owner; kept: Kept };

/** The drafts that this device keeps, of every account and of none. */
export function listKeptDrafts(): KeptDraft[] {
	return listItems().flatMap((name) => {
		const [, id, key = ''] = /^draft:(\d*):(.+)$/.exec(name) ?? [];
		if (id === undefined) return [];
		const owner = id === '' ? null : Number(id);
		const kept = readDraft(key, owner);
		return kept ? [{ key, owner, kept }] : [];
	});
}

/** Whether all the words of a draft are on the server as well. */
export const isOnServer = ({ isSaved, content, other }: Kept) =>
	isSaved && (!other || isEqual(other.content, content));

/**
 * Drops from this device what it has of other accounts than this one and the server has too. Words that were not sent
 * wait for whoever wrote them.
 */
export function forgetSaved(me: Owner): void {
	for (const { key, owner, kept } of listKeptDrafts()) {
		if (owner === null || owner === me || !kept.isSaved) continue;
		const { other } = kept;
		const unsent = isOnServer(kept) ? null : { ...other!, saved: null, isSaved: false };
		writeItem(nameDraft(key, owner), unsent && JSON.stringify(unsent));
	}
	forgetSeen();
}

/** What was shown last of conversations, whoever has read them. */
export const forgetSeen = (): void => void writeItem('seen', null);
