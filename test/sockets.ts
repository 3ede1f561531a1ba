import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensureBuild } from '../server/build.ts';
import type { Thread } from '../server/threads/schema.ts';
import { query } from './support/embedded-process.ts';
import { type Postgres, startPostgres, startServer } from './support/servers.ts';
import type { Crowd, CrowdReport } from './support/crowd.ts';
import { createRandom, type Ledger, Writer } from './support/writer.ts';

const usage = `Usage: node test/sockets.ts [--sockets <number>] [--slow <share>] [--megabytes <number>]

Opens sockets on one thread from another process, a share of which stop reading, and writes so many megabytes
of events, each as soon as the reading ones have the one before. They must get every event in order, and the
server's memory must stay within its bound. The system itself takes some megabytes for a socket that does not
read before the server has to keep anything.`;

/** Bytes that may wait for one slow socket: the hub's bound and the largest frame that may come on top. */
const boundEach = 262_144 + 131_072;
/** What a socket may cost a server by itself, in bytes, with its subscription. */
const costEach = 40_960;
/** What the server may need for the writing itself, in bytes, whatever the number of sockets. */
const costOfWork = 209_715_200;

type Options = { sockets: number; slow: number; megabytes: number };

type Outcome = {
	problems: string[];
	/** resident memory of the server, in megabytes; `bound` is what `during` may reach */
	memory: { before: number; connected: number; during: number; after: number; bound: number };
	/** memory of one connected socket, in kilobytes */
	perSocket: number;
	events: number;
	/** events that all reading sockets together got */
	received: number;
	slow: number;
	/** how often slow sockets got a `reset` after they read again: their queue had been given up */
	resets: number;
	/** slow sockets that had not answered two pings when they were to read again, and were closed */
	closed: number;
};

/** Plays a crowd on a server of its own, to which `sockets` are connected, `slow` of them not reading. */
export async function playCrowd({ sockets, slow, megabytes }: Options): Promise<Outcome> {
	await ensureBuild({ info: () => {} });
	const postgres = await startPostgres();
	try {
		return await playOn(postgres, { sockets, slow, megabytes });
	} finally {
		await postgres.close();
	}
}

async function playOn(postgres: Postgres, { sockets, slow, megabytes }: Options): Promise<Outcome> {
	const server = await startServer({
		DATABASE_URL: postgres.url,
		SEED: 'none',
		RATE_LIMIT: 'off',
		LOG_LEVEL: 'warn',
	});
	const crowd = fork(path.join(import.meta.dirname, 'support/crowd.ts'));
	try {
		const { pid } = server.process;
		const read = () => readMemory(pid!);
		const { id, slug } = (await (
			await fetch(`${server.url}/api/threads/ownership`)
		).json()) as Thread;
		const ledger: Ledger = {
			slug,
			known: [],
			bodies: new Map(),
			acknowledged: 0,
			repeated: 0,
			problems: [],
		};
		const writer = new Writer('writer', { urls: [server.url], ledger, random: createRandom(1) });
		const voter = new Writer('voter', { urls: [server.url], ledger, random: createRandom(2) });
		await writer.signUp();
		await voter.signUp();

		const before = await read();
		const slowCount = Math.round(sockets * slow);
		const topic = `thread:${id}`;
		await ask(crowd, { ask: 'connect', url: server.url, topic, sockets, slow: slowCount });
		const connected = await read();

		let during = connected;
		const body = 'And so it went on, all day. '.repeat(700);
		const problems: string[] = [];
		let events = 0;
		let received = 0;
		for (let written = 0; written < megabytes * 1e6 && problems.length === 0;) {
			const story = { kind: 'story', title: 'A long day', body: `${written} ${body}` };
			const { body: post } = await writer.send('POST', `/api/threads/${slug}/posts`, story);
			await voter.send('PUT', `/api/posts/${(post as { id: number }).id}/upvote`);
			during = Math.max(during, await read());
			written += 2 * body.length;
			events += 2;
			const report = await ask(crowd, { ask: 'await', cursor: events });
			({ received } = report);
			problems.push(...report.problems);
			during = Math.max(during, await read());
		}
		const [[cursor] = []] = await query(postgres.url, 'select cursor::int from threads');
		if (cursor !== events) problems.push(`the thread has come to ${cursor} instead of ${events}`);
		const { resets, closed, ...late } = await ask(crowd, { ask: 'resume', cursor: events });
		problems.push(...late.problems);
		await sleep(1_000);
		const after = await read();

		const bound = connected + slowCount * boundEach + costOfWork;
		if (during > bound) problems.push(`the server has come to ${during} bytes, beyond ${bound}`);
		const perSocket = (connected - before) / sockets;
		if (sockets >= 1_000 && perSocket > costEach)
			problems.push(`a socket costs ${perSocket} bytes, more than ${costEach}`);
		if (server.accidents > 0) problems.push('the server has ended by itself');
		const megabyte = (bytes: number) => Math.round(bytes / 1e5) / 10;
		return {
			problems: [...ledger.problems, ...problems],
			memory: {
				before: megabyte(before),
				connected: megabyte(connected),
				during: megabyte(during),
				after: megabyte(after),
				bound: megabyte(bound),
			},
			perSocket: Math.round(perSocket / 100) / 10,
			events,
			received,
			slow: slowCount,
			resets,
			closed,
		};
	} finally {
		crowd.kill('SIGKILL');
		await server.close();
	}
}

async function ask(crowd: ReturnType<typeof fork>, question: Crowd): Promise<CrowdReport> {
	const over = new AbortController();
	const { signal } = over;
	const ending = once(crowd, 'exit', { signal }).then(() => {
		throw new Error('The process with the sockets has ended.');
	});
	ending.catch(() => {});
	crowd.send(question);
	const [report] = await Promise.race([once(crowd, 'message', { signal }), ending]);
	over.abort();
	return report as CrowdReport;
}

/** A process' resident memory, in bytes. */
async function readMemory(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, 'latin1');
	return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
}

if (import.meta.main) {
	const { values } = parseArgs({
		options: {
			sockets: { type: 'string', default: '10000' },
			slow: { type: 'string', default: '0.1' },
			megabytes: { type: 'string', default: '5' },
			help: { type: 'boolean', default: false },
		},
	});
	const options = {
		sockets: Number(values.sockets),
		slow: Number(values.slow),
		megabytes: Number(values.megabytes),
	};
	if (values.help || !(options.sockets > 0 && options.slow < 1 && options.megabytes > 0))
		console.log(usage);
	else {
		const { problems, ...figures } = await playCrowd(options);
		for (const problem of problems.slice(0, 40)) console.log(problem);
		console.log(JSON.stringify({ ...options, ...figures }));
		console.log(problems.length === 0 ? 'All is well.' : `${problems.length} problems.`);
		process.exitCode = problems.length === 0 ? 0 : 1;
	}
}
