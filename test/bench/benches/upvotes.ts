import { alternate, type Bench, type BenchOptions, type Row } from '../bench.ts';
import type { StoredAnswer } from '../controls/buffers.ts';
import type { VotesOptions, Vote } from '../controls/votes.ts';
import { openHttpSide } from '../http.ts';
import type { Load } from '../load.ts';
import { openPoolSide } from '../pool.ts';
import { startWorker } from '../processes.ts';
import type { Member } from '../members.ts';
import type { Stage } from '../stage.ts';
import { checkThread, readCursor } from '../truth.ts';

const voters = 64;
const threadId = 1;

export const upvote: Bench = {
	name: 'upvote',
	about: '64 members toggling upvotes over 500 posts',
	run: (options) =>
		compareVotes(options, { name: 'upvote', posts: 500, atLeast: { pool: 4, constant: 0.4 } }),
};

export const upvoteHot: Bench = {
	name: 'upvote-hot',
	about: '64 members toggling upvotes on one post',
	run: (options) =>
		compareVotes(options, { name: 'upvote-hot', posts: 1, atLeast: { pool: 5, constant: 0.4 } }),
};

async function compareVotes(
	options: BenchOptions,
	{
		name,
		posts,
		atLeast,
	}: { name: string; posts: number; atLeast: { pool: number; constant: number } },
): Promise<Row[]> {
	const stage = await options.openStage();
	const authors = await findPosts(stage, posts);
	const [members, others] = [await stage.join(voters), await stage.join(voters)];
	const plans = Array.from({ length: voters }, (_, index) => planVotes([...authors.keys()], index));
	await giveVotes(stage, { members: [...members, ...others], plans });
	const before = await readCursor(stage.pool, threadId);

	const loadAt = (url: string): Load => ({
		url,
		status: 200,
		connections: members.map(({ cookie }, index) => ({
			headers: { cookie },
			requests: plans[index]!.map(({ postId, upvoted }) => ({
				method: upvoted ? 'PUT' : 'DELETE',
				path: `/api/posts/${postId}/upvote`,
			})),
		})),
	});
	const { server, databaseUrl: url } = stage;
	const project = await openHttpSide(options, {
		name: 'project',
		pid: server.pid,
		load: loadAt(server.url),
	});
	const pool = await openPoolSide(options, 'controls/votes.ts', {
		url,
		threadId,
		authors,
		voters: others.map(({ id }, index) => ({ accountId: id, votes: plans[index]! })),
	} satisfies VotesOptions);
	const bare = startWorker('controls/buffers.ts');
	options.defer(bare.close);
	const bareUrl = await bare.ask<string>('open', [constantAnswer]);
	const constant = await openHttpSide(options, {
		name: 'constant',
		pid: bare.pid,
		load: loadAt(bareUrl),
	});

	const [own, transactions, constants] = await alternate(
		[project, pool.side, constant],
		options,
		options.report,
	);
	const made = project.total.requests + pool.made();
	await checkThread(stage.pool, { threadId, cursor: before + made });
	const common = { unit: '/s', project: own!, compare: 'ratio' } as const;
	const notes = [
		`${voters} members on as many connections, ${posts} posts of one thread; each request changes something and is answered 200`,
		`afterwards each score is the number of its votes, and ${made} changes have made ${made} events with consecutive cursors`,
	];
	return [
		{
			...common,
			name: `${name} (a)`,
			control: transactions!,
			controlName: `a bare pool, the same statements, one transaction each`,
			target: { atLeast: atLeast.pool },
			notes: [...notes, `${voters} tasks on a pool of ${pool.size}, the best of 8, 16 and 32`],
		},
		{
			...common,
			name: `${name} (b)`,
			control: constants!,
			controlName: 'bare Fastify, a constant answer',
			target: { atLeast: atLeast.constant },
			notes: [],
		},
	];
}

const constantAnswer: StoredAnswer = {
	methods: ['PUT', 'DELETE'],
	path: '/api/posts/:id/upvote',
	encoding: null,
	headers: { 'content-type': 'application/json; charset=utf-8' },
	body: Buffer.from('{"postId":1000,"score":100,"upvoted":true}'),
};

/** Some of the thread's answers, with their authors. */
async function findPosts({ pool }: Stage, count: number): Promise<Map<number, number>> {
	const { rows } = await pool.query<{ id: number; author: number }>(
		`select id, author_id as author from posts
		where thread_id = $1 and depth = 0 and visible order by id limit $2`,
		[threadId, count],
	);
	if (rows.length < count) throw new Error(`There are only ${rows.length} posts to upvote.`);
	return new Map(rows.map(({ id, author }) => [id, author]));
}

/** A member upvotes all posts and takes all back again, or the other way round, each beginning somewhere else. */
function planVotes(posts: number[], index: number): Vote[] {
	const start = Math.floor((index * posts.length) / voters);
	const own = [...posts.slice(start), ...posts.slice(0, start)];
	const all = (upvoted: boolean) => own.map((postId) => ({ postId, upvoted }));
	return index % 2 === 0 ? [...all(true), ...all(false)] : [...all(false), ...all(true)];
}

/** Those who begin by taking back have upvoted before. */
async function giveVotes(
	{ pool }: Stage,
	{ members, plans }: { members: Member[]; plans: Vote[][] },
) {
	const given = members.flatMap(({ id }, index) =>
		plans[index % voters]!.filter(({ upvoted }) => upvoted && index % 2 === 1).map(
			({ postId }) => ({ id, postId }),
		),
	);
	await pool.query(
		`with given as (
			insert into upvotes (post_id, account_id, author_id)
			select posts.id, account_id, posts.author_id from unnest($1::int[], $2::int[]) as vote (post_id, account_id)
			join posts on posts.id = post_id returning post_id
		)
		update scores set score = score + (select count(*) from given where post_id = scores.post_id)
		where post_id in (select post_id from given)`,
		[given.map(({ postId }) => postId), given.map(({ id }) => id)],
	);
}
