import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { ensureBuild } from '../server/build.ts';
import type { Thread } from '../server/threads/schema.ts';
import { query } from './support/embedded-process.ts';
import { Mirror, type PostState } from './support/mirror.ts';
import {
	type Postgres,
	type ServerProcess,
	startPostgres,
	startRedis,
	startServer,
} from './support/servers.ts';
import { openSetUp } from './support/set-up.ts';
import { createRandom, type Ledger, Writer } from './support/writer.ts';

const usage = `Usage: node test/chaos.ts [--seconds <number>] [--sockets <number>] [--writers <number>]
                          [--bus postgres|redis] [--seed <number>]

Three servers on one database, with sockets that follow and writers that write, while servers are killed
(kill -9) and started again, PostgreSQL is restarted once and Redis twice. Every socket must end with every
cursor in order, none twice, and with what the database says.`;

const slug = 'ownership';
const serverCount = 3;

type Options = {
	seconds: number;
	sockets: number;
	writers: number;
	bus: 'postgres' | 'redis';
	seed?: number;
};

type Outcome = {
	problems: string[];
	/** the thread's last cursor */
	cursor: number;
	acknowledged: number;
	repeated: number;
	kills: number;
	restarts: { postgres: number; redis: number };
	/** how often sockets were subscribed, and given a reset */
	connections: number;
	resets: number;
	/** events that all sockets together were sent */
	received: number;
	/** posts that are visible at the end */
	visible: number;
};

type Redis = Awaited<ReturnType<typeof startRedis>>;
type Stage = { servers: ServerProcess[]; postgres: Postgres; redis: Redis | null };

/** Plays one round of chaos on an installation of its own. */
export async function playChaos(options: Options): Promise<Outcome> {
	const { seconds, bus, seed = 1 } = options;
	await ensureBuild({ info: () => {} });
	const closing: (() => Promise<unknown>)[] = [];
	try {
		const postgres = await startPostgres();
		closing.push(postgres.close);
		const redis = bus === 'redis' ? await startRedis() : null;
		if (redis) closing.push(redis.close);
		const settings = {
			DATABASE_URL: postgres.url,
			SEED: 'none',
			RATE_LIMIT: 'off',
			LOG_LEVEL: 'warn',
			...(redis && { REDIS_URL: redis.url }),
		};
		const starting = Array.from({ length: serverCount }, () => startServer(settings));
		closing.push(async () => {
			for (const started of await Promise.allSettled(starting))
				if (started.status === 'fulfilled') await started.value.close();
		});
		const servers = await Promise.all(starting);
		const stage: Stage = { servers, postgres, redis };
		const urls = servers.map(({ url }) => url);
		const thread = await readThread(urls[0]!);

		const ledger: Ledger = {
			slug,
			known: [],
			bodies: new Map(),
			acknowledged: 0,
			repeated: 0,
			problems: [],
		};
		const writers = await signUp(options.writers, {
			urls,
			ledger,
			seed,
			setUp: await openSetUp(postgres.url),
		});
		const mirrors = Array.from(
			{ length: options.sockets },
			(_, n) => new Mirror({ urls, thread, random: createRandom(seed * 1e6 + n) }),
		);
		closing.push(async () => mirrors.forEach((mirror) => mirror.close()));

		const isOver = { yes: false };
		const writing = writers.map(async (writer, n) => {
			const random = createRandom(seed * 2e6 + n);
			while (!isOver.yes) {
				await writer.write();
				await sleep(random() * 80);
			}
		});
		const fates = await wreak(stage, { seconds, mirrors, random: createRandom(seed) });
		isOver.yes = true;
		await Promise.all(writing);

		const [[cursor] = []] = await query(postgres.url, `select cursor::int from threads`);
		if (typeof cursor !== 'number') throw new Error('There is no thread.');
		await waitFor(60_000, () => mirrors.every((mirror) => mirror.hasCome(cursor)));
		const stored = await readDatabase(postgres.url);
		const problems = [
			...ledger.problems,
			...compareAll(mirrors, { cursor, posts: stored.posts }),
			...stored.problems,
			...findLosses(ledger, stored.bodies),
			...(await stopServers(servers)),
		];
		const sum = (count: (mirror: Mirror) => number) =>
			mirrors.reduce((total, mirror) => total + count(mirror), 0);
		const { acknowledged, repeated } = ledger;
		return {
			problems,
			cursor,
			acknowledged,
			repeated,
			...fates,
			connections: sum((mirror) => mirror.connections),
			resets: sum((mirror) => mirror.resets),
			received: sum((mirror) => mirror.events),
			visible: [...stored.posts.values()].filter(({ visible }) => visible).length,
		};
	} finally {
		for (const close of closing.toReversed()) await close();
	}
}

async function readThread(url: string): Promise<Thread> {
	return (await (await fetch(`${url}/api/threads/${slug}`)).json()) as Thread;
}

/** The first is the host, and the next two are moderators. */
async function signUp(
	count: number,
	{ urls, ledger, seed, setUp }: { urls: string[]; ledger: Ledger; seed: number; setUp: string },
): Promise<Writer[]> {
	const writers = Array.from(
		{ length: count },
		(_, n) => new Writer(`writer_${n + 1}`, { urls, ledger, random: createRandom(seed * 3e6 + n) }),
	);
	const [host, ...others] = writers;
	await host!.signUp(setUp);
	await Promise.all(others.map((writer) => writer.signUp()));
	for (const { handle } of others.slice(0, 2))
		await host!.send('PUT', `/api/members/${handle}/role`, { role: 'moderator' });
	for (const writer of writers.slice(0, 3)) writer.isModerator = true;
	return writers;
}

/** Kills and starts again, always leaving two servers; comes back when all are there again. */
async function wreak(
	{ servers, postgres, redis }: Stage,
	{ seconds, mirrors, random }: { seconds: number; mirrors: Mirror[]; random: () => number },
): Promise<Pick<Outcome, 'kills' | 'restarts'>> {
	const start = performance.now();
	const elapsed = () => (performance.now() - start) / 1000 / seconds;
	const restarts = { postgres: 0, redis: 0 };
	let kills = 0;
	const isDone = () => restarts.postgres > 0 && (!redis || restarts.redis === 2) && kills > 2;
	while (elapsed() < 1 || !isDone()) {
		for (const mirror of mirrors) if (random() < 0.02) mirror.rest(500 + random() * 9_000);
		await sleep(300 + random() * 1_200);
		const victim = servers[kills++ % servers.length]!;
		await victim.kill();
		if (restarts.postgres === 0 && elapsed() > 0.4) {
			await postgres.restart();
			restarts.postgres++;
		}
		if (redis && restarts.redis < 2 && elapsed() > 0.3 + 0.3 * restarts.redis) {
			await redis.kill();
			await sleep(500 + random() * 500);
			await redis.start();
			restarts.redis++;
		}
		await sleep(random() * 700);
		await victim.start();
	}
	return { kills, restarts };
}

async function waitFor(patience: number, isDone: () => boolean): Promise<void> {
	for (const end = Date.now() + patience; !isDone() && Date.now() < end;) await sleep(50);
}

/** What the rows say, and where they contradict each other. */
async function readDatabase(url: string) {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	try {
		const { rows } = await client.query<PostState & { id: number; votes: number; live: boolean }>(`
			select posts.id, answer_id as "answerId", posts.body, score, posts.visible,
				case when features.post_id is null then null else coalesce(features.note, '') end as feature,
				(select count(*)::int from upvotes where post_id = posts.id) as votes,
				deleted_at is null as live
			from posts join scores on scores.post_id = posts.id left join features on features.post_id = posts.id`);
		const { rows: cursors } = await client.query<{ cursor: number }>(`
			select threads.cursor::int as cursor from threads where slug = '${slug}' and threads.cursor <>
				(select count(*) from events where topic = 'thread:' || threads.id)`);
		const contradictions = rows.filter(({ score, votes }) => score !== votes);
		return {
			posts: new Map(rows.map(({ id, ...post }) => [id, post as PostState])),
			bodies: new Map(rows.map(({ id, body, live }) => [id, live ? body : null])),
			problems: [
				...contradictions.map(
					({ id, score, votes }) => `post ${id} has score ${score} and ${votes} votes`,
				),
				...cursors.map(({ cursor }) => `the thread is at ${cursor} without as many events`),
			],
		};
	} finally {
		await client.end();
	}
}

function compareAll(
	mirrors: Mirror[],
	{ cursor, posts }: { cursor: number; posts: Map<number, PostState> },
): string[] {
	return mirrors.flatMap((mirror, n) => {
		const problems = [...mirror.problems];
		if (!mirror.hasCome(cursor)) problems.push(`ended at ${mirror.last} instead of ${cursor}`);
		else problems.push(...compare(mirror, posts));
		if (mirror.resets === 0 && mirror.events !== mirror.last)
			problems.push(`got ${mirror.events} events up to ${mirror.last}`);
		return problems.slice(0, 5).map((problem) => `socket ${n}: ${problem}`);
	});
}

/**
 * A visible post must be the same on both sides. The answer above a reply may be deleted: no list leads to
 * such a conversation, so a socket that was reset need not know it.
 */
function compare(mirror: Mirror, posts: Map<number, PostState>): string[] {
	const ids = new Set([...posts.keys(), ...mirror.posts.keys()]);
	return [...ids].flatMap((id) => {
		const stored = posts.get(id);
		const mirrored = mirror.posts.get(id);
		if (!stored?.visible && !mirrored?.visible) return [];
		if (mirror.resets > 0 && stored && !posts.get(stored.answerId)?.visible) return [];
		const [own, other] = [stored, mirrored].map((post) => post && describe(post));
		return own === other ? [] : [`post ${id} is ${other} instead of ${own}`];
	});
}

const describe = ({ body, score, feature, visible }: PostState) =>
	JSON.stringify([visible, score, feature, body.slice(0, 60), body.length]);

/** Posts that were acknowledged and are not there, or are there twice. */
function findLosses(ledger: Ledger, bodies: Map<number, string | null>): string[] {
	const lost = [...ledger.bodies.values()]
		.filter((id) => !bodies.has(id))
		.map((id) => `post ${id} was acknowledged and is not there`);
	const written = [...bodies.values()].filter((body) => body !== null);
	const seen = new Set<string>();
	const twice = written.filter((body) => seen.size === seen.add(body).size);
	return [...lost, ...twice.map((body) => `there twice: ${body.slice(0, 60)}`)];
}

/** Stops the servers in good order; their logs may tell of a database that was away and of nothing worse. */
async function stopServers(servers: ServerProcess[]): Promise<string[]> {
	const problems: string[] = [];
	for (const server of servers) {
		const code = await server.stop();
		const lastWords = server.readLog().trim().split('\n').at(-1);
		if (code !== 0)
			problems.push(`a server ended with ${code} when it was stopped, saying ${lastWords}`);
		if (server.accidents > 0) problems.push(`a server ended by itself ${server.accidents} times`);
		const broken = server
			.readLog()
			.split('\n')
			.find((line) => /Something broke here|"level":60/.test(line));
		if (broken) problems.push(`a server logged ${broken}`);
	}
	return problems;
}

if (import.meta.main) {
	const { values } = parseArgs({
		options: {
			seconds: { type: 'string', default: '60' },
			sockets: { type: 'string', default: '200' },
			writers: { type: 'string', default: '16' },
			bus: { type: 'string', default: 'postgres' },
			seed: { type: 'string', default: '1' },
			help: { type: 'boolean', default: false },
		},
	});
	const numbers = {
		seconds: Number(values.seconds),
		sockets: Number(values.sockets),
		writers: Number(values.writers),
		seed: Number(values.seed),
	};
	const { seconds, sockets, writers } = numbers;
	if (values.help || !(seconds > 0 && sockets > 0 && writers > 2)) console.log(usage);
	else {
		const bus = values.bus === 'redis' ? 'redis' : 'postgres';
		const { problems, ...figures } = await playChaos({ ...numbers, bus });
		for (const problem of problems.slice(0, 40)) console.log(problem);
		console.log(JSON.stringify({ bus, seconds, sockets, writers, ...figures }));
		console.log(problems.length === 0 ? 'All sockets agree.' : `${problems.length} problems.`);
		process.exitCode = problems.length === 0 ? 0 : 1;
	}
}
