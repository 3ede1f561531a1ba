import type { Upvote } from '../../server/upvotes/schema.ts';
import { ApiError } from '../lib/api.ts';
import { hearVotes, tellVote } from '../lib/tabs.ts';
import { send } from '../outbox/send.ts';

type SendVote = (postId: number, upvoted: boolean) => Promise<Upvote>;
type Shown = { score: number; upvoted: boolean };

const sendToServer: SendVote = (postId, upvoted) =>
	send<Upvote>(upvoted ? 'PUT' : 'DELETE', `/api/posts/${postId}/upvote`, undefined, {
		account: member,
	});

/** One member's vote on one post, wherever on the page it is shown. */
export class Vote {
	/** why the last click did not count */
	failure = $state('');

	#postId: number;
	#send: SendVote;
	#wished: boolean | null = $state(null);
	#confirmed: boolean | null = $state(null);
	#answered: number | null = $state(null);
	#start: Shown = { score: 0, upvoted: false };
	#heard: number | null = null;
	#heardMeanwhile = new Set<number>();

	constructor(postId: number, sendVote = sendToServer) {
		this.#postId = postId;
		this.#send = sendVote;
	}

	/** Whether the click is not confirmed yet. */
	get pending(): boolean {
		return this.#wished !== null;
	}

	/** What to show, given what the page's data says. */
	show({ score, upvoted }: Shown): Shown {
		if (this.#wished !== null) {
			const change = Number(this.#wished) - Number(this.#start.upvoted);
			return { score: this.#start.score + change, upvoted: this.#wished };
		}
		return { score: this.#answered ?? score, upvoted: this.#confirmed ?? upvoted };
	}

	/** Takes note of the page's score, which may be later than the answer to a click. */
	hear(score: number): void {
		if (score === this.#heard) return;
		this.#heard = score;
		if (this.pending) this.#heardMeanwhile.add(score);
		else this.#answered = null;
	}

	forget(): void {
		this.#confirmed = null;
		this.#answered = null;
		this.failure = '';
	}

	/** Takes note of a vote given in another tab; its score comes by the live event. */
	confirm(upvoted: boolean): void {
		if (!this.pending) this.#confirmed = upvoted;
	}

	/**
	 * Wishes the opposite of what is shown. One request at a time; the last wish is the one that stays.
	 *
	 * @param memberId tells other tabs whose vote it is
	 */
	async toggle(shown: Shown, memberId?: number): Promise<void> {
		this.failure = '';
		if (this.pending) {
			this.#wished = !this.#wished;
			// What waits for a connection waits as it was wished last.
			if (navigator.onLine === false) await this.#send(this.#postId, this.#wished).catch(() => {});
			return;
		}
		this.#start = shown;
		this.#heardMeanwhile.clear();
		this.#wished = !shown.upvoted;
		let confirmed = shown.upvoted;
		try {
			while (this.#wished !== confirmed) {
				const answer = await this.#send(this.#postId, this.#wished);
				confirmed = answer.upvoted;
				this.#confirmed = confirmed;
				this.#answered = this.#heardMeanwhile.has(answer.score) ? null : answer.score;
				if (memberId !== undefined)
					tellVote({ memberId, postId: this.#postId, upvoted: confirmed });
			}
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			this.failure = `Not counted. ${error.message}`;
		} finally {
			this.#wished = null;
		}
	}
}

const votes = new Map<number, Vote>();
let member: number | undefined;
hearVotes(({ memberId, postId, upvoted }) => {
	if (memberId === member) voteOn(postId).confirm(upvoted);
});

/** Forgets the votes of whoever was signed in before. */
export function voteAs(memberId: number | undefined): void {
	if (memberId === member) return;
	member = memberId;
	for (const vote of votes.values()) vote.forget();
}

/** Tells the vote on a post each score of the live stream; a page shows only the last of several. */
export function hearScore(postId: number, score: number): void {
	votes.get(postId)?.hear(score);
}

/** The vote on a post, the same one for every place that shows it in this browser. */
export function voteOn(postId: number): Vote {
	if (typeof window === 'undefined') return new Vote(postId);
	let vote = votes.get(postId);
	if (!vote) votes.set(postId, (vote = new Vote(postId)));
	return vote;
}
