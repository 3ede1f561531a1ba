import { setTimeout as sleep } from 'node:timers/promises';
import { alternate, type Bench, type Measure, median } from '../bench.ts';
import { startWorker, type Worker } from '../processes.ts';
import type { Receipt, SocketsOptions } from '../sockets.ts';
import type { Member } from '../members.ts';
import type { Stage } from '../stage.ts';

const sockets = 2_000;
const threadId = 1;
/** Longer than the hub holds back what follows a frame, so that each reply is sent at once. */
const pause = 300;

export const fanOut: Bench = {
	name: 'fan-out',
	about: `a reply on its way to ${sockets} sockets`,
	async run(options) {
		const stage = await options.openStage();
		const { rows } = await stage.pool.query<{ id: number }>(
			'select id from posts where thread_id = $1 and depth = 0 and visible order by id limit 1',
			[threadId],
		);
		const [member] = await stage.join(1);
		const [readers, bareReaders, bare] = [
			startWorker('sockets.ts'),
			startWorker('sockets.ts'),
			startWorker('controls/sockets.ts'),
		];
		for (const { close } of [readers, bareReaders, bare]) options.defer(close);
		const url = await bare.ask<string>('open');
		const topic = `thread:${threadId}`;
		await readers.ask('open', { url: stage.server.url, sockets, topic } satisfies SocketsOptions);
		await bareReaders.ask('open', { url, sockets } satisfies SocketsOptions);
		await sleep(2_000);

		const send = () => commitReply(stage, { member: member!, answerId: rows[0]!.id });
		const { frame } = await time(readers, send);
		const broadcast = () => bare.ask<number>('broadcast', frame);
		const [project, control] = await alternate(
			[
				{ name: 'project', measure: (seconds) => repeat(readers, { send, seconds }) },
				{
					name: 'bare',
					measure: (seconds) => repeat(bareReaders, { send: broadcast, seconds }),
				},
			],
			options,
			options.report,
		);
		return [
			{
				name: 'fan-out',
				unit: 'ms',
				project: project!,
				control: control!,
				controlName: 'a bare ws server that sends the same bytes',
				compare: 'ratio',
				target: { atMost: 1.5 },
				notes: [
					`${sockets} sockets, ${frame.length} bytes; from the commit of a reply, as PostgreSQL dates it before its flush, to the last socket's receipt`,
					'the control is timed from the moment that it begins to send',
				],
			},
		];
	},
};

/** The median of some, about three a second. */
async function repeat(
	readers: Worker,
	{ send, seconds }: { send: () => Promise<number>; seconds: number },
): Promise<Measure> {
	const times: number[] = [];
	for (let count = Math.max(3, Math.round(seconds * 3)); count > 0; count--) {
		await sleep(pause);
		times.push((await time(readers, send)).milliseconds);
	}
	return { value: median(times) };
}

async function time(readers: Worker, send: () => Promise<number>) {
	await readers.ask('arm');
	const start = await send();
	const { last, frame } = await readers.ask<Receipt>('receive');
	return { milliseconds: last - start, frame };
}

/** Writes a reply; returns when it was committed, in ms since 1970. */
async function commitReply(
	{ server, pool }: Stage,
	{ member, answerId }: { member: Member; answerId: number },
): Promise<number> {
	const response = await fetch(`${server.url}/api/posts/${answerId}/replies`, {
		method: 'POST',
		headers: { cookie: member.cookie, 'content-type': 'application/json' },
		body: JSON.stringify({
			body: 'Ask *before* the customer asks, and write down what you promised.',
		}),
	});
	if (response.status !== 201) throw new Error(`A reply was answered ${response.status}.`);
	const { id } = (await response.json()) as { id: number };
	const { rows } = await pool.query<{ time: string }>(
		'select extract(epoch from pg_xact_commit_timestamp(xmin)) * 1000 as time from posts where id = $1',
		[id],
	);
	return Number(rows[0]!.time);
}
