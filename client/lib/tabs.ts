import { showOffline } from '../offline/load.ts';
import { readItem, writeItem } from './storage.ts';

const SETTING = 'member';

type Member = { id: number } | null;

const nameMember = (member: Member) => String(member?.id ?? '');

/** Tells the other tabs of this browser who is signed in, as the server has just said. */
export const tellMember = (member: Member): void => void writeItem(SETTING, nameMember(member));

/** Whether the tabs of this browser were last told of somebody else. */
export function isAnother(member: Member): boolean {
	return (readItem(SETTING) ?? '') !== nameMember(member);
}

/** Calls `change` when another tab of this browser tells of somebody else. Returns a function that ends this. */
export function followMember(member: Member, change: () => void): () => void {
	const own = nameMember(member);
	const hear = ({ key, newValue }: StorageEvent) => {
		if (key === SETTING && (newValue ?? '') !== own) change();
	};
	if (readItem('outbox')) showOffline();
	window.addEventListener('storage', hear);
	return () => window.removeEventListener('storage', hear);
}

/** A channel to the other tabs; null where there is none, or a browser that keeps nothing refuses it. */
export function openChannel(name: string): BroadcastChannel | null {
	try {
		return new BroadcastChannel(name);
	} catch {
		return null;
	}
}

type Voted = { memberId: number; postId: number; upvoted: boolean };

const channel = typeof window === 'undefined' ? null : openChannel('votes');

/** Tells the other tabs of a vote that counts. */
export const tellVote = (vote: Voted): void => channel?.postMessage(vote);

export function hearVotes(hear: (vote: Voted) => void): void {
	channel?.addEventListener('message', ({ data }: MessageEvent<Voted>) => hear(data));
}
