import { parseArgs } from 'node:util';
import { ensureBuild } from '../server/build.ts';
import { createRandom } from './community.ts';
import {
	again,
	inventRead,
	type Known,
	pick,
	type Random,
	type Read,
} from './support/odd-requests.ts';
import { drawPicture, fileForm } from './support/pictures.ts';
import { openSetUp } from './support/set-up.ts';
import {
	type Answered,
	type RawHeaders,
	startTwins,
	toComparable,
	type Twins,
} from './support/twins.ts';

const usage = `Usage: node test/cache-safety.ts [--requests <number>] [--seed <number>]

Asks a server that keeps what it can, and one with every cache off on the same database, the same odd requests
of a reader and three members between writes, and compares their answers byte for byte.`;

const host = ['Host', 'one.example'];
const password = 'a password of some length';
/** Most of what is known that requests are made of: others would hardly ever meet. */
const mostKnown = { posts: 12, etags: 12 };

type Member = { handle: string; id: number; token: string };
type Difference = { read: Read; expected: string; found: string };
type Step = { reads: Read[] } | { write: string };

type Outcome = {
	seed: number;
	/** reads that were compared */
	requests: number;
	writes: number;
	/** answers that were compared, by status */
	statuses: Record<number, number>;
	/** what differed, with the shortest way to it that was found; null if nothing did */
	difference: string | null;
	problems: string[];
};

/** Plays `requests` reads and the writes between them on two servers of their own. */
export async function playRequests(options: {
	requests: number;
	seed?: number;
	onProgress?: (outcome: Outcome) => void;
}): Promise<Outcome> {
	const { requests, seed = 1, onProgress } = options;
	await ensureBuild({ info: () => {} });
	const twins = await startTwins();
	const random = createRandom(seed);
	const outcome: Outcome = {
		seed,
		requests: 0,
		writes: 0,
		statuses: {},
		difference: null,
		problems: [],
	};
	try {
		const members = await signUp(twins);
		const known = await readKnown(twins, members);
		const picture = await drawPicture({ width: 40, height: 40 });
		const steps: Step[] = [];
		while (outcome.requests < requests) {
			for (let writes = 1 + random() * 4; writes >= 1; writes--) {
				const write = await writeSomething(twins, { members, known, random, picture });
				steps.push({ write });
				outcome.writes++;
			}
			const spell = inventSpell(random, known);
			while (spell.left > 0) {
				const reads = pickBatch(random, spell, known);
				steps.push({ reads });
				const different = await compareBatch(twins, reads, { spell, known, outcome });
				if (different === null) continue;
				outcome.difference = await explain(twins, steps, different);
				return outcome;
			}
			if (steps.length > 400) steps.splice(0, 200);
			onProgress?.(outcome);
		}
		outcome.problems.push(...twins.complaints);
		return outcome;
	} finally {
		await twins.close();
	}
}

/** The first of them is the host, the second a moderator. */
async function signUp(twins: Twins): Promise<Member[]> {
	const members: Member[] = [];
	let setUp: string | undefined = await openSetUp(twins.databaseUrl);
	for (const handle of ['opener', 'first', 'second', 'third']) {
		const email = `${handle}@example.com`;
		const account = { handle, name: `Mx ${handle}`, email, password, setUp };
		setUp = undefined;
		const answer = await write(twins, null, 'POST', '/api/accounts', account);
		const { id } = JSON.parse(answer.body.toString());
		members.push({ handle, id, token: readToken(answer) });
	}
	const [first, ...others] = members;
	await write(twins, first!, 'PUT', '/api/members/first/role', { role: 'moderator' });
	for (const member of others)
		await write(twins, member, 'POST', '/api/threads/ownership/posts', {
			kind: 'definition',
			body: `What ${member.handle} says, done.`,
		});
	return members;
}

function readToken({ status, headers }: Answered): string {
	const cookie = headers.find(([name]) => name === 'set-cookie')?.[1];
	const token = cookie && /^session=([^;]+)/.exec(cookie)?.[1];
	if (!token) throw new Error(`No session was given, but ${status}`);
	return token;
}

async function readKnown({ kept }: Twins, members: Member[]): Promise<Known> {
	const page = await kept.ask({ method: 'GET', path: '/', headers: host });
	const html = page.body.toString();
	return {
		version: /"version":"([0-9a-f]+)"/.exec(html)![1]!,
		sessions: members.map(({ id, token }) => ({ accountId: id, token, isOver: false })),
		handles: members.map(({ handle }) => handle),
		postIds: [...html.matchAll(/id="post-(\d+)"/g)].map(([, id]) => Number(id)),
		etags: [],
		assets: [...new Set(html.match(/\/assets\/[^"]+/g))].slice(0, 4),
	};
}

/** A time without a write: what is asked in it, and what the server without caches answers, asked once. */
type Spell = { reads: Read[]; left: number; expected: Map<string, string> };

function inventSpell(random: Random, known: Known): Spell {
	const reads = Array.from({ length: 3 + Math.floor(random() * 24) }, () =>
		inventRead(random, known),
	);
	return { reads, left: 4 + Math.floor(random() ** 2 * 150), expected: new Map() };
}

/** Some that are asked at once: often the same, so that one waits for another. One session at most is aged, and asks once. */
function pickBatch(random: Random, spell: Spell, known: Known): Read[] {
	const first = pick(random, spell.reads);
	const others = Array.from({ length: Math.floor(random() * 5) }, () =>
		random() < 0.3 ? first : pick(random, spell.reads),
	);
	const reads = [first, ...others].map((read) => (random() < 0.08 ? again(read, known) : read));
	const aged = reads.findIndex((read) => read.aged);
	const token = reads[aged]?.aged?.token.slice(1, -1);
	const hasToken = ({ headers }: Read) =>
		token !== undefined && headers.some((value) => value.includes(token));
	const batch = reads.filter((read, at) => at === aged || !(read.aged || hasToken(read)));
	spell.left -= batch.length;
	return batch;
}

const nameRead = (read: Read): string => JSON.stringify(read);

/** Asks both servers; what differed, or null. */
async function compareBatch(
	{ kept, plain }: Twins,
	reads: Read[],
	{
		spell: { expected },
		known,
		outcome,
	}: { spell: Pick<Spell, 'expected'>; known: Known; outcome: Outcome },
): Promise<Difference | null> {
	for (const read of reads) {
		if (expected.has(nameRead(read))) continue;
		if (read.aged) await plain.age(read.aged);
		const answer = await plain.ask(read);
		expected.set(nameRead(read), toComparable(answer, read.method));
	}
	const aged = reads.find((read) => read.aged)?.aged;
	if (aged) await kept.age(aged);
	const answers = await Promise.all(reads.map((read) => kept.ask(read)));
	if (aged) await kept.age({ ...aged, days: 30 });
	for (const [at, answer] of answers.entries()) {
		const read = reads[at]!;
		outcome.requests++;
		outcome.statuses[answer.status] = (outcome.statuses[answer.status] ?? 0) + 1;
		const etag = answer.headers.find(([name]) => name === 'etag')?.[1];
		if (etag && !known.etags.includes(etag)) {
			known.etags.push(etag);
			known.etags.splice(0, known.etags.length - mostKnown.etags);
		}
		const found = toComparable(answer, read.method);
		if (found !== expected.get(nameRead(read)))
			return { read, expected: expected.get(nameRead(read))!, found };
	}
	return null;
}

function write(
	{ kept }: Twins,
	member: Member | null,
	method: string,
	path: string,
	body?: object | Buffer,
	headers: RawHeaders = ['Content-Type', 'application/json'],
): Promise<Answered> {
	const bytes = body && (Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)));
	const sent = [...host, ...(member ? ['Cookie', `session=${member.token}`] : [])];
	if (bytes) sent.push(...headers, 'Content-Length', String(bytes.length));
	return kept.ask({ method, path, headers: sent, body: bytes });
}

type Writing = { members: Member[]; known: Known; random: Random; picture: Buffer };

/** Whatever may change a page, refused or not; names it. */
async function writeSomething(
	twins: Twins,
	{ members, known, random, picture }: Writing,
): Promise<string> {
	const member = pick(random, members);
	const other = pick(random, members);
	const [moderator] = members as [Member];
	const id = pick(random, known.postIds.slice(-6));
	const number = Math.floor(random() * 1e6);
	const on = random() < 0.5;
	const post = `/api/posts/${id}`;
	const reason = `For a reason of ${number}.`;
	const send = async (by: Member, method: string, path: string, body?: object) => {
		const answer = await write(twins, by, method, path, body);
		if (answer.status === 201 && method === 'POST')
			known.postIds.push((JSON.parse(answer.body.toString()) as { id: number }).id);
		known.postIds.splice(0, known.postIds.length - mostKnown.posts);
		return `${by.handle}: ${method} ${path} ${JSON.stringify(body)} → ${answer.status}`;
	};
	const dice = random();
	if (dice < 0.3) return send(member, on ? 'PUT' : 'DELETE', `${post}/upvote`);
	if (dice < 0.4)
		return send(member, 'POST', `${post}/replies`, { body: `*Reply* ${number} with **words**.` });
	if (dice < 0.45)
		return send(member, 'POST', '/api/threads/ownership/posts', {
			kind: 'story',
			title: `Story ${number}`,
			body: `It stood in the rain for ${number} days.`,
			practices: ['see-the-whole-job'],
		});
	if (dice < 0.48)
		return send(member, 'POST', '/api/threads/ownership/posts', {
			kind: 'definition',
			body: `doing what ${number} others leave.`,
		});
	if (dice < 0.6) return send(member, 'PATCH', post, { body: `Revised ${number} times.` });
	if (dice < 0.63) return send(member, 'DELETE', post);
	if (dice < 0.7) return send(moderator, on ? 'PUT' : 'DELETE', `${post}/removal`, { reason });
	if (dice < 0.76)
		return send(moderator, on ? 'PUT' : 'DELETE', `${post}/feature`, { note: reason });
	if (dice < 0.8)
		return send(moderator, on && random() < 0.5 ? 'PUT' : 'DELETE', '/api/threads/ownership/lock');
	const account = `/api/members/${other.handle}`;
	if (dice < 0.86)
		return send(moderator, on && random() < 0.5 ? 'PUT' : 'DELETE', `${account}/suspension`, {
			reason,
		});
	if (dice < 0.9)
		return send(moderator, 'PUT', `${account}/role`, { role: on ? 'moderator' : 'member' });
	if (dice < 0.94) return send(member, 'PATCH', '/api/me', { hidden: on });
	if (dice < 0.97) {
		if (!on) return send(member, 'DELETE', '/api/me/avatar');
		const { payload, headers } = fileForm(picture);
		const form = ['Content-Type', headers['content-type']];
		const { status } = await write(twins, member, 'PUT', '/api/me/avatar', payload, form);
		return `${member.handle}: PUT /api/me/avatar → ${status}`;
	}
	const before = member.token;
	if (on) {
		await write(twins, member, 'DELETE', '/api/session');
		known.sessions.find(({ token }) => token === before)!.isOver = true;
	}
	const email = `${member.handle}@example.com`;
	const signedIn = await write(twins, null, 'POST', '/api/session', { email, password });
	member.token = readToken(signedIn);
	known.sessions.push({ accountId: member.id, token: member.token, isOver: false });
	const isOld = ({ token }: { token: string }) => members.every((each) => each.token !== token);
	if (known.sessions.length > 2 * members.length)
		known.sessions.splice(known.sessions.findIndex(isOld), 1);
	return `${member.handle}: ${on ? `signs out of ${before} and` : 'signs'} in as ${member.token}`;
}

/** The difference, and the fewest reads before it that bring it about on empty caches; else what came before. */
async function explain(twins: Twins, steps: Step[], { read, ...texts }: Difference) {
	const before = steps.flatMap((step) => ('reads' in step ? step.reads : []));
	const outcome = { requests: 0, statuses: {} } as Outcome;
	const known = { etags: [] as string[] } as Known;
	const spell = { expected: new Map<string, string>() };
	const differs = async (reads: Read[]) => {
		twins.kept.forget();
		for (const each of [...reads, read])
			if (await compareBatch(twins, [each], { spell, known, outcome })) return true;
		return false;
	};
	let tail: Read[] | null = null;
	for (let count = 1; !tail && count <= Math.min(before.length, 256); count *= 2)
		if (await differs(before.slice(-count))) tail = before.slice(-count);
	for (let at = 0; tail && at < tail.length;)
		if (await differs(tail.toSpliced(at, 1))) tail.splice(at, 1);
		else at++;
	const way = tail?.map(nameRead) ?? steps.slice(-12).map((step) => JSON.stringify(step));
	return [
		tail ? 'On empty caches, after' : 'Not again on empty caches, but after',
		...way.map((line) => `  ${line}`),
		`${nameRead(read)} was answered`,
		...showDifference(texts),
	].join('\n');
}

/** Where two answers part, with a little around it. */
function showDifference({ expected, found }: Omit<Difference, 'read'>): string[] {
	let at = 0;
	while (at < found.length && found[at] === expected[at]) at++;
	const show = (text: string) =>
		`${JSON.stringify(text.slice(0, 300))} … ${JSON.stringify(text.slice(Math.max(0, at - 60), at + 200))}`;
	return [`  ${show(found)}`, 'in place of', `  ${show(expected)}`];
}

async function main(): Promise<void> {
	const options = {
		requests: { type: 'string', default: '100000' },
		seed: { type: 'string', default: '1' },
		help: { type: 'boolean', short: 'h' },
	} as const;
	const { values } = parseArgs({ options });
	const requests = Number(values.requests);
	if (values.help || !(requests > 0)) {
		console.log(usage);
		process.exitCode = values.help ? 0 : 2;
		return;
	}
	let shown = 0;
	const outcome = await playRequests({
		requests,
		seed: Number(values.seed),
		onProgress({ requests: done, writes }) {
			if (done < shown) return;
			shown += requests / 20;
			console.log(`${done} of ${requests} requests, ${writes} writes`);
		},
	});
	const { difference, problems } = outcome;
	for (const problem of problems) console.error(problem);
	if (difference !== null) console.error(difference);
	console.log(
		`seed ${outcome.seed}: ${outcome.requests} requests, ${outcome.writes} writes, ` +
			`by status ${JSON.stringify(outcome.statuses)}: ` +
			(difference === null ? 'no difference' : 'a difference'),
	);
	process.exitCode = problems.length > 0 || difference !== null ? 1 : 0;
}

if (import.meta.main) await main();
