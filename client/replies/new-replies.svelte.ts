import { tick } from 'svelte';
import type { Post } from '../../server/posts/schema.ts';
import { readAt } from '../lib/reading.ts';
import { isVisible } from '../live/change-post.ts';
import type { Conversation } from './conversation.svelte.ts';
import { isOnItsWay } from './conversation-view.ts';
import { lastSeen, noteSeen } from './seen.ts';
import { type Branch, LEVELS } from './tree.ts';

/** What its reader has not seen yet of a conversation: what came since their last visit, and what they opened since. */
export class NewReplies {
	#conversation: Conversation;
	#since: number | null = $state(null);
	/** the posts to go to, in reading order: those that are new, or end the page and have new replies below */
	readonly stops: number[] = $derived.by(() => this.#findStops(this.#conversation.tree, 1));
	/** where the reader has gone; null before the first step */
	at: number | null = $state(null);

	constructor(conversation: Conversation) {
		this.#conversation = conversation;
	}

	/** Begins a visit on this device. */
	begin(): void {
		this.#since = lastSeen(this.#conversation.post.id);
	}

	/** Keeps what the page shows as seen, for the next visit. */
	note(): void {
		const { post, tree } = this.#conversation;
		const newest = (branches: Branch[]): number =>
			Math.max(0, ...branches.map(({ post, children }) => Math.max(post.id, newest(children))));
		noteSeen(post.id, newest(tree));
	}

	isNew(post: Post): boolean {
		const { arrived, memberId } = this.#conversation;
		if (isOnItsWay(post) || !isVisible(post) || post.author.id === memberId) return false;
		return arrived.has(post.id) || (this.#since !== null && post.id > this.#since);
	}

	/** Goes to the next or the previous new reply and shows it, wherever it is folded away. */
	async go(step: 1 | -1): Promise<void> {
		const id = this.#findNext(step);
		if (id === undefined) return;
		this.at = id;
		this.#conversation.unfold(id);
		await tick();
		const post = document.getElementById(`post-${id}`);
		if (post) readAt(post);
	}

	/** From the post that has the focus, else from where the last step led; after the last comes the first. */
	#findNext(step: 1 | -1): number | undefined {
		const { stops } = this;
		const here =
			document.activeElement?.closest('article') ?? document.getElementById(`post-${this.at}`);
		const side = step === 1 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
		const isAhead = (id: number) => {
			const post = document.getElementById(`post-${id}`);
			return post && here && (here.compareDocumentPosition(post) & side) !== 0;
		};
		return step === 1
			? (stops.find(isAhead) ?? stops[0])
			: (stops.findLast(isAhead) ?? stops.at(-1));
	}

	#findStops(branches: Branch[], level: number): number[] {
		return branches.flatMap(({ post, children }) => {
			const below = this.#findStops(children, level + 1);
			if (level < LEVELS) return this.isNew(post) ? [post.id, ...below] : below;
			return this.isNew(post) || below.length > 0 ? [post.id] : [];
		});
	}
}
