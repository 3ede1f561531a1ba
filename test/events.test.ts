import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { threads } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, read, readEvents, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;
let voter: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('author');
	voter = await site.join('voter');
});
afterAll(() => closeSite(site));

const readThread = async (slug = 'ownership') =>
	(await site.reader.get(`/api/threads/${slug}`)).json();

/** What an act adds to the thread's events: their cursors go on without a hole. */
async function watch(act: () => Promise<unknown>) {
	const before = await readEvents(site);
	await act();
	const events = await readEvents(site);
	expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => index + 1));
	expect((await readThread()).liveCursor).toBe(events.length);
	return events.slice(before.length).map(({ event }) => event);
}

const seen = (id: number) => read(site.reader, id);

test('each act writes one event with the state after it', async () => {
	let definition!: Post;
	let below!: Post;
	const url = (rest = '') => `/api/posts/${definition.id}${rest}`;
	const answer = (replyCount: number) => ({ id: definition.id, replyCount });

	expect(await watch(async () => (definition = await define(author, 'First words.')))).toEqual([
		{
			type: 'post.created',
			post: { ...definition, viewer: null },
			counts: (await readThread()).counts,
		},
	]);
	expect(await watch(async () => (below = await reply(voter, definition, 'So?')))).toEqual([
		{
			type: 'post.created',
			post: {
				...below,
				viewer: null,
			},
			counts: (await readThread()).counts,
			answer: answer(1),
		},
	]);
	expect(await watch(() => author.patch(url(), { body: 'Second words.' }))).toEqual([
		{ type: 'post.edited', post: await seen(definition.id) },
	]);
	expect(await watch(() => voter.put(url('/upvote')))).toEqual([
		{ type: 'post.upvoted', postId: definition.id, score: 1 },
	]);
	expect(await watch(() => voter.delete(url('/upvote')))).toEqual([
		{ type: 'post.upvoted', postId: definition.id, score: 0 },
	]);
	const featured = await watch(() =>
		host.put(url('/feature'), { note: 'Look.', highlight: 'words' }),
	);
	const post = await seen(definition.id);
	expect(featured).toEqual([
		{ type: 'post.featured', postId: definition.id, feature: post.feature, post },
	]);
	expect(await watch(() => host.delete(url('/feature')))).toEqual([
		{ type: 'post.unfeatured', postId: definition.id, post: await seen(definition.id) },
	]);
	const removed = await watch(() => host.put(url('/removal'), { reason: 'A secret reason.' }));
	expect(removed).toEqual([
		{
			type: 'post.removed',
			postId: definition.id,
			at: expect.any(String),
			counts: (await readThread()).counts,
		},
	]);
	expect(await watch(() => host.delete(url('/removal')))).toEqual([
		{
			type: 'post.restored',
			postId: definition.id,
			post: await seen(definition.id),
			counts: (await readThread()).counts,
		},
	]);
	expect(await watch(() => voter.delete(`/api/posts/${below.id}`))).toEqual([
		{
			type: 'post.deleted',
			postId: below.id,
			counts: (await readThread()).counts,
			answer: answer(0),
		},
	]);
	expect(await watch(() => host.put('/api/threads/ownership/lock'))).toEqual([
		{ type: 'thread.locked', at: (await readThread()).lockedAt },
	]);
	expect(await watch(() => host.delete('/api/threads/ownership/lock'))).toEqual([
		{ type: 'thread.unlocked' },
	]);
});

test('what changes nothing, or is refused, writes no event', async () => {
	const post = await tell(author);
	const url = `/api/posts/${post.id}`;
	await voter.put(`${url}/upvote`);
	const quiet: (() => Promise<unknown>)[] = [
		() => voter.put(`${url}/upvote`),
		() => host.delete(`${url}/upvote`),
		() => host.delete(`${url}/feature`),
		() => host.delete(`${url}/removal`),
		() => host.delete('/api/threads/ownership/lock'),
		() => author.put(`${url}/upvote`),
		() => voter.patch(url, { body: 'Not mine.' }),
		() => voter.delete(url),
		() => voter.put(`${url}/feature`, {}),
		() => host.put(`${url}/feature`, { highlight: 'nowhere in it' }),
		() => author.patch(url, { body: 'x'.repeat(20_001) }),
		() => author.post(`${url}/replies`, { body: ' ' }),
	];
	for (const act of quiet) expect(await watch(act)).toEqual([]);
	await define(voter);
	const second = { kind: 'definition', body: 'Another one.' };
	expect(await watch(() => voter.post('/api/threads/ownership/posts', second))).toEqual([]);
});

test('the same click many times at once is one event', async () => {
	const post = await tell(author);
	const url = `/api/posts/${post.id}`;
	const times = async (act: () => Promise<unknown>) => {
		await Promise.all([1, 2, 3, 4].map(act));
	};
	const types = async (act: () => Promise<unknown>) =>
		(await watch(() => times(act))).map(({ type }) => type);
	expect(await types(() => voter.put(`${url}/upvote`))).toEqual(['post.upvoted']);
	expect(await types(() => voter.delete(`${url}/upvote`))).toEqual(['post.upvoted']);
	await host.put(`${url}/feature`, { note: 'Look.' });
	expect(await types(() => host.delete(`${url}/feature`))).toEqual(['post.unfeatured']);
	expect(await types(() => host.put(`${url}/removal`, { reason: 'For now.' }))).toEqual([
		'post.removed',
	]);
	expect(await types(() => host.delete(`${url}/removal`))).toEqual(['post.restored']);
	expect(await types(() => author.delete(url))).toEqual(['post.deleted']);
});

test.each(['deleted', 'removed'])('nothing of a %s post remains in the events', async (how) => {
	const secret = `secret-${how}`;
	const post = await tell(author, { title: `The ${secret}`, body: `It was ${secret} then.` });
	const url = `/api/posts/${post.id}`;
	const below = await reply(voter, post, `You said ${secret}-below.`);
	await author.patch(url, { body: `It was ${secret} again.` });
	await voter.put(`${url}/upvote`);
	await host.put(`${url}/feature`, { note: `Read ${secret}.`, highlight: secret });
	await host.delete(`${url}/feature`);
	await host.put(`${url}/feature`, { highlight: `${secret} again` });
	await voter.delete(`/api/posts/${below.id}`);
	if (how === 'deleted') await author.delete(url);
	else await host.put(`${url}/removal`, { reason: `A reason with ${secret}.` });
	const events = await readEvents(site);
	expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => index + 1));
	expect(events.filter(({ event }) => JSON.stringify(event).includes(secret))).toEqual([]);
});

test('events hold no e-mail address, no hash and nobody’s view', async () => {
	for (const { event } of await readEvents(site)) {
		const text = JSON.stringify(event);
		expect(text).not.toMatch(/@example\.com|argon2|email|passwordHash/);
		expect(text).not.toMatch(/"viewer": ?\{/);
	}
});

test('thirty writers at once leave cursors without a hole, and the row at the last', async () => {
	const writers = await Promise.all(Array.from({ length: 30 }, (_, n) => site.join(`writer_${n}`)));
	const before = await readEvents(site);
	const acts = writers.map(async (writer, n) => {
		const post = await define(writer, `Definition ${n}.`);
		const other = await tell(writer);
		await reply(writer, post);
		await writer.patch(`/api/posts/${post.id}`, { body: `Better definition ${n}.` });
		await voter.put(`/api/posts/${post.id}/upvote`);
		await writer.delete(`/api/posts/${other.id}`);
	});
	await Promise.all(acts);
	const events = await readEvents(site);
	expect(events.length).toBe(before.length + 30 * 6);
	expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => index + 1));
	const [row] = await site.database.db.select().from(threads).where(eq(threads.id, 1));
	expect(row!.cursor).toBe(events.length);
	const { props } = await readPage('/');
	expect(props.thread.liveCursor).toBe(row!.cursor);
	expect(props.thread.counts).toEqual(await countThread(1));
});

async function readPage(url: string) {
	const { body } = await site.reader.visit(url);
	return JSON.parse(/<script[^>]*data-page[^>]*>([\s\S]*?)<\/script>/.exec(body)![1]!);
}

/** The thread's counts as its posts say. */
async function countThread(threadId: number) {
	const { rows } = await site.database.db.execute(sql`
		select count(*) filter (where kind = 'definition')::int as definitions,
			count(*) filter (where kind = 'story')::int as stories,
			count(*) filter (where kind = 'reply')::int as replies,
			count(distinct author_id)::int as members
		from posts where thread_id = ${threadId} and visible`);
	return rows[0];
}

/** Numbers from 0 up to 1, the same in every run (mulberry32). */
function createRandom(seed: number) {
	return () => {
		seed = (seed + 0x6d2b79f5) | 0;
		let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

test.each([1, 2, 3])(
	'kept counts are true after a random mix of acts at once (seed %i)',
	async (seed) => {
		const slug = `mixed-${seed}`;
		const opening = { question: 'All at once?', introduction: 'Well.', slug };
		const threadId: number = (await host.post('/api/threads', opening)).json().id;
		const crowd = await Promise.all([0, 1, 2, 3].map((n) => site.join(`mixed_${seed}_${n}`)));
		const random = createRandom(seed);
		const pick = <T>(list: T[]): T => list[Math.floor(random() * list.length)]!;
		const made: { id: number; by: Client }[] = [];
		const plans = Array.from({ length: 140 }, () => ({
			by: pick(crowd),
			at: random(),
			deed: pick(['answer', 'reply', 'reply', 'delete', 'remove', 'restore', 'upvote']),
		}));
		const carryOut = async ({ by, at, deed }: (typeof plans)[number]) => {
			const target = made[Math.floor(at * made.length)];
			if (deed === 'answer' || !target) {
				const kind = at < 0.5 ? { kind: 'definition' } : { kind: 'story', title: 'A story' };
				const response = await by.post(`/api/threads/${slug}/posts`, { ...kind, body: 'Words.' });
				if (response.statusCode === 201) made.push({ id: response.json().id, by });
				return response;
			}
			const url = `/api/posts/${target.id}`;
			if (deed === 'reply') {
				const response = await by.post(`${url}/replies`, { body: 'Words.' });
				if (response.statusCode === 201) made.push({ id: response.json().id, by });
				return response;
			}
			if (deed === 'delete') return target.by.delete(url);
			if (deed === 'remove') return host.put(`${url}/removal`, { reason: 'For now.' });
			if (deed === 'restore') return host.delete(`${url}/removal`);
			return by.put(`${url}/upvote`);
		};
		const statuses: number[] = [];
		for (let start = 0; start < plans.length; start += 7) {
			const answers = await Promise.all(plans.slice(start, start + 7).map(carryOut));
			statuses.push(...answers.map((response) => response.statusCode));
		}
		expect(statuses.filter((status) => status >= 500)).toEqual([]);
		expect(new Set(statuses).size).toBeGreaterThan(3);
		expect((await readThread(slug)).counts).toEqual(await countThread(threadId));
		const { rows: wrong } = await site.database.db.execute(sql`
		with recursive below as (
			select id as top, id, visible from posts where thread_id = ${threadId}
			union all
			select below.top, posts.id, posts.visible from posts join below on posts.parent_id = below.id
		)
		select posts.id from posts
		join (select top, count(*) filter (where visible and top <> id) as replies from below group by top) as real
			on real.top = posts.id
			join scores on scores.post_id = posts.id
		where scores.reply_count <> real.replies
			or scores.score <> (select count(*) from upvotes where post_id = posts.id)`);
		expect(wrong).toEqual([]);
		const events = await readEvents(site, threadId);
		expect(events.map(({ cursor }) => cursor)).toEqual(events.map((_, index) => index + 1));
		expect(events.length).toBe((await readThread(slug)).liveCursor);
		expect(events.findLast(({ event }) => event.counts)!.event.counts).toEqual(
			await countThread(threadId),
		);
	},
);
