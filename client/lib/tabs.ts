import { showOffline } from '../offline/load.ts';

const SETTING = 'member';

/**
 * Tells the other tabs of this browser who is signed in here, and calls `change` when one of them says
 * somebody else. Returns a function that ends this.
 */
export function followMember(memberId: number | null, change: () => void): () => void {
	const own = String(memberId ?? '');
	const hear = ({ key, newValue }: StorageEvent) => {
		if (key === SETTING && (newValue ?? '') !== own) change();
	};
	try {
		if ((localStorage.getItem(SETTING) ?? '') !== own) localStorage.setItem(SETTING, own);
		if (localStorage.outbox) showOffline();
	} catch {
		// Without a store each tab finds out by itself.
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
