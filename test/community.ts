import { parseArgs } from 'node:util';
import pg from 'pg';
import { WebSocket } from 'ws';
import type { LiveEvent, ServerFrame } from '../server/live/schema.ts';
import type { Post, PostPageProps } from '../server/posts/schema.ts';
import type { List } from '../server/schema.ts';
import type { Thread } from '../server/threads/schema.ts';

const usage = `Usage: node test/community.ts --url <address> --set-up <token> [--database <address>] [--seed <number>]

Signs up 20 members on a server that was started with SEED=none and RATE_LIMIT=off and has printed a link with the token, lets them post, vote,
reply, revise and feature at the same time with sockets open, and then compares what the API, the pages, the
sockets and, with --database, the rows say.`;

const slug = 'ownership';
const memberCount = 20;
const socketsEach = 3;
const roundsEach = 14;

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Answer = { status: number; body: unknown };

/** Somebody who uses the public API with a session. */
export class Participant {
	readonly url: string;
	readonly handle: string;
	cookie = '';
	id = 0;
	role = '';

	constructor(url: string, handle: string) {
		this.url = url;
		this.handle = handle;
	}

	/** @param setUp the token of a link that makes its bearer the host */
	async signUp(setUp?: string): Promise<void> {
		const { handle } = this;
		const account = {
			handle,
			name: handle.replaceAll('_', ' '),
			email: `${handle}@example.com`,
			password: 'a password of some length',
			setUp,
		};
		const { status, body } = await this.send('POST', '/api/accounts', account);
		if (status !== 201) throw new Error(`${handle} could not sign up: ${JSON.stringify(body)}`);
		Object.assign(this, body as { id: number; role: string });
	}

	/** @throws where no answer comes */
	async send(method: Method, path: string, body?: object, key?: string): Promise<Answer> {
		const response = await fetch(this.url + path, {
			method,
			headers: {
				...(this.cookie && { cookie: this.cookie }),
				...(body && { 'content-type': 'application/json' }),
				...(key && { 'idempotency-key': key }),
			},
			body: body && JSON.stringify(body),
			signal: AbortSignal.timeout(30_000),
		});
		const cookie = response.headers.getSetCookie()[0];
		if (cookie) this.cookie = cookie.split(';')[0]!;
		const text = await response.text();
		return { status: response.status, body: text ? JSON.parse(text) : null };
	}

	/** @throws for every answer but 2xx */
	async get<T>(path: string): Promise<T> {
		const { status, body } = await this.send('GET', path);
		if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
		return body as T;
	}
}

/** Follows a topic, through losses of its socket too, and keeps every event in the order of its arrival. */
export class Follower {
	readonly received: { cursor: number; event: LiveEvent }[] = [];
	resets = 0;
	/** the cursor of the last event or answer */
	last: number;
	#socket: WebSocket | undefined;
	#url: string;
	#topic: string;
	#cookie: string;
	#isClosed = false;

	constructor(
		url: string,
		{ topic, after, cookie = '' }: { topic: string; after: number; cookie?: string },
	) {
		this.#url = `${url.replace('http', 'ws')}/api/live`;
		this.#topic = topic;
		this.#cookie = cookie;
		this.last = after;
		this.#connect();
	}

	close(): void {
		this.#isClosed = true;
		this.#socket?.terminate();
	}

	#connect(): void {
		const socket = new WebSocket(this.#url, {
			headers: this.#cookie ? { cookie: this.#cookie } : {},
		});
		this.#socket = socket;
		socket.on('error', () => {});
		socket.on('open', () => {
			const frame = { type: 'subscribe', topic: this.#topic, after: this.last };
			socket.send(JSON.stringify(frame));
		});
		socket.on('message', (data) => this.#receive(JSON.parse(String(data)) as ServerFrame));
		socket.on('close', () => {
			if (!this.#isClosed) setTimeout(() => this.#connect(), 50);
		});
	}

	#receive(frame: ServerFrame): void {
		if (frame.type === 'event') this.#take([frame]);
		if (frame.type === 'events') this.#take(frame.events);
		if (frame.type === 'reset') {
			this.resets++;
			this.last = frame.cursor;
		}
	}

	#take(events: { cursor: number; event: LiveEvent }[]): void {
		for (const { cursor, event } of events) {
			this.received.push({ cursor, event });
			this.last = cursor;
		}
	}
}

/** What is wrong with the cursors of a follower that began after `after`; null if they have no hole. */
export function findHole(
	{ received, resets }: Follower,
	after: number,
	last: number,
): string | null {
	if (resets > 0) return `a socket was reset ${resets} times`;
	const wrong = received.findIndex(({ cursor }, index) => cursor !== after + 1 + index);
	if (wrong !== -1)
		return `a socket got cursor ${received[wrong]!.cursor} instead of ${after + 1 + wrong}`;
	const end = after + received.length;
	return end === last ? null : `a socket ended at cursor ${end} instead of ${last}`;
}

/** Numbers from 0 to below 1, the same ones for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

type Outcome = {
	/** everything that should agree and does not */
	problems: string[];
	posts: number;
	upvotes: number;
	features: number;
	sockets: number;
	/** the thread's last cursor */
	cursor: number;
};

/** Plays a community on the server at `url` and compares what everybody says of it at the end. */
export async function playCommunity({
	url,
	setUp,
	databaseUrl,
	seed = 1,
}: {
	url: string;
	setUp: string;
	databaseUrl?: string;
	seed?: number;
}): Promise<Outcome> {
	const members = Array.from(
		{ length: memberCount },
		(_, n) => new Participant(url, `member_${n + 1}`),
	);
	const host = members[0]!;
	await host.signUp(setUp);
	await Promise.all(members.slice(1).map((member) => member.signUp()));
	for (const { handle } of members.slice(1, 4)) {
		const { status } = await host.send('PUT', `/api/members/${handle}/role`, { role: 'moderator' });
		if (status !== 200) throw new Error(`${handle} could not be made a moderator.`);
	}
	const thread = await host.get<Thread>(`/api/threads/${slug}`);
	const topic = `thread:${thread.id}`;
	const after = thread.liveCursor;
	const followers = members.flatMap(({ cookie }) =>
		Array.from(
			{ length: socketsEach },
			(_, n) => new Follower(url, { topic, after, ...(n && { cookie }) }),
		),
	);
	try {
		const problems: string[] = [];
		const ledger: Ledger = { posts: [], votes: new Map() };
		await Promise.all(
			members.map((member, n) =>
				take(member, { ledger, problems, random: createRandom(seed * 1000 + n) }),
			),
		);
		await moderate(members.slice(0, 4), { ledger, problems });
		const { liveCursor } = await host.get<Thread>(`/api/threads/${slug}`);
		for (let wait = 0; wait < 400 && followers.some(({ last }) => last < liveCursor); wait++)
			await new Promise((resolve) => setTimeout(resolve, 25));

		const holes = followers.map((follower) => findHole(follower, after, liveCursor));
		problems.push(...holes.filter((hole) => hole !== null));
		const api = await readApi(host);
		compare(problems, 'pages', api, await readPages(host));
		compare(problems, 'sockets', api, readEvents(followers[0]!));
		const votes = [...ledger.votes].filter(([, voted]) => voted).map(([vote]) => vote);
		const scores = new Map(
			api.map(({ id }) => [id, votes.filter((vote) => vote.startsWith(`${id}:`)).length]),
		);
		for (const { id, score } of api)
			if (score !== scores.get(id))
				problems.push(`post ${id} has score ${score}, not ${scores.get(id)}`);
		if (databaseUrl) await compareRows({ problems, api, databaseUrl, votes, cursor: liveCursor });
		const features = api.filter(({ feature }) => feature).length;
		const counted = { posts: api.length, upvotes: votes.length, features };
		return { problems, ...counted, sockets: followers.length, cursor: liveCursor };
	} finally {
		for (const follower of followers) follower.close();
	}
}

type Ledger = { posts: Post[]; /** by `post:member` */ votes: Map<string, boolean> };
type Play = { ledger: Ledger; problems: string[] };

/** One member's part: answers, then replies, votes, changes of mind and revisions all over the thread. */
async function take(
	member: Participant,
	{ ledger, problems, random }: Play & { random: () => number },
): Promise<void> {
	const { handle } = member;
	const create = async (path: string, body: object) => {
		const answer = await member.send('POST', path, body);
		if (answer.status !== 201)
			problems.push(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
		else ledger.posts.push(answer.body as Post);
	};
	const change = async (method: Method, path: string, body?: object) => {
		const { status } = await member.send(method, path, body);
		if (status !== 200) problems.push(`${method} ${path}: ${status}`);
	};
	const body = `${handle} owns it.`;
	await create(`/api/threads/${slug}/posts`, { kind: 'definition', body });
	for (let round = 0; round < roundsEach; round++) {
		const post = ledger.posts[Math.floor(random() * ledger.posts.length)]!;
		const dice = random();
		if (dice < 0.15) {
			const story = {
				title: `Story ${round} of ${handle}`,
				body: `**${handle}** did it.\n\nAll of it.`,
			};
			await create(`/api/threads/${slug}/posts`, { kind: 'story', ...story });
		} else if (dice < 0.45) {
			await create(`/api/posts/${post.id}/replies`, { body: `Reply ${round} of ${handle}.` });
		} else if (dice < 0.9 && post.author.id !== member.id) {
			const key = `${post.id}:${member.id}`;
			const wish = random() < 0.8;
			const path = `/api/posts/${post.id}/upvote`;
			const method = wish ? 'PUT' : 'DELETE';
			await Promise.all([change(method, path), change(method, path)]);
			ledger.votes.set(key, wish);
		} else {
			const own = ledger.posts.find(({ author }) => author.id === member.id)!;
			await change('PATCH', `/api/posts/${own.id}`, { body: `${body} Revised in round ${round}.` });
		}
	}
}

/** Moderators feature at the same time, take some back, and remove and restore others. */
async function moderate(moderators: Participant[], { ledger, problems }: Play): Promise<void> {
	const answers = ledger.posts.filter(({ depth }) => depth === 0);
	const act = async (moderator: Participant, method: Method, path: string, body?: object) => {
		const { status } = await moderator.send(method, path, body);
		if (status >= 300) problems.push(`${method} ${path}: ${status}`);
	};
	await Promise.all(
		moderators.map(async (moderator, n) => {
			for (const { id, author } of answers
				.filter((_, index) => index % moderators.length === n)
				.slice(0, 5)) {
				const highlight = author.handle;
				await act(moderator, 'PUT', `/api/posts/${id}/feature`, {
					note: `Read this, says ${n}.`,
					highlight,
				});
				if (id % 3 === 0) await act(moderator, 'DELETE', `/api/posts/${id}/feature`);
				if (id % 4 === 0) {
					await act(moderator, 'PUT', `/api/posts/${id}/removal`, { reason: 'A second look.' });
					await act(moderator, 'DELETE', `/api/posts/${id}/removal`);
				}
			}
		}),
	);
}

type Known = Pick<Post, 'id' | 'kind' | 'parentId' | 'title' | 'body' | 'score' | 'replyCount'> & {
	author: string;
	feature: string | null;
};

const toKnown = (post: Post): Known => ({
	id: post.id,
	kind: post.kind,
	parentId: post.parentId,
	title: post.title,
	body: post.body,
	score: post.score,
	replyCount: post.replyCount,
	author: post.author.handle,
	feature:
		post.feature && `${post.feature.by.handle}: ${post.feature.note} ${post.feature.highlight}`,
});

const byId = (a: Known, b: Known) => a.id - b.id;

async function readAll<T>(reader: Participant, path: string): Promise<T[]> {
	const items: T[] = [];
	for (let cursor: string | null = ''; cursor !== null;) {
		const page: List<T> = await reader.get(
			`${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
		);
		items.push(...page.items);
		cursor = page.next;
	}
	return items;
}

async function readApi(reader: Participant): Promise<Known[]> {
	const answers = await readAll<Post>(reader, `/api/threads/${slug}/posts?sort=new&limit=7`);
	const replies: Post[] = [];
	for (const { id, replyCount } of answers)
		if (replyCount > 0)
			replies.push(...(await readAll<Post>(reader, `/api/posts/${id}/replies?limit=7`)));
	return [...answers, ...replies].map(toKnown).sort(byId);
}

/** What the pages show a reader: every answer that the lists name, with its conversation. */
async function readPages({ url }: Participant): Promise<Known[]> {
	const read = async <T>(path: string) => {
		const html = await (await fetch(url + path, { headers: { accept: 'text/html' } })).text();
		const [, json] = /<script data-page="app" type="application\/json">(.*?)<\/script>/s.exec(
			html,
		)!;
		return (JSON.parse(json!) as { props: T }).props;
	};
	const ids: number[] = [];
	for (const tab of ['definitions', 'stories'] as const)
		for (let cursor: string | null = ''; cursor !== null;) {
			const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
			type Props = { [name in typeof tab]: List<{ id: number }> };
			const list = (await read<Props>(`/threads/${slug}?tab=${tab}${query}`))[tab];
			ids.push(...list.items.map(({ id }) => id));
			cursor = list.next;
		}
	const posts: Post[] = [];
	for (const id of ids)
		for (let cursor: string | null = ''; cursor !== null;) {
			const query: string = cursor && `?cursor=${encodeURIComponent(cursor)}`;
			const props = await read<PostPageProps>(`/posts/${id}${query}`);
			if (!cursor) posts.push(props.post);
			posts.push(...props.replies.items);
			cursor = props.replies.next;
		}
	return posts.map(toKnown).sort(byId);
}

/** What a page that was open all the time knows from the events alone. */
function readEvents({ received }: Follower): Known[] {
	const posts = new Map<number, Post>();
	for (const { event } of received) {
		if ('post' in event && event.post) posts.set(event.post.id, event.post);
		else if (event.type === 'post.upvoted') {
			const post = posts.get(event.postId);
			if (post) posts.set(post.id, { ...post, score: event.score });
		}
	}
	const below = (id: number): number =>
		[...posts.values()]
			.filter(({ parentId }) => parentId === id)
			.reduce((sum, reply) => sum + 1 + below(reply.id), 0);
	return [...posts.values()]
		.map((post) => ({ ...toKnown(post), replyCount: below(post.id) }))
		.sort(byId);
}

function compare(problems: string[], name: string, expected: Known[], found: Known[]): void {
	const others = new Map(found.map((post) => [post.id, JSON.stringify(post)]));
	if (others.size !== found.length) problems.push(`the ${name} show a post twice`);
	for (const post of expected) {
		const other = others.get(post.id);
		if (other !== JSON.stringify(post))
			problems.push(
				`the ${name} say ${other ?? 'nothing'} where the API says ${JSON.stringify(post)}`,
			);
		others.delete(post.id);
	}
	for (const other of others.values()) problems.push(`only the ${name} have ${other}`);
}

async function compareRows({
	problems,
	api,
	databaseUrl,
	votes,
	cursor,
}: {
	problems: string[];
	api: Known[];
	databaseUrl: string;
	votes: string[];
	cursor: number;
}): Promise<void> {
	const client = new pg.Client({ connectionString: databaseUrl });
	await client.connect();
	try {
		const { rows } = await client.query<Known>(
			`select p.id, p.kind, p.parent_id as "parentId", p.title, p.body, s.score, s.reply_count as "replyCount",
				a.handle as author, m.handle || ': ' || coalesce(f.note, 'null') || ' ' || coalesce(f.highlight, 'null') as feature
			 from posts p join scores s on s.post_id = p.id join accounts a on a.id = p.author_id
			 left join features f on f.post_id = p.id left join accounts m on m.id = f.moderator_id
			 where p.visible order by p.id`,
		);
		compare(problems, 'rows', api, rows);
		const upvotes = await client.query<{ vote: string }>(
			`select post_id || ':' || account_id as vote from upvotes`,
		);
		const kept = upvotes.rows.map(({ vote }) => vote).sort();
		if (kept.join() !== [...votes].sort().join())
			problems.push('the rows in upvotes are not the votes given');
		problems.push(...(await findContradictions(client)));
		const { rows: cursors } = await client.query('select cursor from threads where slug = $1', [
			slug,
		]);
		if (Number(cursors[0]!.cursor) !== cursor)
			problems.push(`the thread is at ${cursors[0]!.cursor}`);
	} finally {
		await client.end();
	}
}

/** Where kept numbers disagree with the rows they count. */
export async function findContradictions(client: pg.Client): Promise<string[]> {
	const checks: [string, string][] = [
		[
			'scores differ from the rows in upvotes',
			`select p.id from posts p left join scores s on s.post_id = p.id
			 where s.score is distinct from (select count(*) from upvotes u where u.post_id = p.id)`,
		],
		[
			'counts of replies differ from the replies',
			`with recursive above as (
				select id as reply, parent_id as post from posts where kind = 'reply' and visible
				union all
				select above.reply, posts.parent_id from above join posts on posts.id = above.post
			)
			select p.id from posts p left join scores s on s.post_id = p.id
			where s.reply_count is distinct from (select count(*) from above where above.post = p.id)`,
		],
		[
			'counts of threads differ from their posts',
			`select t.id from threads t
			 left join lateral (
				select count(*) filter (where kind = 'definition') as d, count(*) filter (where kind = 'story') as s,
					count(*) filter (where kind = 'reply') as r, count(distinct author_id) as m
				from posts p where p.thread_id = t.id and p.visible
			 ) c on true
			 where (definition_count, story_count, reply_count, member_count) is distinct from (c.d, c.s, c.r, c.m)`,
		],
		[
			'cursors have a hole or are ahead of the events',
			`select t.id from threads t
			 left join lateral (
				select count(*) as n, max(cursor) as last from events e where e.topic = 'thread:' || t.id
			 ) e on true
			 where e.n <> t.cursor or coalesce(e.last, 0) <> t.cursor`,
		],
	];
	const found: string[] = [];
	for (const [problem, query] of checks) {
		const { rows } = await client.query<{ id: number }>(query);
		if (rows.length > 0) found.push(`${problem}: ${rows.map(({ id }) => id).join(', ')}`);
	}
	return found;
}

async function main(): Promise<void> {
	const options = {
		url: { type: 'string' },
		database: { type: 'string' },
		'set-up': { type: 'string' },
		seed: { type: 'string', default: '1' },
		help: { type: 'boolean', short: 'h' },
	} as const;
	const { values } = parseArgs({ options });
	if (values.help || !values.url || !values['set-up']) {
		console.log(usage);
		process.exitCode = values.help ? 0 : 2;
		return;
	}
	const start = performance.now();
	const url = values.url.replace(/\/$/, '');
	const outcome = await playCommunity({
		url,
		setUp: values['set-up'],
		databaseUrl: values.database,
		seed: Number(values.seed),
	});
	const { problems, posts, upvotes, features, sockets, cursor } = outcome;
	for (const problem of problems) console.error(problem);
	const seconds = ((performance.now() - start) / 1000).toFixed(1);
	console.log(
		`${memberCount} members, ${posts} posts, ${upvotes} upvotes, ${features} features, ${sockets} sockets ` +
			`to cursor ${cursor} in ${seconds} s: ${problems.length} problems`,
	);
	process.exitCode = problems.length > 0 ? 1 : 0;
}

if (import.meta.main) await main();
