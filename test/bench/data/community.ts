import type { Random } from './texts.ts';

export type Size = { posts: number; upvotes: number };

export const kinds = ['definition', 'story', 'reply'] as const;
export const states = { visible: 0, deleted: 1, removed: 2 };

/**
 * Who wrote what below what, when, and how often it was upvoted: columns of numbers, because there are
 * millions. A post's place in them is its id less 1, in the order of time; accounts and threads likewise.
 */
export type Community = {
	accounts: number;
	threads: number;
	posts: number;
	/** indexes of `kinds` */
	kind: Uint8Array;
	thread: Uint8Array;
	author: Uint32Array;
	/** the place of the definition or story it belongs to */
	answer: Uint32Array;
	/** the place of what it replies to; -1 for none */
	parent: Int32Array;
	depth: Uint16Array;
	/** ms since 1970 */
	time: Float64Array;
	/** one of `states` */
	state: Uint8Array;
	score: Uint32Array;
	/** visible replies at every depth below */
	replyCount: Uint32Array;
};

/** How many replies the largest conversation has, where there are posts enough. */
const largestConversation = 1_000;

/** The share of all answers that each thread has. */
const threadShares = [0.5, 0.2, 0.1, 0.07, 0.05, 0.04, 0.03, 0.01];
const answerShare = 0.1;
const definitionShare = 0.6;
const lostShares = { deleted: 0.005, removed: 0.002 };
const day = 86_400_000;
const span = 730 * day;

/**
 * Plans a community of exactly so many posts and upvotes that ends at `now`: half of it in the first thread,
 * conversations and votes heavy-tailed, some conversations deep and others flat.
 */
export function planCommunity({ posts, upvotes }: Size, now: number, random: Random): Community {
	const accounts = nextPrime(Math.max(2_000, Math.round(posts / 20)));
	const plan = allocate({ accounts, threads: threadShares.length, posts });
	const answers = Math.max(threadShares.length, Math.round(posts * answerShare));
	const replies = countReplies({ answers, replies: posts - answers }, random);
	const author = Math.floor(random() * accounts);
	const definitions = new Uint32Array(threadShares.length);
	for (let answer = 0, next = 0; answer < answers; answer++) {
		const thread = answer < threadShares.length ? answer : pickThread(random());
		const place = next++;
		const isDefinition = random() < definitionShare;
		plan.kind[place] = isDefinition ? 0 : 1;
		plan.thread[place] = thread;
		// Steps through all accounts before the first comes again: nobody has two definitions in a thread.
		plan.author[place] = isDefinition
			? (author + 7 * definitions[thread]!++) % accounts
			: pickAuthor(random(), accounts);
		plan.answer[place] = place;
		plan.parent[place] = -1;
		plan.time[place] = now - span * random() ** 1.2;
		next = converse(plan, { place, count: replies[answer]!, now, accounts }, random);
	}
	for (const counted of definitions)
		if (counted > accounts) throw new Error('There are more definitions than accounts.');
	const sorted = sortByTime(plan);
	countVisible(sorted);
	spreadVotes(sorted, upvotes, random);
	return sorted;
}

function allocate(size: Pick<Community, 'accounts' | 'threads' | 'posts'>): Community {
	const { posts } = size;
	return {
		...size,
		kind: new Uint8Array(posts),
		thread: new Uint8Array(posts),
		author: new Uint32Array(posts),
		answer: new Uint32Array(posts),
		parent: new Int32Array(posts),
		depth: new Uint16Array(posts),
		time: new Float64Array(posts),
		state: new Uint8Array(posts),
		score: new Uint32Array(posts),
		replyCount: new Uint32Array(posts),
	};
}

/** Heavy-tailed; the second answer has the largest conversation. */
function countReplies(
	{ answers, replies }: { answers: number; replies: number },
	random: Random,
): Uint32Array {
	const largest = Math.min(largestConversation, Math.floor(replies / 3));
	const weights = Float64Array.from({ length: answers }, () => random() ** -0.6 - 0.9);
	weights[1] = 0;
	const counts = spread(replies - largest, { weights, most: Math.max(largest - 1, 30) });
	counts[1] = largest;
	return counts;
}

/** Fills in the replies of an answer after its place; returns the next free place. */
function converse(
	plan: Community,
	{ place, count, now, accounts }: { place: number; count: number; now: number; accounts: number },
	random: Random,
): number {
	const isDeep = random() < 0.25;
	for (let reply = place + 1; reply <= place + count; reply++) {
		const dice = random();
		const earlier = place + Math.floor(random() * (reply - place));
		const parent = isDeep ? (dice < 0.95 ? reply - 1 : place) : dice < 0.6 ? place : earlier;
		const after = plan.time[parent]!;
		const wait = -Math.log(1 - random()) * (isDeep ? 0.05 : 1.5) * day;
		plan.kind[reply] = 2;
		plan.thread[reply] = plan.thread[place]!;
		plan.author[reply] = pickAuthor(random(), accounts);
		plan.answer[reply] = place;
		plan.parent[reply] = parent;
		plan.depth[reply] = plan.depth[parent]! + 1;
		plan.time[reply] = Math.min(after + wait, after + (now - after) * random());
		plan.state[reply] = count < largestConversation ? pickState(random()) : states.visible;
	}
	return place + count + 1;
}

/** Ids grow with time, as they do in life: the replies of one answer lie among those of all others. */
function sortByTime(plan: Community): Community {
	const order = Uint32Array.from({ length: plan.posts }, (_, place) => place);
	order.sort((a, b) => plan.time[a]! - plan.time[b]! || a - b);
	const placeOf = new Uint32Array(plan.posts);
	order.forEach((before, place) => (placeOf[before] = place));
	const sorted = allocate(plan);
	order.forEach((before, place) => {
		sorted.kind[place] = plan.kind[before]!;
		sorted.thread[place] = plan.thread[before]!;
		sorted.author[place] = plan.author[before]!;
		sorted.answer[place] = placeOf[plan.answer[before]!]!;
		sorted.parent[place] = plan.parent[before]! < 0 ? -1 : placeOf[plan.parent[before]!]!;
		sorted.depth[place] = plan.depth[before]!;
		sorted.time[place] = Math.floor(plan.time[before]!);
		sorted.state[place] = plan.state[before]!;
	});
	return sorted;
}

function pickState(dice: number): number {
	if (dice < lostShares.deleted) return states.deleted;
	return dice > 1 - lostShares.removed ? states.removed : states.visible;
}

function countVisible({ posts, state, parent, replyCount }: Community): void {
	for (let place = 0; place < posts; place++) {
		if (state[place] !== states.visible) continue;
		for (let above = parent[place]!; above >= 0; above = parent[above]!) replyCount[above]!++;
	}
}

function spreadVotes(plan: Community, upvotes: number, random: Random): void {
	const most = plan.accounts - 1;
	if (upvotes > plan.posts * most)
		throw new Error(`${plan.posts} posts can have at most ${plan.posts * most} upvotes here.`);
	const weights = Float64Array.from(
		plan.depth,
		(depth) => (depth === 0 ? 10 : 1) * (random() ** -0.9 - 0.8),
	);
	plan.score.set(spread(upvotes, { weights, most }));
}

/** Divides a total by weights into whole numbers of at most `most`; what does not fit goes to the others. */
function spread(
	total: number,
	{ weights, most }: { weights: Float64Array; most: number },
): Uint32Array {
	const parts = new Uint32Array(weights.length);
	for (let left = total; left > 0;) {
		const isOpen = (place: number) => parts[place]! < most && weights[place]! > 0;
		let sum = 0;
		for (let place = 0; place < weights.length; place++) if (isOpen(place)) sum += weights[place]!;
		if (sum === 0) throw new Error('There is no room for so many.');
		const share = left / sum;
		for (let place = 0, owed = 0; place < weights.length && left > 0; place++) {
			if (!isOpen(place)) continue;
			owed += weights[place]! * share;
			const part = Math.min(Math.round(owed), most - parts[place]!, left);
			owed -= Math.round(owed);
			parts[place]! += part;
			left -= part;
		}
	}
	return parts;
}

function pickThread(dice: number): number {
	let sum = 0;
	return Math.max(
		0,
		threadShares.findIndex((share) => dice < (sum += share)),
	);
}

/** Some write a lot: the square makes one in a hundred members write a tenth of everything. */
function pickAuthor(dice: number, accounts: number): number {
	return (Math.floor(accounts * dice * dice) * 31) % accounts;
}

function nextPrime(from: number): number {
	const isPrime = (number: number) => {
		for (let factor = 2; factor * factor <= number; factor++)
			if (number % factor === 0) return false;
		return true;
	};
	let number = from;
	while (!isPrime(number)) number++;
	return number;
}
