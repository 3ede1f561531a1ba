import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillDatabase } from './bench/data/fill.ts';
import { signIn } from './bench/members.ts';
import { type ListeningApp, openListeningApp, type Statement } from './bench/statements.ts';
import { createTestDatabase, type TestDatabase } from './support/database.ts';

type Plan = {
	'Node Type': string;
	'Relation Name'?: string;
	'Plan Rows': number;
	Plans?: Plan[];
};

const size = { posts: 20_000, upvotes: 200_000 };
const large = ['events', 'features', 'posts', 'revisions', 'scores', 'upvotes'];
/** As many as the largest conversation has: more would be a table's. */
const mostSorted = 1_000;

let database: TestDatabase;
let site: ListeningApp;
let cookie: string;
let addresses: string[];

beforeAll(async () => {
	database = await createTestDatabase();
	await fillDatabase(database.url, size);
	await enlarge();
	cookie = (await signIn(database.pool, [1]))[0]!.cookie;
	site = await openListeningApp(database.url);
	addresses = await listAddresses();
});
afterAll(async () => {
	await site.close();
	await database.close();
});

/** Features and revisions are few in life; a table of some pages is rightly read from end to end. */
async function enlarge() {
	const { pool } = database;
	await pool.query(`
		insert into features (post_id, thread_id, moderator_id, note)
		select id, thread_id, 2, repeat('Look at this. ', 65) from posts
		where visible and (depth = 0 or id % 4 = 0) on conflict do nothing`);
	await pool.query(`
		insert into revisions (post_id, number, body, html, created_at)
		select id, 100 + n, body, html, created_at from posts, generate_series(1, 5) as n where depth = 0`);
	await pool.query('vacuum analyze features, revisions');
}

/** Each page, and each list with each sort, period and filter, and its second page. */
async function listAddresses(): Promise<string[]> {
	const first = async (query: string) => {
		const { rows } = await database.pool.query<{ value: string }>(query);
		return rows[0]!.value;
	};
	const answer = await first(
		'select id as value from posts join scores on post_id = id where reply_count >= 1000 and depth = 0',
	);
	const reply = await first(
		`select id as value from posts join scores on post_id = id
		where answer_id = ${answer} and depth > 3 and reply_count > 0`,
	);
	const member = await first('select handle as value from accounts where id = 1');
	const slug = await first('select slug as value from threads where id = 1');
	const list = `/api/threads/${slug}/posts`;
	const combine = (parts: string[][]): string[] =>
		parts.reduce((all, part) => all.flatMap((start) => part.map((end) => start + end)));
	const orders = [
		'sort=top',
		'sort=top&period=month',
		'sort=top&period=week',
		'sort=new',
		'sort=best',
	];
	const filters = ['', '&featured=true', '&featured=false', '&practice=make-good-work-better'];
	const paged = [
		...combine([[`${list}?`], orders, ['', '&kind=definition', '&kind=story'], filters]),
		...['best', 'top', 'new'].map((sort) => `/api/posts/${answer}/replies?sort=${sort}`),
		`/api/posts/${answer}/revisions?limit=2`,
		'/api/threads?limit=2',
	];
	const next: string[] = [];
	for (const address of paged) {
		const cursor = JSON.parse((await site.ask(address)).body).next as string | null;
		if (cursor) next.push(`${address}&cursor=${cursor}`);
	}
	return [
		...paged,
		...next,
		...combine([['/?tab='], ['all', 'definitions', 'stories', 'featured']]),
		`/threads/${slug}?tab=definitions&sort=new`,
		'/threads',
		`/posts/${answer}`,
		`/posts/${reply}`,
		`/posts/${reply}?branch`,
		`/posts/${answer}/revisions`,
		`/members/${member}`,
		`/api/posts/${answer}`,
	];
}

/** What a statement's plan reads from end to end or sorts, where it is much; `reached` collects its tables. */
async function judge({ text, values }: Statement, reached: Set<string>): Promise<string[]> {
	const { rows } = await database.pool.query(`explain (format json) ${text}`, values);
	const faults: string[] = [];
	const walk = (plan: Plan) => {
		const { 'Node Type': type, 'Relation Name': table = '', 'Plan Rows': count, Plans = [] } = plan;
		if (table) reached.add(table);
		if (type === 'Seq Scan' && large.includes(table)) faults.push(`reads all ${table}`);
		const sorted = type === 'Sort' ? Plans[0]!['Plan Rows'] : 0;
		if (sorted > mostSorted) faults.push(`sorts ${sorted} rows for ${count}`);
		Plans.forEach(walk);
	};
	walk((rows[0] as { 'QUERY PLAN': [{ Plan: Plan }] })['QUERY PLAN'][0].Plan);
	return faults;
}

test('every page and list, signed in or not, reads large tables by their indexes only', async () => {
	const reached = new Set<string>();
	const known = new Set<string>();
	const faults: string[] = [];
	const judgeAll = async (address: string, statements: Statement[]) => {
		for (const statement of statements) {
			if (known.has(statement.text)) continue;
			known.add(statement.text);
			for (const fault of await judge(statement, reached)) faults.push(`${address} ${fault}`);
		}
	};
	for (const address of addresses)
		for (const session of [undefined, cookie])
			await judgeAll(address, (await site.ask(address, session)).statements);
	const { rows } = await database.pool.query<{ cursor: string }>('select cursor from threads');
	const listener = { bufferedAmount: 0, send: () => {} };
	const subscription = { topic: 'thread:1', after: Number(rows[0]!.cursor) - 500 };
	const { live } = site.app.context;
	await judgeAll('a live topic', await site.listen(() => live.subscribe(listener, subscription)));
	expect(faults).toEqual([]);
	expect([...reached]).toEqual(expect.arrayContaining(large));
});
