/** Control: a bare pool that does an upvote's statements, one transaction each. */
import { serve } from '../processes.ts';
import { openBestPool, type Task } from './transactions.ts';

export type Vote = { postId: number; upvoted: boolean };
type Voter = { accountId: number; votes: Vote[] };
export type VotesOptions = {
	url: string;
	threadId: number;
	authors: Map<number, number>;
	voters: Voter[];
};

let pool: Awaited<ReturnType<typeof openBestPool>>;

serve({
	async open({ url, threadId, authors, voters }: VotesOptions) {
		pool = await openBestPool(
			url,
			voters.map((voter) => createTask(voter, { threadId, authors })),
		);
		return { trial: pool.trial, poolSize: pool.poolSize };
	},
	run: ({ seconds }: { seconds: number }) => pool.run(seconds),
});

function createTask(
	{ accountId, votes }: Voter,
	{ threadId, authors }: Pick<VotesOptions, 'threadId' | 'authors'>,
): Task {
	let next = 0;
	return () => {
		const { postId, upvoted } = votes[next++ % votes.length]!;
		return async (client) => {
			if (upvoted)
				await client.query(
					'insert into upvotes (post_id, account_id, author_id) values ($1, $2, $3) on conflict do nothing',
					[postId, accountId, authors.get(postId)],
				);
			else
				await client.query('delete from upvotes where post_id = $1 and account_id = $2', [
					postId,
					accountId,
				]);
			const { rows: scores } = await client.query<{ score: number }>(
				'update scores set score = score + $2 where post_id = $1 and visible returning score',
				[postId, upvoted ? 1 : -1],
			);
			const { rows: threads } = await client.query<{ cursor: string }>(
				'update threads set cursor = cursor + 1 where id = $1 returning cursor',
				[threadId],
			);
			const event = { type: 'post.upvoted', postId, score: scores[0]!.score };
			await client.query('insert into events (topic, cursor, event) values ($1, $2, $3)', [
				`thread:${threadId}`,
				threads[0]!.cursor,
				JSON.stringify(event),
			]);
		};
	};
}
