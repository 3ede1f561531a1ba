import { sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, fillThread, reply, tell } from './support/scenes.ts';

type Row = {
	id: number;
	kind: string;
	score: number;
	rank: number;
	age: number;
	featured: boolean;
	practices: string[];
};

let site: TestApp;
let host: Client;
let answer: Post;
let rows: Row[];

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	await host.post('/api/threads', {
		question: 'The small one?',
		introduction: 'Few.',
		slug: 'small',
	});
	const { db } = site.database;
	answer = await tell(host);
	const small = await tell(host, {}, 'small');
	await fillThread(site, { answerId: answer.id, count: 2000, prefix: 'big' });
	await fillThread(site, { threadId: 2, answerId: small.id, count: 40, prefix: 'small' });
	await db.execute(sql`
		insert into features (post_id, thread_id, moderator_id, created_at)
		select id, thread_id, ${host.id}, now() - make_interval(mins => id) from posts
		where depth = 0 and id % case thread_id when 1 then 50 else 5 end = 0`);
	await db.execute(sql`update posts set visible = false where id % 11 = 0 and thread_id = 2`);
	await db.execute(sql`
		insert into upvotes (post_id, account_id, author_id)
		select id, ${host.id}, author_id from posts where author_id <> ${host.id}`);
	await db.execute(sql`analyze`);
	const result = await db.execute<Row>(sql`
		select id, posts.kind, score, rank, practices, extract(epoch from now() - posts.created_at)::float8 / 86400 as age,
			exists (select from features where post_id = id) as featured
		from posts join scores on post_id = id where posts.thread_id = 2 and posts.visible and depth = 0`);
	rows = result.rows;
});
afterAll(() => closeSite(site));

const url = '/api/threads/small/posts';
const sorts = ['top', 'new', 'best'] as const;

/** What a list must be, from the rows and the words of the contract alone. */
function expectList(query: Record<string, string>): number[] {
	const days = { all: Infinity, month: 30, week: 7 }[query.period ?? 'all']!;
	const by = { top: 'score', new: 'id', best: 'rank' }[query.sort ?? 'top']! as 'score';
	return rows
		.filter(({ kind }) => !query.kind || kind === query.kind)
		.filter(({ featured }) => !query.featured || String(featured) === query.featured)
		.filter(({ practices }) => !query.practice || practices.includes(query.practice))
		.filter(({ age }) => by !== 'score' || age < days)
		.sort((a, b) => b[by] - a[by] || b.id - a.id)
		.map(({ id }) => id);
}

async function listAll(
	query: Record<string, string>,
	meanwhile = async () => {},
): Promise<number[]> {
	const ids: number[] = [];
	for (let cursor: object = {}; ;) {
		const search = new URLSearchParams({ ...query, ...cursor });
		const response = await site.reader.get(`${url}?${search}`);
		expect(response.statusCode, response.body).toBe(200);
		const { items, next } = response.json();
		ids.push(...items.map(({ id }: Post) => id));
		if (next === null) return ids;
		expect(items.length).toBe(Number(query.limit ?? 30));
		cursor = { cursor: next };
		await meanwhile();
	}
}

const choices = [
	...['all', 'month', 'week'].map((period) => ({ period })),
	...['definition', 'story'].flatMap((kind) => [
		{ kind, period: 'all' },
		...['all', 'month'].map((period) => ({ kind, featured: 'true', period })),
	]),
	...['true', 'false'].map((featured) => ({ featured })),
	{ practice: 'see-the-whole-job' },
	{ practice: 'see-the-whole-job', kind: 'story', featured: 'false', period: 'month' },
	{ practice: 'make-good-work-better' },
];

describe.each(sorts)('the sort %s', (sort) => {
	test.each(choices)('lists %j in order, page by page', async (choice) => {
		const query = { ...choice, sort } as Record<string, string>;
		const expected = expectList(query);
		expect(await listAll({ ...query, limit: '100' })).toEqual(expected);
		expect(await listAll({ ...query, limit: '7' })).toEqual(expected);
	});

	test('lists everything without a choice, 30 at a time', async () => {
		expect(await listAll({ sort })).toEqual(expectList({ sort }));
	});
});

test('best begins where votes and age together weigh most, so a new post can pass an old one', async () => {
	const [old, fresh] = [await tell(host, {}, 'small'), await tell(host, {}, 'small')];
	const { db } = site.database;
	const place = async (id: number) => (await listAll({ sort: 'best', limit: '100' })).indexOf(id);
	await db.execute(sql`
		with voted as (update scores set score = 9 where post_id = ${old.id})
		update posts set created_at = now() - interval '6 days' where id = ${old.id}`);
	site.forget();
	expect(await place(old.id)).toBeLessThan(await place(fresh.id));
	await db.execute(sql`
		with voted as (update scores set score = 10 where post_id = ${old.id})
		update posts set created_at = now() - interval '8 days' where id = ${old.id}`);
	site.forget();
	expect(await place(fresh.id)).toBeLessThan(await place(old.id));
	for (const { id } of [old, fresh]) await host.delete(`/api/posts/${id}`);
});

test.each(sorts)(
	'paging by %s while others post skips nothing and repeats nothing',
	async (sort) => {
		const writer = await site.join(`writer_${sort}`);
		const made: number[] = [];
		const ids = await listAll({ sort, limit: '10' }, async () => {
			const { id } = await tell(writer, {}, 'small');
			made.push(id);
			await site.database.db.execute(sql`update scores set score = 3 where post_id = ${id}`);
			site.forget();
		});
		expect(new Set(ids).size).toBe(ids.length);
		expect(ids.filter((id) => !made.includes(id))).toEqual(expectList({ sort }));
		for (const id of made) await writer.delete(`/api/posts/${id}`);
	},
);

test('a page goes on after the post that ended the one before was deleted', async () => {
	const writer = await site.join('leaver');
	const post = await define(writer, 'Gone soon.', 'small');
	const first = (await site.reader.get(`${url}?sort=new&limit=1`)).json();
	expect(first.items[0].id).toBe(post.id);
	await writer.delete(`/api/posts/${post.id}`);
	const rest = (await site.reader.get(`${url}?sort=new&limit=1&cursor=${first.next}`)).json();
	expect(rest.items[0].id).toBe(expectList({ sort: 'new' })[0]);
});

describe('a cursor', () => {
	const pack = (value: unknown) =>
		Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
	const readCursor = async (address: string) =>
		(await site.reader.get(`${address}limit=1`)).json().next as string;
	const name = (cursor: string) => JSON.parse(Buffer.from(cursor, 'base64url').toString())[0];

	test.each(sorts)('of the sort %s that somebody made up is refused', async (sort) => {
		const own = name(await readCursor(`${url}?sort=${sort}&`));
		const forged = [
			'',
			'abc',
			'%20',
			'../..',
			pack(''),
			pack('null'),
			pack('[]'),
			pack('{}'),
			pack('"x"'),
			pack([own]),
			pack([own, 1, 2, 3]),
			pack([own, '1', '2']),
			pack([own, null, null]),
			pack([own, [1], [2]]),
			pack([own, { id: 1 }, 1]),
			pack([own, true, true]),
			pack([own, 1, 1.5]),
			pack([own, 1, 2 ** 31]),
			pack([own, 1, -(2 ** 31)]),
			pack([own, 1, 1e300]),
			pack(`["${own}",1e999,1]`),
			pack(`["${own}",1,1e999]`),
			pack(['x', 1, 1]),
			pack(`["${own}",1,1`),
			pack([[own], 1, 1]),
			Buffer.from([0xff, 0, 0x80]).toString('base64url'),
			...Array.from({ length: 20 }, () =>
				Buffer.from(crypto.getRandomValues(new Uint8Array(40))).toString('base64url'),
			),
			...(sort === 'new' ? [pack([own, 1.5])] : [pack([own, 1])]),
			...(sort === 'top' ? [pack([own, 1.5, 1]), pack([own, 1e300, 1])] : []),
		];
		for (const cursor of forged) {
			const search = new URLSearchParams({ sort, cursor });
			expectProblem(await site.reader.get(`${url}?${search}`), 400);
			const page = await site.reader.visit(`/threads/small?tab=definitions&${search}`);
			expect(page.statusCode, cursor).toBe(400);
			expect(page.headers['content-type']).toMatch('text/html');
		}
	});

	test('of featured posts that somebody made up is refused', async () => {
		const { id } = (await site.reader.get('/api/threads/small')).json();
		const own = `featured,${id}`;
		const values = [1e300, 1.5, -1, 253_402_300_800_000, '1', null];
		for (const cursor of values.map((value) => pack([own, value, 1]))) {
			const search = new URLSearchParams({ tab: 'featured', cursor });
			expect((await site.reader.visit(`/threads/small?${search}`)).statusCode).toBe(400);
		}
		const search = new URLSearchParams({ tab: 'featured', cursor: pack([own, 1, 1]) });
		expect((await site.reader.visit(`/threads/small?${search}`)).statusCode).toBe(200);
	});

	test('of another list is refused', async () => {
		const lists = [
			`${url}?sort=top&`,
			`${url}?sort=top&period=week&`,
			`${url}?sort=top&kind=story&`,
			`${url}?sort=top&featured=true&`,
			`${url}?sort=top&practice=see-the-whole-job&`,
			`${url}?sort=best&`,
			`${url}?sort=new&`,
			'/api/threads/ownership/posts?sort=top&',
			'/api/threads?',
			`/api/posts/${answer.id}/replies?sort=top&`,
		];
		const cursors = await Promise.all(lists.map(readCursor));
		expect(cursors.every((cursor) => typeof cursor === 'string')).toBe(true);
		for (const [at, list] of lists.entries())
			for (const [from, cursor] of cursors.entries()) {
				const response = await site.reader.get(`${list}cursor=${cursor}`);
				if (at === from) expect(response.statusCode).toBe(200);
				else expectProblem(response, 400);
			}
	});

	test('that is very long is refused', async () => {
		expectProblem(await site.reader.get(`${url}?cursor=${'x'.repeat(201)}`), 422);
	});
});

test.each([
	'limit=0',
	'limit=101',
	'limit=-1',
	'limit=1.5',
	'limit=',
	'limit=many',
	'limit=1e9',
	'limit=1e400',
	'limit=1&limit=2',
	'sort=hot',
	'sort=',
	'sort=top&sort=new',
	'period=year',
	'kind=reply',
	'featured=perhaps',
	'practice=be-lucky',
	'practice=see-the-whole-job&practice=be-lucky',
	'cursor=a&cursor=b',
])('the query %s is refused', async (query) => {
	const problem = expectProblem(await site.reader.get(`${url}?${query}`), 422);
	expect(problem.errors).not.toEqual([]);
});

describe('with thousands of posts an index serves', () => {
	type Plan = { 'Node Type': string; 'Relation Name'?: string; Plans?: Plan[] };

	/** The reading statements of a request, explained: those that scan a whole table of posts or votes. */
	async function findScans(client: Client, address: string): Promise<string[]> {
		site.forget();
		const queries = vi.spyOn(pg.Client.prototype, 'query');
		const response = await client.get(address, { accept: 'text/html' });
		const calls = queries.mock.calls.map(
			(call) => call as unknown as [{ text?: string }, unknown[]?],
		);
		queries.mockRestore();
		expect(response.statusCode, address).toBe(200);
		const reads = calls.filter(
			([query]) => query?.text?.startsWith('select') && query.text.includes('"posts"'),
		);
		expect(reads.length).toBeGreaterThan(0);
		const scans: string[] = [];
		for (const [{ text }, values] of reads) {
			const { rows } = await site.database.pool.query(`explain (format json) ${text}`, values);
			const visit = (plan: Plan) => {
				const table = plan['Relation Name'] ?? '';
				if (
					plan['Node Type'] === 'Seq Scan' &&
					['posts', 'upvotes', 'events', 'revisions'].includes(table)
				)
					scans.push(`${table}: ${text}`);
				plan.Plans?.forEach(visit);
			};
			visit(rows[0]['QUERY PLAN'][0].Plan);
		}
		return scans;
	}

	const big = '/api/threads/ownership/posts?';
	const lists = [
		...sorts.flatMap((sort) =>
			['', '&kind=definition', '&kind=story', '&featured=true', '&practice=see-the-whole-job'].map(
				(choice) => `${big}sort=${sort}${choice}`,
			),
		),
		...['week', 'month'].flatMap((period) => [
			`${big}sort=top&period=${period}`,
			`${big}sort=top&period=${period}&kind=story`,
		]),
		'/',
		'/?tab=definitions',
		'/?tab=stories&sort=best',
		'/?tab=featured&sort=new',
		'/members/big_7',
		'/members/host',
	];

	test.each(lists)('%s', async (address) => {
		expect(await findScans(site.reader, address)).toEqual([]);
		expect(await findScans(host, address)).toEqual([]);
	});

	test.each(['top', 'new', 'best'])('the second page by %s', async (sort) => {
		const { next } = (await site.reader.get(`${big}sort=${sort}`)).json();
		expect(await findScans(host, `${big}sort=${sort}&cursor=${next}`)).toEqual([]);
	});

	test('a conversation, its pages and its post', async () => {
		const post = await tell(host);
		for (let n = 0; n < 3; n++) await reply(host, post);
		for (const address of [
			`/api/posts/${post.id}`,
			`/api/posts/${post.id}/replies`,
			`/posts/${post.id}`,
			`/api/posts/${post.id}/replies?limit=1`,
			`/posts/${post.id}/revisions`,
		])
			expect(await findScans(host, address), address).toEqual([]);
	});
});

test('paper says that it has not all of a long list', async () => {
	const { body: conversation } = await site.reader.visit(`/posts/${answer.id}`);
	expect(conversation).toMatch(/class="print-only[^>]*>\s*These are not all replies/);
	const { body: thread } = await site.reader.visit('/threads/ownership?tab=definitions');
	expect(thread).toMatch(/class="print-only[^>]*>\s*This is not all: “More definitions”/);
});
