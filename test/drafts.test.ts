import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { drafts } from '../db/schema.ts';
import { trimDrafts } from '../server/drafts/service.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, reply, tell } from './support/scenes.ts';

let site: TestApp;
let member: Client;
let other: Client;

beforeAll(async () => {
	site = await createTestApp();
	await site.join('host');
	[member, other] = [await site.join('member'), await site.join('other')];
});
afterAll(() => closeSite(site));
beforeEach(() => site.database.db.delete(drafts));

const key = 'story:ownership';
const url = `/api/drafts/${key}`;
const content = { title: 'The pallet', body: 'It stood', practices: ['see-the-whole-job'] };
const keep = (client: Client, body: object, at = url) => client.put(at, body as never);
const keys = async (client: Client) =>
	(await client.get('/api/drafts')).json().items.map((draft: { key: string }) => draft.key);

test('a draft is kept, changed, listed, read on another device and deleted', async () => {
	const first = await keep(member, { content });
	expect(first.statusCode, first.body).toBe(200);
	expect(first.json()).toEqual({ key, content, updatedAt: expect.any(String) });
	const change = { ...content, body: 'It stood in the rain' };
	const second = (await keep(member, { content: change })).json();
	expect(Date.parse(second.updatedAt)).toBeGreaterThan(Date.parse(first.json().updatedAt));
	expect((await member.get(url)).json()).toEqual(second);
	const { updatedAt } = second;
	expect((await member.get('/api/drafts')).json()).toEqual({
		items: [{ key, updatedAt }],
		next: null,
	});
	expect((await member.delete(url)).statusCode).toBe(204);
	expect((await member.delete(url)).statusCode).toBe(204);
	expectProblem(await member.get(url), 404);
});

test('nobody else reads, lists or deletes it', async () => {
	await keep(member, { content });
	expectProblem(await other.get(url), 404);
	expect(await keys(other)).toEqual([]);
	await other.delete(url);
	expect(await keys(member)).toEqual([key]);
	for (const response of [
		await site.reader.get('/api/drafts'),
		await site.reader.get(url),
		await keep(site.reader, { content }),
		await site.reader.delete(url),
	])
		expectProblem(response, 401);
});

describe('a draft that says what it replaces', () => {
	test('replaces that one, and no other', async () => {
		const first = (await keep(member, { content, replaces: null })).json();
		const second = await keep(member, { content, replaces: first.updatedAt });
		expect(second.statusCode, second.body).toBe(200);
		for (const replaces of [null, first.updatedAt])
			expectProblem(await keep(member, { content: { body: 'Late' }, replaces }), 409);
		expect((await member.get(url)).json()).toEqual(second.json());
	});

	test.each(['2016-12-31T23:59:60Z', '0000-01-01T00:00:00Z', '1969-12-31T23:59:59.999Z'])(
		'replaces nothing of %s',
		async (replaces) => {
			await keep(member, { content });
			expectProblem(await keep(member, { content: { body: 'Late' }, replaces }), 409);
		},
	);

	test('is kept where that one is gone', async () => {
		const { updatedAt } = (await keep(member, { content })).json();
		await member.delete(url);
		expect((await keep(member, { content, replaces: updatedAt })).statusCode).toBe(200);
	});

	test('comes first once when two are sent at the same time', async () => {
		const answers = await Promise.all(
			[1, 2, 3].map(() => keep(member, { content, replaces: null })),
		);
		expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409, 409]);
	});
});

test.each([
	[{ content: { body: 'x'.repeat(25_001) } }],
	[{ content: { a: '', b: '', c: '', d: '', e: '', f: '' } }],
	[{ content: { practices: [1] } }],
	[{ content: { practices: Array(11).fill('x') } }],
	[{ content: 'x' }],
	[{ content, replaces: 'yesterday' }],
	[{ content: { body: '\0' } }],
	[{}],
])('%j is no draft', async (body) => {
	expectProblem(await keep(member, body), 422);
	expect(await keys(member)).toEqual([]);
});

test.each(['note:1', 'story:', 'story:Über', 'story:a/b', `story:${'x'.repeat(101)}`])(
	'nothing is kept under %s',
	async (name) => {
		expectProblem(await keep(member, { content }, `/api/drafts/${encodeURIComponent(name)}`), 404);
	},
);

test('an account has at most 100, of which the oldest makes room', async () => {
	for (let n = 1; n <= 101; n++)
		await keep(member, { content: { body: 'x' } }, `/api/drafts/reply:${n}`);
	const kept = await keys(member);
	expect(kept.length).toBe(100);
	expect(kept).not.toContain('reply:1');
	expect(kept[0]).toBe('reply:101');
	await keep(other, { content });
	expect((await keys(member)).length).toBe(100);
});

test('one that was not touched for 90 days goes', async () => {
	await keep(member, { content });
	await keep(other, { content });
	const { db } = site.database;
	await db.execute(
		sql`update drafts set updated_at = now() - interval '91 days' where account_id = ${member.id}`,
	);
	await db.execute(
		sql`update drafts set updated_at = now() - interval '89 days' where account_id = ${other.id}`,
	);
	expect(await trimDrafts(db)).toBe(1);
	expect([await keys(member), await keys(other)]).toEqual([[], [key]]);
});

test('posting deletes the draft of that form, and a post that is refused does not', async () => {
	const story = await tell(other);
	const write = (...names: string[]) =>
		Promise.all(names.map((name) => keep(member, { content }, `/api/drafts/${name}`)));
	const edit = `edit:${(await tell(member)).id}`;
	await write(key, 'definition:ownership', `reply:${story.id}`, edit, 'story:elsewhere');
	await member.post('/api/threads/ownership/posts', { kind: 'story', title: 'x', body: 'x' });
	expect((await keys(member)).length).toBe(5);
	await tell(member);
	await define(member);
	await reply(member, story);
	await member.patch(`/api/posts/${edit.split(':')[1]}`, { body: 'Other words.' });
	expect(await keys(member)).toEqual(['story:elsewhere']);
});
