import { eq, sql } from 'drizzle-orm';
import type { Db, Tx } from './client.ts';
import { definitions } from './demo/definitions.ts';
import { members } from './demo/members.ts';
import { stories } from './demo/stories.ts';
import { thread } from './demo/thread.ts';
import type { DemoFeature, DemoReply } from './demo/types.ts';
import {
	accounts,
	features,
	participants,
	posts,
	revisions,
	scores,
	threads,
	upvotes,
} from './schema.ts';

type Kind = 'definition' | 'story' | 'reply';
type Columns = { body: string; html: string; excerpt: string; wordCount: number };

/** What the forum makes of words and passwords; the database does not know how. */
export type SeedTools = {
	renderMarkdown(source: string): string;
	deriveColumns(kind: Kind, body: string): Columns;
	markPassage(html: string, passage: string): string | null;
	hashPassword(password: string): Promise<string>;
};

export const demoHostEmail = 'host@weigh-in.example';

const day = 86_400_000;
const seedLock = 0x73656564;

/** Nobody has an account and nothing is written; the question may be there, waiting for a host. */
async function isUntouched(tx: Tx): Promise<boolean> {
	const { rows } = await tx.execute<{ untouched: boolean }>(
		sql`select not exists (select from ${accounts}) and not exists (select from ${posts}) as untouched`,
	);
	return rows[0]!.untouched;
}

/**
 * Puts the ownership thread into a database without threads: its question and introduction, and no host.
 *
 * @returns whether it did
 */
export function seedThread(db: Db, tools: SeedTools): Promise<boolean> {
	return db.transaction(async (tx) => {
		await tx.execute(sql`select pg_advisory_xact_lock(${seedLock})`);
		const [existing] = await tx.select({ id: threads.id }).from(threads).limit(1);
		if (existing) return false;
		await insertThread(tx, { tools, hostId: null, createdAt: new Date() });
		return true;
	});
}

/**
 * Fills an untouched database with the demo community, in one transaction.
 *
 * @param options.keepPassword is given the host's generated password before anything is committed
 * @returns whether it did; false where there is something already
 */
export function seedDemo(
	db: Db,
	{
		tools,
		password,
		keepPassword,
		now = Date.now(),
	}: {
		tools: SeedTools;
		password: string;
		keepPassword: (password: string) => Promise<void>;
		now?: number;
	},
): Promise<boolean> {
	return db.transaction(async (tx) => {
		await tx.execute(sql`select pg_advisory_xact_lock(${seedLock})`);
		if (!(await isUntouched(tx))) return false;
		await tx.delete(threads);
		const at = (daysAgo: number) => new Date(now - daysAgo * day);
		const ids = await insertMembers(tx, { password, tools, createdAt: at(thread.daysAgo + 1) });
		const host = members.find((member) => member.role === 'host')!;
		const hostId = ids.get(host.handle)!;
		const threadId = await insertThread(tx, { tools, hostId, createdAt: at(thread.daysAgo) });
		await insertPosts(tx, { threadId, ids, at, tools });
		await keepPassword(password);
		return true;
	});
}

async function insertMembers(
	tx: Tx,
	{ password, tools, createdAt }: { password: string; tools: SeedTools; createdAt: Date },
): Promise<Map<string, number>> {
	const [hostHash, unusableHash] = await Promise.all([
		tools.hashPassword(password),
		tools.hashPassword(crypto.randomUUID()),
	]);
	const rows = await tx
		.insert(accounts)
		.values(
			members.map(({ handle, name, headline, role }) => ({
				handle,
				name,
				headline,
				role,
				createdAt,
				email: role === 'host' ? demoHostEmail : `${handle}@weigh-in.example`,
				passwordHash: role === 'host' ? hostHash : unusableHash,
			})),
		)
		.returning({ id: accounts.id, handle: accounts.handle });
	return new Map(rows.map(({ id, handle }) => [handle, id]));
}

async function insertThread(
	tx: Tx,
	{ tools, hostId, createdAt }: { tools: SeedTools; hostId: number | null; createdAt: Date },
): Promise<number> {
	const { slug, question, introduction } = thread;
	const introductionHtml = tools.renderMarkdown(introduction);
	const [row] = await tx
		.insert(threads)
		.values({ slug, question, introduction, introductionHtml, hostId, createdAt })
		.returning({ id: threads.id });
	return row!.id;
}

type Planned = {
	kind: Kind;
	by: string;
	daysAgo: number;
	votes: number;
	body: string;
	title: string | null;
	practices: string[];
	depth: number;
	parent: Planned | null;
	answer: Planned | null;
	replyCount: number;
	earlier: { daysAgo: number; body: string }[];
	feature: DemoFeature | undefined;
};

/** Everything that was written, oldest first, so that ids grow with time as they do in life. */
function planPosts(): Planned[] {
	const planned: Planned[] = [];
	const blank = { title: null, practices: [], earlier: [], feature: undefined, replyCount: 0 };
	const addReplies = (replies: DemoReply[], parent: Planned) => {
		for (const { by, daysAgo, votes, body, replies: below = [] } of replies) {
			const answer = parent.answer ?? parent;
			const reply: Planned = {
				...blank,
				kind: 'reply',
				by,
				daysAgo,
				votes,
				body,
				parent,
				answer,
				depth: parent.depth + 1,
			};
			planned.push(reply);
			for (let above: Planned | null = parent; above; above = above.parent) above.replyCount++;
			addReplies(below, reply);
		}
	};
	for (const { replies, ...definition } of definitions) {
		const top = { kind: 'definition', parent: null, answer: null, depth: 0 } as const;
		const answer: Planned = { ...blank, ...top, ...definition };
		planned.push(answer);
		addReplies(replies, answer);
	}
	for (const { replies, ...story } of stories) {
		const top = { kind: 'story', parent: null, answer: null, depth: 0 } as const;
		const answer: Planned = { ...blank, ...top, ...story };
		planned.push(answer);
		addReplies(replies, answer);
	}
	return planned.sort((a, b) => firstDay(b) - firstDay(a));
}

const firstDay = ({ earlier, daysAgo }: Planned) => earlier[0]?.daysAgo ?? daysAgo;

async function insertPosts(
	tx: Tx,
	{
		threadId,
		ids,
		at,
		tools,
	}: {
		threadId: number;
		ids: Map<string, number>;
		at: (daysAgo: number) => Date;
		tools: SeedTools;
	},
): Promise<void> {
	const planned = planPosts();
	const { rows } = await tx.execute<{ id: number }>(
		sql`select nextval(pg_get_serial_sequence('posts', 'id'))::int as id from generate_series(1, ${planned.length})`,
	);
	const idOf = new Map(planned.map((post, index) => [post, rows[index]!.id]));
	const accountOf = (handle: string) => ids.get(handle)!;
	await tx.insert(posts).values(
		planned.map((post) => {
			const { kind, by, depth, title, practices, earlier, feature } = post;
			const columns = tools.deriveColumns(kind, post.body);
			const marked = feature?.highlight && tools.markPassage(columns.html, feature.highlight);
			return {
				id: idOf.get(post)!,
				threadId,
				authorId: accountOf(by),
				kind,
				depth,
				title,
				practices,
				revisionCount: earlier.length,
				...columns,
				...(marked && { html: marked }),
				answerId: idOf.get(post.answer ?? post)!,
				parentId: post.parent && idOf.get(post.parent)!,
				createdAt: at(firstDay(post)),
				editedAt: earlier.length > 0 ? at(post.daysAgo) : null,
			};
		}),
	);
	await tx.insert(revisions).values(
		planned.flatMap((post) =>
			post.earlier.map(({ daysAgo, body }, index) => ({
				postId: idOf.get(post)!,
				number: index + 1,
				body,
				createdAt: at(daysAgo),
				html: tools.deriveColumns(post.kind, body).html,
			})),
		),
	);
	await tx.insert(features).values(
		planned.flatMap(({ feature }, index) => {
			if (!feature) return [];
			const { by, note, highlight, daysAgo } = feature;
			const moderatorId = accountOf(by);
			return [
				{ postId: rows[index]!.id, threadId, moderatorId, note, highlight, createdAt: at(daysAgo) },
			];
		}),
	);
	await tx.execute(sql`
		update ${scores} set reply_count = planned.reply_count from unnest(
			${sql.param(planned.map((post) => idOf.get(post)!))}::int[],
			${sql.param(planned.map(({ replyCount }) => replyCount))}::int[]
		) as planned (id, reply_count) where post_id = planned.id`);
	await insertUpvotes(tx, { planned, threadId, idOf, ids, at });
	await countPosts(tx, { planned, threadId, accountOf });
}

/** Who votes is drawn by a fixed rule, so that every seeding gives the same community. */
async function insertUpvotes(
	tx: Tx,
	{
		planned,
		threadId,
		idOf,
		ids,
		at,
	}: {
		planned: Planned[];
		threadId: number;
		idOf: Map<Planned, number>;
		ids: Map<string, number>;
		at: (daysAgo: number) => Date;
	},
): Promise<void> {
	const handles = [...ids.keys()];
	const rows = planned.flatMap((post) => {
		const postId = idOf.get(post)!;
		const draw = (handle: string) => (postId * 7919 + ids.get(handle)! * 104_729) % 1013;
		const voters = handles
			.filter((handle) => handle !== post.by)
			.sort((a, b) => draw(a) - draw(b))
			.slice(0, post.votes);
		return voters.map((handle, index) => ({
			postId,
			accountId: ids.get(handle)!,
			authorId: ids.get(post.by)!,
			createdAt: at((post.daysAgo * (voters.length - index)) / (voters.length + 1)),
		}));
	});
	await tx.insert(upvotes).values(rows);
	await tx
		.update(scores)
		.set({ score: sql`(select count(*) from upvotes where upvotes.post_id = scores.post_id)` })
		.where(eq(scores.threadId, threadId));
}

async function countPosts(
	tx: Tx,
	{
		planned,
		threadId,
		accountOf,
	}: { planned: Planned[]; threadId: number; accountOf: (handle: string) => number },
): Promise<void> {
	const byAuthor = Map.groupBy(planned, (post) => post.by);
	await tx.insert(participants).values(
		[...byAuthor].map(([handle, { length: postCount }]) => ({
			threadId,
			accountId: accountOf(handle),
			postCount,
		})),
	);
	const count = (kind: Kind) => planned.filter((post) => post.kind === kind).length;
	await tx.update(threads).set({
		definitionCount: count('definition'),
		storyCount: count('story'),
		replyCount: count('reply'),
		memberCount: byAuthor.size,
	});
}
