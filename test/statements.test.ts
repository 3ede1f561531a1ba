import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, fillThread, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let author: Client;
let answer: Post;
let below: Post;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	author = await site.join('author');
	answer = await tell(author);
	below = await reply(host, answer);
	await fillWith(3);
	await site.reader.visit('/');
});
afterAll(() => closeSite(site));

/** `count` more of all that a page lists: threads, answers, features, replies, votes, revisions, posts of one member. */
async function fillWith(count: number) {
	const { db } = site.database;
	await fillThread(site, { answerId: answer.id, count, prefix: `crowd_${count}` });
	for (let n = 0; n < count; n++) {
		const opening = { question: 'Another?', introduction: 'So.', slug: `thread-${count}-${n}` };
		await host.post('/api/threads', opening);
		await reply(author, below);
		await author.patch(`/api/posts/${answer.id}`, {
			body: `It stood in the rain, ${count}, ${n}.`,
		});
	}
	await db.execute(sql`
		insert into upvotes (post_id, account_id, author_id)
		select id, ${host.id}, author_id from posts where author_id <> ${host.id} on conflict do nothing`);
	await db.execute(sql`
		insert into features (post_id, thread_id, moderator_id, note, highlight)
		select id, thread_id, ${host.id}, 'Look.', 'Words' from posts where depth = 0 on conflict do nothing`);
}

/** How many statements a request makes, that of its session included, with nothing in memory. */
async function countStatements(client: Client, url: string): Promise<number> {
	site.forget();
	const statements = await site.database.statementsOf(async () => {
		const response = await client.get(url, { accept: 'text/html' });
		expect([200, 303, 401, 403], url).toContain(response.statusCode);
	});
	return statements.length;
}

/** Of each page and list: signed out, and signed in (the session is one statement more). */
const expected: [url: string, reader: number, member: number][] = [
	['/', 6, 8],
	['/?tab=definitions', 4, 6],
	['/?tab=stories&sort=best', 4, 6],
	['/?tab=featured', 4, 6],
	['/threads', 1, 2],
	['/threads/ownership', 6, 8],
	['/threads/ownership?tab=definitions&sort=new', 4, 6],
	['/threads/ownership/stories/new', 0, 2],
	['/posts/:answer', 6, 8],
	['/posts/:answer?sort=new', 6, 8],
	['/posts/:reply', 7, 9],
	['/posts/:reply?branch', 7, 9],
	['/posts/:answer/revisions', 5, 6],
	['/posts/:answer/edit', 0, 5],
	['/members/author', 5, 7],
	['/sign-up', 0, 1],
	['/sign-in', 0, 1],
	['/api/me', 0, 1],
	['/api/threads', 1, 2],
	['/api/threads/ownership', 1, 2],
	['/api/threads/ownership/posts', 4, 6],
	['/api/threads/ownership/posts?kind=story&sort=best', 4, 6],
	['/api/threads/ownership/posts?featured=true&limit=100', 4, 6],
	['/api/posts/:answer', 1, 2],
	['/api/posts/:answer/replies', 6, 8],
	['/api/posts/:answer/revisions', 2, 3],
	['/api/members?prefix=crowd', 1, 2],
	['/health/live', 0, 0],
	['/health/ready', 1, 1],
	['/api/openapi.json', 0, 1],
];

test('each page and list makes a fixed number of statements, however much is on it', async () => {
	const measure = async () => {
		const counted: typeof expected = [];
		for (const [url] of expected) {
			const address = url.replace(':answer', `${answer.id}`).replace(':reply', `${below.id}`);
			const reader = await countStatements(site.reader, address);
			counted.push([url, reader, await countStatements(author, address)]);
		}
		return counted;
	};
	expect(await measure()).toEqual(expected);
	await fillWith(30);
	expect(await measure()).toEqual(expected);
});

test('a member’s own part of what is kept is one statement, and a reader’s none', async () => {
	const { statementsOf } = site.database;
	for (const address of ['/api/threads/ownership/posts', `/api/posts/${answer.id}/replies`]) {
		await author.get(address);
		expect(await statementsOf(() => site.reader.get(address))).toEqual([]);
		expect(await statementsOf(() => author.get(address))).toHaveLength(1);
	}
});

test('the lists that were counted had something in them', async () => {
	const { items } = (await author.get('/api/threads/ownership/posts?limit=100')).json();
	expect(items.length).toBe(67);
	expect(items.every(({ feature }: Post) => feature !== null)).toBe(true);
	const replies = (await author.get(`/api/posts/${answer.id}/replies?limit=100`)).json();
	expect(replies.items.length).toBe(67);
	expect((await author.get('/api/threads?limit=100')).json().items.length).toBe(34);
	const revisions = (await author.get(`/api/posts/${answer.id}/revisions?limit=100`)).json();
	expect(revisions.items.length).toBe(33);
});
