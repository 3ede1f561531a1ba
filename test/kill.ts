import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import type { Post } from '../server/posts/schema.ts';
import type { Thread } from '../server/threads/schema.ts';
import { createRandom, findContradictions, findHole, Follower, Participant } from './community.ts';
import { type Site, startSite } from './support/server.ts';

const usage = `Usage: node test/kill.ts [--rounds <number>] [--seed <number>]

Kills a server (kill -9) during a burst of writes, in every third round its PostgreSQL too, starts it again,
and looks whether every acknowledged write is there and every repeated one is there once.`;

const slug = 'ownership';
const memberCount = 8;

/** A write that was sent. `key` and `body` stay the same when it is sent again. */
type Creation = { member: Participant; path: string; body: Record<string, string>; key: string };
type Wish = { member: Participant; postId: number; upvoted: boolean };

type Outcome = {
	problems: string[];
	rounds: number;
	/** writes that were answered with success */
	acknowledged: number;
	/** writes that had no answer when the server died, and were repeated */
	repeated: number;
	/** the longest time from a start to readiness, in ms */
	longestStart: number;
};

class Ledger {
	/** the id of every post that was acknowledged, by its words */
	readonly posts = new Map<string, number>();
	/** the last wish that was acknowledged, by `post:member` */
	readonly votes = new Map<string, boolean>();
	acknowledged = 0;
	unanswered: (Creation | Wish)[] = [];
}

/** Plays `rounds` of writing, killing and starting again on a server of its own. */
export async function playKills({
	rounds,
	seed = 1,
}: {
	rounds: number;
	seed?: number;
}): Promise<Outcome> {
	const random = createRandom(seed);
	const site = await startSite({ SEED: 'none', LOG_LEVEL: 'warn' });
	const problems: string[] = [];
	const ledger = new Ledger();
	const outcome = { problems, rounds: 0, acknowledged: 0, repeated: 0, longestStart: 0 };
	let follower: Follower | undefined;
	try {
		const members = await signUp(site);
		const { id, liveCursor } = await members[0]!.get<Thread>(`/api/threads/${slug}`);
		follower = new Follower(site.url, { topic: `thread:${id}`, after: liveCursor });
		for (let round = 1; round <= rounds; round++) {
			const isOver = { yes: false };
			const burst = members.map((member, n) =>
				write(member, {
					ledger,
					problems,
					isOver,
					name: `${round}-${n}`,
					random: createRandom(seed * 1e6 + round * 100 + n),
				}),
			);
			await sleep(60 + random() * 300);
			await kill(site, { round, random });
			isOver.yes = true;
			await Promise.all(burst);

			const start = performance.now();
			await site.start();
			outcome.longestStart = Math.max(outcome.longestStart, Math.round(performance.now() - start));
			outcome.repeated += ledger.unanswered.length;
			for (const sent of ledger.unanswered.splice(0)) await repeat(sent, { ledger, problems });
			problems.push(
				...(await findLosses(site, ledger)).map((problem) => `round ${round}: ${problem}`),
			);
			outcome.rounds = round;
		}
		const last = (await members[0]!.get<Thread>(`/api/threads/${slug}`)).liveCursor;
		for (let wait = 0; wait < 400 && follower.last < last; wait++) await sleep(25);
		const hole = findHole(follower, liveCursor, last);
		if (hole) problems.push(hole);
		const code = await site.stop();
		if (code !== 0) problems.push(`the server ended with ${code} when it was stopped at last`);
		if (await site.findDatabase())
			problems.push('PostgreSQL is still there after the server was stopped');
		return { ...outcome, acknowledged: ledger.acknowledged };
	} finally {
		follower?.close();
		await site.close();
	}
}

async function signUp({ url }: Site): Promise<Participant[]> {
	const members = Array.from(
		{ length: memberCount },
		(_, n) => new Participant(url, `writer_${n + 1}`),
	);
	for (const member of members) await member.signUp();
	return members;
}

/** Kills the server alone, or PostgreSQL a moment before or after it. */
async function kill(site: Site, { round, random }: { round: number; random: () => number }) {
	if (round % 6 === 3) {
		await killDatabase(site);
		await sleep(random() * 80);
	}
	await site.stop('SIGKILL');
	if (round % 6 === 0) await killDatabase(site);
}

async function killDatabase({ findDatabase }: Site): Promise<void> {
	const pid = await findDatabase();
	if (pid) process.kill(pid, 'SIGKILL');
}

type Burst = {
	ledger: Ledger;
	problems: string[];
	isOver: { yes: boolean };
	name: string;
	random: () => number;
};

/** Writes without a pause until the server is gone. */
async function write(
	member: Participant,
	{ ledger, problems, isOver, name, random }: Burst,
): Promise<void> {
	for (let number = 1; !isOver.yes; number++) {
		const known = [...ledger.posts.values()];
		const postId = known[Math.floor(random() * known.length)];
		const dice = random();
		const sent: Creation | Wish =
			postId === undefined || dice < 0.2
				? toCreation(member, `/api/threads/${slug}/posts`, `Story ${name}-${number}`)
				: dice < 0.5
					? toCreation(member, `/api/posts/${postId}/replies`, `Reply ${name}-${number}`)
					: { member, postId, upvoted: dice < 0.9 };
		try {
			await settle(sent, { ledger, problems });
		} catch {
			ledger.unanswered.push(sent);
			return;
		}
	}
}

function toCreation(member: Participant, path: string, words: string): Creation {
	const body = { body: words, ...(words.startsWith('Story') && { kind: 'story', title: words }) };
	return { member, path, body, key: `key-${words.replaceAll(' ', '-')}` };
}

/**
 * Sends a write and notes its acknowledgement.
 *
 * @throws where no answer comes, or one that says that the database is away
 */
async function settle(
	sent: Creation | Wish,
	{ ledger, problems }: Pick<Burst, 'ledger' | 'problems'>,
): Promise<void> {
	const { member } = sent;
	if ('key' in sent) {
		const { status, body } = await member.send('POST', sent.path, sent.body, sent.key);
		if (status === 503) throw new Error('The database is away.');
		if (status !== 201)
			return void problems.push(`POST ${sent.path}: ${status} ${JSON.stringify(body)}`);
		const { id } = body as Post;
		const words = sent.body.body!;
		const before = ledger.posts.get(words);
		if (before !== undefined && before !== id)
			problems.push(`${words} is post ${before} and post ${id}`);
		ledger.posts.set(words, id);
	} else {
		const { postId, upvoted } = sent;
		const method = upvoted ? 'PUT' : 'DELETE';
		const { status, body } = await member.send(method, `/api/posts/${postId}/upvote`);
		if (status === 503) throw new Error('The database is away.');
		// One's own post cannot be voted on.
		if (status === 403) return;
		if (status !== 200)
			return void problems.push(`${method} upvote ${postId}: ${status} ${JSON.stringify(body)}`);
		ledger.votes.set(`${postId}:${member.id}`, upvoted);
	}
	ledger.acknowledged++;
}

/** Sends again, twice at the same moment, what had no answer. */
async function repeat(
	sent: Creation | Wish,
	{ ledger, problems }: Pick<Burst, 'ledger' | 'problems'>,
): Promise<void> {
	try {
		await Promise.all([settle(sent, { ledger, problems }), settle(sent, { ledger, problems })]);
	} catch (error) {
		problems.push(`a repetition failed: ${(error as Error).message}`);
	}
}

async function findLosses(site: Site, ledger: Ledger): Promise<string[]> {
	const client = new pg.Client({ connectionString: await site.readDatabaseUrl() });
	await client.connect();
	try {
		const found: string[] = [];
		const posts = await client.query<{ id: number; body: string }>('select id, body from posts');
		const ids = new Map(posts.rows.map(({ id, body }) => [body, id]));
		if (ids.size !== posts.rows.length) found.push('a post is there twice');
		for (const [words, id] of ledger.posts)
			if (ids.get(words) !== id)
				found.push(`${words} was acknowledged as post ${id} and is ${ids.get(words)}`);
		for (const words of ids.keys())
			if (!ledger.posts.has(words)) found.push(`${words} is there and was never acknowledged`);
		const upvotes = await client.query<{ vote: string }>(
			`select post_id || ':' || account_id as vote from upvotes`,
		);
		const votes = new Set(upvotes.rows.map(({ vote }) => vote));
		for (const [vote, upvoted] of ledger.votes)
			if (votes.has(vote) !== upvoted)
				found.push(`the vote ${vote} was acknowledged as ${upvoted}`);
		for (const vote of votes)
			if (!ledger.votes.has(vote)) found.push(`nobody gave the vote ${vote}`);
		found.push(...(await findContradictions(client)));
		return found;
	} finally {
		await client.end();
	}
}

async function main(): Promise<void> {
	const options = {
		rounds: { type: 'string', default: '100' },
		seed: { type: 'string', default: '1' },
		help: { type: 'boolean', short: 'h' },
	} as const;
	const { values } = parseArgs({ options });
	const rounds = Number(values.rounds);
	if (values.help || !(rounds > 0)) {
		console.log(usage);
		process.exitCode = values.help ? 0 : 2;
		return;
	}
	const outcome = await playKills({ rounds, seed: Number(values.seed) });
	for (const problem of outcome.problems) console.error(problem);
	const { acknowledged, repeated, longestStart, problems } = outcome;
	console.log(
		`${outcome.rounds} kills, ${acknowledged} acknowledged writes, ${repeated} repeated, ` +
			`longest start ${longestStart} ms: ${problems.length} problems`,
	);
	process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
