import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { posts } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import type { List } from '../server/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, nowhere, read, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;
let crowd: Client[];

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('author');
	crowd = await Promise.all([1, 2, 3].map((n) => site.join(`crowd_${n}`)));
});
afterAll(() => closeSite(site));

const list = async (id: number, query = ''): Promise<List<Post>> =>
	(await site.reader.get(`/api/posts/${id}/replies?${query}`)).json();

/** Follows `next` to the end, with something happening between two pages. */
async function listAll(id: number, query = '', meanwhile = async () => {}): Promise<Post[]> {
	const found: Post[] = [];
	for (let cursor = ''; ;) {
		const { items, next } = await list(id, `${query}${cursor}`);
		found.push(...items);
		if (next === null) return found;
		cursor = `&cursor=${next}`;
		await meanwhile();
	}
}

const idsOf = (list: { id: number }[]) => list.map(({ id }) => id);

test('a reply is Markdown under any post, and knows its place', async () => {
	const answer = await define(author);
	const first = await reply(host, answer, 'Says *who*?');
	const second = await reply(author, first);
	expect(first).toMatchObject({
		kind: 'reply',
		title: null,
		parentId: answer.id,
		answerId: answer.id,
		depth: 1,
		html: '<p>Says <em>who</em>?</p>',
		threadId: 1,
		replyCount: 0,
		practices: [],
	});
	expect(second).toMatchObject({ parentId: first.id, answerId: answer.id, depth: 2 });
	expect(idsOf((await list(answer.id)).items)).toEqual([first.id, second.id]);
	expect(idsOf((await list(first.id)).items)).toEqual([second.id]);
	expect((await list(second.id)).items).toEqual([]);
	for (const post of [first, second]) {
		const page = await site.reader.visit(`/posts/${post.id}`);
		expect(page.statusCode).toBe(200);
		expect(page.body).toContain(answer.body);
		expect(page.body).toContain(`id="post-${post.id}"`);
	}
});

test('replies come as a tree in reading order, siblings by the sort', async () => {
	const answer = await tell(author);
	const a = await reply(host, answer);
	const b = await reply(host, answer);
	const c = await reply(host, answer);
	const aa = await reply(author, a);
	const ba = await reply(author, b);
	const bb = await reply(author, b);
	const bba = await reply(host, bb);
	for (const voter of crowd) await voter.put(`/api/posts/${b.id}/upvote`);
	await crowd[0]!.put(`/api/posts/${bb.id}/upvote`);
	await crowd[0]!.put(`/api/posts/${c.id}/upvote`);
	const order = async (sort: string) => idsOf((await list(answer.id, sort)).items);
	const top = idsOf([b, bb, bba, ba, c, a, aa]);
	expect(await order('sort=top')).toEqual(top);
	expect(await order('sort=new')).toEqual(idsOf([c, b, bb, bba, ba, a, aa]));
	expect((await order('sort=best')).slice(0, 2)).toEqual([b.id, bb.id]);
	expect(await order('')).toEqual(await order('sort=best'));
	expect(idsOf(await listAll(answer.id, 'sort=top&limit=1'))).toEqual(top);
	expect(idsOf(await listAll(b.id, 'sort=top&limit=2'))).toEqual(idsOf([bb, bba, ba]));
});

test('of equally upvoted siblings the older comes first', async () => {
	const answer = await tell(author);
	const replies = [];
	for (let n = 0; n < 5; n++) replies.push(await reply(host, answer));
	expect(idsOf((await list(answer.id, 'sort=top')).items)).toEqual(idsOf(replies));
});

test('replies go to any depth', async () => {
	const answer = await tell(author);
	const chain: Post[] = [answer];
	for (let depth = 1; depth <= 200; depth++)
		chain.push(await reply(depth % 2 ? host : author, chain.at(-1)!));
	expect(chain.at(-1)!.depth).toBe(200);
	expect(idsOf(await listAll(answer.id, 'limit=60'))).toEqual(idsOf(chain.slice(1)));
	expect((await read(author, answer.id)).replyCount).toBe(200);
	expect((await read(author, chain[150]!.id)).replyCount).toBe(50);
	for (const post of [answer, chain[100]!, chain[200]!])
		expect((await site.reader.visit(`/posts/${post.id}`)).statusCode).toBe(200);
});

test.each([10, 2000])(
	'a reply %i levels deep is counted by all above it without their words being written again',
	async (depth) => {
		const { db } = site.database;
		const answer = await tell(author);
		const { rows: chain } = await db.execute<{ id: number }>(sql`
			with recursive planned as (
				select nextval(pg_get_serial_sequence('posts', 'id'))::int as id, ${answer.id}::int as parent_id, 1 as depth
				union all
				select nextval(pg_get_serial_sequence('posts', 'id'))::int, id, depth + 1 from planned where depth < ${depth}
			)
			insert into posts (id, answer_id, parent_id, thread_id, depth, kind, author_id, body, html)
			select id, ${answer.id}, parent_id, 1, depth, 'reply', ${host.id}, 'And then?', '<p>And then?</p>' from planned
			returning id`);
		// an update of a row makes another version of it, at another place
		const readVersions = () =>
			db.execute(sql`select id, ctid::text, xmin::text from posts where answer_id = ${answer.id}
				and id <= ${chain.at(-1)!.id} order by id`);
		const countAll = () =>
			db.execute(sql`select reply_count, count(*)::int as posts from scores join posts on id = post_id
				where answer_id = ${answer.id} group by reply_count order by reply_count`);
		const before = await readVersions();
		const last = await reply(author, chain.at(-1)!);
		expect(last.depth).toBe(depth + 1);
		expect((await readVersions()).rows).toEqual(before.rows);
		expect((await countAll()).rows).toEqual([
			{ reply_count: 0, posts: 1 },
			{ reply_count: 1, posts: depth + 1 },
		]);
		await author.delete(`/api/posts/${last.id}`);
		expect((await readVersions()).rows).toEqual(before.rows);
		expect((await countAll()).rows).toEqual([{ reply_count: 0, posts: depth + 2 }]);
	},
);

test.each(['best', 'top', 'new'])(
	'paging by %s while others post skips nothing and repeats nothing',
	async (sort) => {
		const answer = await tell(author);
		for (let n = 0; n < 6; n++) {
			const first = await reply(host, answer);
			for (let below = 0; below < 3; below++) await reply(author, below % 2 ? first : answer);
		}
		const before = idsOf((await list(answer.id, 'limit=100')).items);
		const found = await listAll(answer.id, `sort=${sort}&limit=4`, async () => {
			for (const parent of [answer.id, before[0]!, before.at(-1)!, before[9]!])
				await reply(crowd[0]!, { id: parent });
		});
		expect(new Set(idsOf(found)).size).toBe(found.length);
		for (const id of before) expect(idsOf(found)).toContain(id);
	},
);

test('paging goes on after the reply that ended a page was deleted', async () => {
	const answer = await tell(author);
	const replies: Post[] = [];
	for (let n = 0; n < 4; n++) replies.push(await reply(host, answer));
	const { next } = await list(answer.id, 'sort=top&limit=2');
	await host.delete(`/api/posts/${replies[1]!.id}`);
	const rest = await list(answer.id, `sort=top&limit=2&cursor=${next}`);
	expect(idsOf(rest.items)).toEqual(idsOf(replies.slice(2)));
});

test('all posts above count the visible replies below, through every change', async () => {
	const answer = await define(crowd[0]!);
	const a = await reply(host, answer);
	const b = await reply(author, a);
	const c = await reply(host, b);
	const other = await reply(crowd[0]!, answer);
	const counts = async () => {
		const { rows } = await site.database.db.execute<{ count: number }>(
			sql`select reply_count as count from scores join posts on id = post_id where answer_id = ${answer.id} order by id`,
		);
		return rows.map(({ count }) => count);
	};
	const threadCount = async () =>
		(await site.reader.get('/api/threads/ownership')).json().counts.replies;
	const total = await threadCount();
	expect(await counts()).toEqual([4, 2, 1, 0, 0]);
	await host.put(`/api/posts/${b.id}/removal`, { reason: 'Off the point.' });
	expect(await counts()).toEqual([3, 1, 1, 0, 0]);
	expect(idsOf((await list(answer.id, 'sort=top')).items)).toEqual(idsOf([a, b, c, other]));
	await host.delete(`/api/posts/${b.id}/removal`);
	expect(await counts()).toEqual([4, 2, 1, 0, 0]);
	await host.delete(`/api/posts/${c.id}`);
	expect(await counts()).toEqual([3, 1, 0, 0, 0]);
	expect(idsOf((await list(answer.id, 'sort=top')).items)).toEqual(idsOf([a, b, other]));
	await host.put(`/api/posts/${b.id}/removal`, { reason: 'Off the point.' });
	expect(idsOf((await list(answer.id, 'sort=top')).items)).toEqual(idsOf([a, other]));
	await author.delete(`/api/posts/${b.id}`);
	expect(await counts()).toEqual([2, 0, 0, 0, 0]);
	expect(await threadCount()).toBe(total - 2);
	expectProblem(await host.delete(`/api/posts/${b.id}/removal`), 404);
});

test('a deleted reply keeps its place while there are visible ones below', async () => {
	const answer = await define(crowd[1]!);
	const gone = await reply(host, answer, 'Regretted words.');
	const below = await reply(author, gone);
	await host.delete(`/api/posts/${gone.id}`);
	const [tombstone, last] = (await list(answer.id)).items;
	expect(tombstone).toMatchObject({ id: gone.id, body: '', html: '', replyCount: 1 });
	expect(last!.id).toBe(below.id);
	await author.delete(`/api/posts/${below.id}`);
	expect((await list(answer.id)).items).toEqual([]);
});

test('many replies at once are all there, and counted', async () => {
	const answer = await define(crowd[2]!);
	const made = await Promise.all(
		Array.from({ length: 24 }, (_, n) => reply(crowd[n % 3]!, answer, `Reply ${n}`)),
	);
	expect((await read(author, answer.id)).replyCount).toBe(24);
	expect(idsOf((await list(answer.id)).items).sort()).toEqual(idsOf(made).sort());
});

test('a page around a reply has it, wherever in a long conversation it is', async () => {
	const answer = await tell(author);
	const replies: Post[] = [];
	for (let n = 0; n < 60; n++) replies.push(await reply(host, answer, `Number ${n}.`));
	const last = replies.at(-1)!;
	const page = await site.reader.visit(`/posts/${last.id}`);
	expect(page.body).toContain(`id="post-${last.id}"`);
	const branch = await site.reader.visit(`/posts/${last.id}?branch`);
	expect(branch.statusCode).toBe(200);
	const form = await author.visit(`/posts/${answer.id}?reply=${last.id}`);
	expect(form.body).toContain(`action="/api/posts/${last.id}/replies"`);
});

test('a page around a reply has it, however deep it is', async () => {
	const answer = await tell(author);
	let last = await reply(host, answer);
	for (let depth = 2; depth <= 14; depth++) {
		await reply(author, last, 'Beside it.');
		last = await reply(host, last);
		const { body } = await author.visit(`/posts/${last.id}`);
		expect(body, `depth ${depth}`).toContain(`id="post-${last.id}"`);
		const form = await author.visit(`/posts/${answer.id}?reply=${last.id}`);
		expect(form.body).toContain(`action="/api/posts/${last.id}/replies"`);
	}
});

test('refusals: a reader, a post that is not there, one that is gone, a foreign cursor', async () => {
	const answer = await tell(author);
	const url = `/api/posts/${answer.id}/replies`;
	const body = { body: 'Words.' };
	expectProblem(await site.reader.post(url, body), 401);
	for (const id of [nowhere, 0, 'x', '99999999999999999999']) {
		expectProblem(await author.post(`/api/posts/${id}/replies`, body), 404);
		expectProblem(await author.get(`/api/posts/${id}/replies`), 404);
	}
	for (const wrong of [{}, { body: '' }, { body: ' \n' }, { body: 'x'.repeat(5001) }, { body: 7 }])
		expectProblem(await author.post(url, wrong), 422);
	for (const query of ['limit=0', 'limit=101', 'sort=hot', 'limit=x'])
		expectProblem(await site.reader.get(`${url}?${query}`), 422);
	const other = await tell(author);
	for (const post of [answer, other]) for (let n = 0; n < 2; n++) await reply(host, post);
	const { next } = await list(other.id, 'limit=1');
	expectProblem(await site.reader.get(`${url}?cursor=${next}`), 400);
	const own = await list(answer.id, 'limit=1');
	expectProblem(await site.reader.get(`${url}?sort=new&cursor=${own.next}`), 400);
	expect((await site.reader.visit(`/posts/${answer.id}?cursor=${next}`)).statusCode).toBe(400);
	const { db } = site.database;
	expect(await db.$count(posts, eq(posts.answerId, answer.id))).toBe(3);
});
