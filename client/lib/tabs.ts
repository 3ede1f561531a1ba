import { showOffline } from '../offline/load.ts';
import { lazy } from './lazy.ts';
import { readItem, writeItem } from './storage.ts';

const SETTING = 'member';

type Member = { id: number } | null;

const nameMember = (member: Member) => String(member?.id ?? '');

/** Tells the other tabs of this browser who is signed in, as the server has just said. */
export function tellMember(member: Member): void {
	const before = readItem(SETTING);
	writeItem(SETTING, nameMember(member));
	if (!before || before === nameMember(member)) return;
	// Where it cannot be loaded, it is done when the member changes again.
	lazy(() => import('../accounts/forget.ts')).then(
		({ forgetSaved }) => forgetSaved(member?.id ?? null),
		() => {},
	);
}

/** Whether the tabs of this browser were last told of somebody else. */
export function isAnother(member: Member): boolean {
	return (readItem(SETTING) ?? '') !== nameMember(member);
}

/** Where `localStorage` says for a moment which member has signed out here. */
const LEFT = 'left';

/** Has every other tab of this browser that shows a page to this member open it anew. */
export function tellLeft(id: number): void {
	writeItem(SETTING, '');
	writeItem(LEFT, String(id));
	writeItem(LEFT, null);
}

/** Opens this page anew, with nothing of what is typed here or was read before. */
export function openAnew(): void {
	history.replaceState(null, '');
	// With its fragment it would be the same document.
	location.replace(location.pathname + location.search);
}

/** Calls `change` when another tab of this browser tells of somebody else. Returns a function that ends this. */
export function followMember(member: Member, change: () => void): () => void {
	const own = nameMember(member);
	const hear = ({ key, newValue }: StorageEvent) => {
		if (key === LEFT && newValue === own) openAnew();
		else if (key === SETTING && (newValue ?? '') !== own) change();
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
