/** Control: a bare pool that inserts a reply's rows, one transaction each. */
import { serve } from '../processes.ts';
import { openBestPool, type Task } from './transactions.ts';

export type RepliesOptions = {
	url: string;
	threadId: number;
	/** definitions or stories */
	answers: number[];
	accounts: number[];
	columns: { body: string; html: string; excerpt: string; wordCount: number };
	/** what the project writes as the event of such a reply */
	event: string;
};

let pool: Awaited<ReturnType<typeof openBestPool>>;

serve({
	async open(options: RepliesOptions) {
		const { url, accounts } = options;
		pool = await openBestPool(
			url,
			accounts.map((accountId, index) => createTask(accountId, index, options)),
		);
		return { trial: pool.trial, poolSize: pool.poolSize };
	},
	run: ({ seconds }: { seconds: number }) => pool.run(seconds),
});

function createTask(
	accountId: number,
	index: number,
	{ threadId, answers, columns, event }: RepliesOptions,
): Task {
	const { body, html, excerpt, wordCount } = columns;
	let next = index;
	return () => {
		const answerId = answers[next++ % answers.length]!;
		return async (client) => {
			const { rows: posts } = await client.query<{ id: number }>(
				`insert into posts (thread_id, answer_id, parent_id, depth, kind, author_id, body, html, excerpt, word_count)
				values ($1, $2, $2, 1, 'reply', $3, $4, $5, $6, $7) returning id`,
				[threadId, answerId, accountId, body, html, excerpt, wordCount],
			);
			await client.query('update scores set reply_count = reply_count + 1 where post_id = $1', [
				answerId,
			]);
			const { rows: participants } = await client.query<{ count: number }>(
				`insert into participants (thread_id, account_id, post_count) values ($1, $2, 1)
				on conflict (thread_id, account_id) do update set post_count = participants.post_count + 1
				returning post_count as count`,
				[threadId, accountId],
			);
			const { rows: threads } = await client.query<{ cursor: string }>(
				`update threads set cursor = cursor + 1, reply_count = reply_count + 1, member_count = member_count + $2
				where id = $1 returning cursor`,
				[threadId, participants[0]!.count === 1 ? 1 : 0],
			);
			await client.query(
				'insert into events (topic, cursor, event, post_id) values ($1, $2, $3, $4)',
				[`thread:${threadId}`, threads[0]!.cursor, event, posts[0]!.id],
			);
		};
	};
}
