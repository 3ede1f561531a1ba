import { deriveColumns } from '../../../server/posts/texts.ts';
import { alternate, type Bench } from '../bench.ts';
import type { RepliesOptions } from '../controls/replies.ts';
import { openHttpSide } from '../http.ts';
import { openPoolSide } from '../pool.ts';
import type { Member } from '../members.ts';
import type { Stage } from '../stage.ts';
import { checkThread, readCursor } from '../truth.ts';

const writers = 64;
const answers = 50;
const threadId = 1;

const body = `I used to say **“it was out of my hands”** whenever a delivery slipped. Then a customer asked me whose hands it
was in, and I did not know.

- I called the plant *before* the customer called me
- I wrote down what I had promised, and to whom

It is not much. See [how we plan](https://weigh-in.example/plan) for the rest.`;

export const reply: Bench = {
	name: 'reply',
	about: 'replies to 50 posts',
	async run(options) {
		const stage = await options.openStage();
		const { server, databaseUrl: url, pool } = stage;
		const { rows } = await pool.query<{ id: number }>(
			'select id from posts where thread_id = $1 and depth = 0 and visible order by id limit $2',
			[threadId, answers],
		);
		const ids = rows.map(({ id }) => id);
		const members = await stage.join(writers);
		const others = await stage.join(writers);
		const event = await readEvent(stage, { member: members[0]!, answerId: ids[0]! });
		const before = await readCursor(pool, threadId);
		const project = await openHttpSide(options, {
			name: 'project',
			pid: server.pid,
			load: {
				url: server.url,
				status: 201,
				connections: members.map(({ cookie }, index) => ({
					headers: { cookie },
					requests: ids.map((_, place) => ({
						method: 'POST',
						path: `/api/posts/${ids[(place + index) % answers]}/replies`,
						body: JSON.stringify({ body }),
					})),
				})),
			},
		});
		const bare = await openPoolSide(options, 'controls/replies.ts', {
			url,
			threadId,
			answers: ids,
			accounts: others.map(({ id }) => id),
			columns: deriveColumns('reply', body),
			event,
		} satisfies RepliesOptions);
		const [own, transactions] = await alternate([project, bare.side], options, options.report);
		const made = project.total.requests + bare.made();
		await checkThread(pool, { threadId, cursor: before + made });
		return [
			{
				name: 'reply',
				unit: '/s',
				project: own!,
				control: transactions!,
				controlName: 'a bare pool that inserts the same rows, one transaction each',
				compare: 'ratio',
				target: { atLeast: 1 },
				notes: [
					`${writers} members on as many connections, ${answers} posts of one thread, ${body.length} characters of Markdown; each is answered 201`,
					`afterwards all counts agree, and ${made} replies have made ${made} events with consecutive cursors`,
					`${writers} tasks on a pool of ${bare.size}, the best of 8, 16 and 32; their Markdown is rendered already`,
				],
			},
		];
	},
};

/** What the project writes as the event of a reply. */
async function readEvent(
	{ server, pool }: Stage,
	{ member, answerId }: { member: Member; answerId: number },
): Promise<string> {
	const response = await fetch(`${server.url}/api/posts/${answerId}/replies`, {
		method: 'POST',
		headers: { cookie: member.cookie, 'content-type': 'application/json' },
		body: JSON.stringify({ body }),
	});
	if (response.status !== 201) throw new Error(`A reply was answered ${response.status}.`);
	const { id } = (await response.json()) as { id: number };
	const { rows } = await pool.query<{ event: string }>(
		'select event::text from events where post_id = $1',
		[id],
	);
	return rows[0]!.event;
}
