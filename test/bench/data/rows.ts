import { members } from '../../../db/demo/members.ts';
import { thread as demoThread } from '../../../db/demo/thread.ts';
import { renderMarkdown } from '../../../server/posts/markdown.ts';
import { type Community, kinds, states } from './community.ts';
import { absent, escapeText } from './copy.ts';
import type { Random, Text, Texts } from './texts.ts';

/** The rows of each table, in the order in which they are copied. */
export type Table = {
	table: string;
	columns: string;
	rows: () => Iterable<(string | number | boolean)[]>;
};

/** Of no password: no argon2id hash ends in zeros only. */
const unusableHash = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
const practices = [
	'see-the-whole-job',
	'sell-with-the-company',
	'answer-for-the-outcome',
	'make-good-work-better',
];
const shares = { revised: 0.08, featured: 0.02, featuredReply: 0.0005, highlighted: 0.3 };
const hour = 3_600_000;
/** Accounts 1 is the host, 2 to 5 are moderators. */
const moderators = [1, 2, 3, 4, 5];
/** As many as a server that trims them keeps of each topic. */
const keptEvents = 10_000;

type Decision = { text: number; revisions: number; isFeatured: boolean; isMarked: boolean };

/** The rows of a community; the same ones for the same plan, texts and random numbers. */
export function describeRows(
	plan: Community,
	{ texts, now, random }: { texts: Texts; now: number; random: Random },
): Table[] {
	const pool = (place: number) =>
		[texts.definitions, texts.stories, texts.replies][plan.kind[place]!]!;
	const decide = (place: number): Decision => {
		const [dice, revised, featured, marked] = [random(), random(), random(), random()];
		const text = Math.floor(dice * pool(place).length);
		const share = plan.depth[place] === 0 ? shares.featured : shares.featuredReply;
		const isFeatured = plan.state[place] === states.visible && featured < share;
		const isRevised = plan.kind[place]! < 2 && revised < shares.revised;
		return {
			text,
			revisions: isRevised ? 1 + Math.floor((4 * revised) / shares.revised) : 0,
			isFeatured,
			isMarked: isFeatured && marked < shares.highlighted && pool(place)[text]!.passage !== '',
		};
	};
	const decided = Array.from({ length: plan.posts }, (_, place) => decide(place));
	const textOf = (place: number): Text => pool(place)[decided[place]!.text]!;
	const at = (ms: number) => new Date(Math.min(ms, now)).toISOString();
	const editedAt = (place: number, revision: number) =>
		at(plan.time[place]! + revision ** 2 * 7 * hour);
	const titleOf = (place: number) =>
		plan.kind[place] === 1 ? texts.titles[(place * 13) % texts.titles.length]! : absent;
	const moderatorOf = (place: number) => {
		const able = moderators.filter((id) => id !== plan.author[place]! + 1);
		return able[place % able.length]!;
	};

	function* places(where: (place: number) => boolean): Generator<number> {
		for (let place = 0; place < plan.posts; place++) if (where(place)) yield place;
	}

	function* describePosts() {
		for (let place = 0; place < plan.posts; place++) {
			const { revisions, isMarked } = decided[place]!;
			const isDeleted = plan.state[place] === states.deleted;
			const text = textOf(place);
			const parent = plan.parent[place]!;
			yield [
				place + 1,
				plan.thread[place]! + 1,
				plan.answer[place]! + 1,
				parent < 0 ? absent : parent + 1,
				plan.depth[place]!,
				kinds[plan.kind[place]!]!,
				plan.author[place]! + 1,
				titleOf(place),
				isDeleted ? '' : text.body,
				isDeleted ? '' : isMarked ? text.marked : text.html,
				isDeleted ? '' : text.excerpt,
				isDeleted ? 0 : text.wordCount,
				plan.kind[place] === 1 ? `{${practicesOf(place).join()}}` : '{}',
				revisions,
				plan.state[place] === states.visible,
				at(plan.time[place]!),
				revisions > 0 ? editedAt(place, revisions) : absent,
				isDeleted ? at(plan.time[place]! + 9 * hour) : absent,
			];
		}
	}

	function* describeScores() {
		for (let place = 0; place < plan.posts; place++)
			yield [
				place + 1,
				plan.thread[place]! + 1,
				plan.author[place]! + 1,
				kinds[plan.kind[place]!]!,
				plan.state[place] === states.visible,
				at(plan.time[place]!),
				plan.score[place]!,
				plan.replyCount[place]!,
			];
	}

	function* describeRevisions() {
		for (const place of places((place) => decided[place]!.revisions > 0))
			for (let number = 1; number <= decided[place]!.revisions; number++) {
				const { body, html } = pool(place)[(decided[place]!.text + number) % pool(place).length]!;
				yield [place + 1, number, titleOf(place), body, html, editedAt(place, number - 1)];
			}
	}

	/** Accounts one step apart from each other, the author left out: nobody comes twice. */
	function* describeUpvotes() {
		for (let place = 0; place < plan.posts; place++) {
			const author = plan.author[place]!;
			const step = 1 + ((place * 7919) % (plan.accounts - 1));
			const wait = Math.min(now - plan.time[place]!, 4_000 * hour) / (plan.score[place]! + 1);
			let voter = (place * 104_729) % plan.accounts;
			for (let vote = 1; vote <= plan.score[place]!; vote++) {
				if (voter === author) voter = (voter + step) % plan.accounts;
				yield [place + 1, voter + 1, author + 1, at(plan.time[place]! + vote * wait)];
				voter = (voter + step) % plan.accounts;
			}
		}
	}

	function* describeFeatures() {
		for (const place of places((place) => decided[place]!.isFeatured)) {
			const { isMarked } = decided[place]!;
			yield [
				place + 1,
				plan.thread[place]! + 1,
				moderatorOf(place),
				texts.notes[place % texts.notes.length]!,
				isMarked ? textOf(place).passage : absent,
				at(plan.time[place]! + 30 * hour),
			];
		}
	}

	function* describeRemovals() {
		for (const place of places((place) => plan.state[place] === states.removed))
			yield [
				place + 1,
				moderatorOf(place),
				'It is not about the question.',
				at(plan.time[place]! + 5 * hour),
			];
	}

	function* describeParticipants() {
		const counts = new Map<number, number>();
		for (const place of places((place) => plan.state[place] === states.visible)) {
			const key = plan.thread[place]! * plan.accounts + plan.author[place]!;
			counts.set(key, (counts.get(key) ?? 0) + 1);
		}
		for (const [key, count] of counts)
			yield [Math.floor(key / plan.accounts) + 1, (key % plan.accounts) + 1, count];
	}

	return [
		{
			table: 'accounts',
			columns: 'id, handle, name, headline, email, password_hash, role, created_at',
			rows: () => describeAccounts(plan, now),
		},
		{
			table: 'threads',
			columns:
				'id, slug, question, introduction, introduction_html, host_id, definition_count, story_count, reply_count, member_count, cursor, created_at',
			rows: () => describeThreads(plan, at),
		},
		{
			table: 'posts',
			columns:
				'id, thread_id, answer_id, parent_id, depth, kind, author_id, title, body, html, excerpt, word_count, practices, revision_count, visible, created_at, edited_at, deleted_at',
			rows: describePosts,
		},
		{
			table: 'scores',
			columns: 'post_id, thread_id, author_id, kind, visible, created_at, score, reply_count',
			rows: describeScores,
		},
		{
			table: 'revisions',
			columns: 'post_id, number, title, body, html, created_at',
			rows: describeRevisions,
		},
		{
			table: 'upvotes',
			columns: 'post_id, account_id, author_id, created_at',
			rows: describeUpvotes,
		},
		{
			table: 'features',
			columns: 'post_id, thread_id, moderator_id, note, highlight, created_at',
			rows: describeFeatures,
		},
		{
			table: 'removals',
			columns: 'post_id, moderator_id, reason, created_at',
			rows: describeRemovals,
		},
		{
			table: 'participants',
			columns: 'thread_id, account_id, post_count',
			rows: describeParticipants,
		},
		{
			table: 'events',
			columns: 'topic, cursor, event, created_at',
			rows: () => describeEvents(plan, now),
		},
	];
}

const practicesOf = (place: number) => practices.filter((_, index) => (place >> index) % 3 === 0);

function* describeAccounts({ accounts }: Community, now: number) {
	const parts = members.map(({ name }) => name.split(' '));
	for (let place = 0; place < accounts; place++) {
		const { headline } = members[(place * 5) % members.length]!;
		const first = parts[place % parts.length]![0]!;
		const last = parts[Math.floor(place / parts.length) % parts.length]!.at(-1)!;
		const handle = `${first.replace(/[^A-Za-z]/g, '').toLowerCase()}_${place + 1}`;
		yield [
			place + 1,
			handle,
			`${first} ${last}`,
			headline,
			`${handle}@weigh-in.example`,
			unusableHash,
			place === 0 ? 'host' : moderators.includes(place + 1) ? 'moderator' : 'member',
			new Date(now - 731 * 24 * hour).toISOString(),
		];
	}
}

function* describeThreads(plan: Community, at: (ms: number) => string) {
	const html = escapeText(renderMarkdown(demoThread.introduction));
	const facts = Array.from({ length: plan.threads }, () => ({
		counts: [0, 0, 0],
		members: new Set<number>(),
		events: 0,
		first: Number.POSITIVE_INFINITY,
	}));
	for (let place = 0; place < plan.posts; place++) {
		const fact = facts[plan.thread[place]!]!;
		fact.events += 1 + plan.score[place]!;
		fact.first = Math.min(fact.first, plan.time[place]!);
		if (plan.state[place] !== states.visible) continue;
		fact.counts[plan.kind[place]!]!++;
		fact.members.add(plan.author[place]!);
	}
	for (const [index, { counts, members, events, first }] of facts.entries())
		yield [
			index + 1,
			index === 0 ? demoThread.slug : `question-${index + 1}`,
			index === 0 ? demoThread.question : `What did question ${index + 1} leave open?`,
			escapeText(demoThread.introduction),
			html,
			1,
			...counts,
			members.size,
			events,
			at(first - 24 * hour),
		];
}

/** The last events of each thread, as if its votes had been the latest. */
function* describeEvents({ threads, posts, thread, score }: Community, now: number) {
	const cursors = new Float64Array(threads);
	const own: number[][] = Array.from({ length: threads }, () => []);
	for (let place = 0; place < posts; place++) {
		cursors[thread[place]!]! += 1 + score[place]!;
		if (score[place]! > 0) own[thread[place]!]!.push(place);
	}
	for (let index = 0; index < threads; index++) {
		const last = cursors[index]!;
		if (own[index]!.length === 0) continue;
		for (let cursor = Math.max(1, last - keptEvents + 1); cursor <= last; cursor++) {
			const place = own[index]![(cursor * 7919) % own[index]!.length]!;
			const event = { type: 'post.upvoted', postId: place + 1, score: score[place]! };
			const createdAt = new Date(now - (last - cursor) * 20_000).toISOString();
			yield [`thread:${index + 1}`, cursor, JSON.stringify(event), createdAt];
		}
	}
}
