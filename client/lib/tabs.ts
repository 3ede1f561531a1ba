import { showOffline } from '../offline/load.ts';

const SETTING = 'member';

type Member = { id: number } | null;

const nameMember = (member: Member) => String(member?.id ?? '');

/** Tells the other tabs of this browser who is signed in, as the server has just said. */
export function tellMember(member: Member): void {
	try {
		localStorage.setItem(SETTING, nameMember(member));
	} catch {
		// Without a store each tab finds out by itself.
	}
}

/** Whether the tabs of this browser were last told of somebody else. */
export function isAnother(member: Member): boolean {
	try {
		return (localStorage.getItem(SETTING) ?? '') !== nameMember(member);
	} catch {
		return false;
	}
}

/** Calls `change` when another tab of this browser tells of somebody else. Returns a function that ends this. */
export function followMember(member: Member, change: () => void): () => void {
	const own = nameMember(member);
	const hear = ({ key, newValue }: StorageEvent) => {
		if (key === SETTING && (newValue ?? '') !== own) change();
	};
	try {
		if (localStorage.outbox) showOffline();
	} catch {
		// Without a store nothing waits.
	}
	window.addEventListener('storage', hear);
	return () => window.removeEventListener('storage', hear);
}

type Voted = { memberId: number; postId: number; upvoted: boolean };

const channel =
	typeof BroadcastChannel === 'undefined' || typeof window === 'undefined'
		? null
		: new BroadcastChannel('votes');

/** Tells the other tabs of a vote that counts. */
export const tellVote = (vote: Voted): void => channel?.postMessage(vote);

export function hearVotes(hear: (vote: Voted) => void): void {
	channel?.addEventListener('message', ({ data }: MessageEvent<Voted>) => hear(data));
}
