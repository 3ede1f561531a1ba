import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, locks, removals, suspensions } from '../db/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import {
	closeSite,
	define,
	expectProblem,
	nowhere,
	read,
	readEvents,
	reply,
	tell,
} from './support/scenes.ts';

let site: TestApp;
let host: Client;
let moderator: Client;
let member: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	moderator = await site.join('moderator', 'moderator');
	member = await site.join('member');
});
afterAll(() => closeSite(site));

describe('a removal', () => {
	test('takes a post away with a reason, and can be taken back', async () => {
		const post = await tell(member);
		const url = `/api/posts/${post.id}/removal`;
		const before = (await site.reader.get('/api/threads/ownership')).json();
		const response = await moderator.put(url, { reason: '  Off the point.\r\n' });
		expect(response.statusCode).toBe(200);
		const removal = { reason: 'Off the point.', at: expect.any(String) };
		expect(response.json()).toEqual({ postId: post.id, removal });
		expect((await read(member, post.id)).removal).toEqual(removal);
		const removed = (await readEvents(site)).at(-1)!;
		expect(removed.event).toEqual({
			type: 'post.removed',
			postId: post.id,
			at: response.json().removal.at,
			counts: {
				...before.counts,
				stories: before.counts.stories - 1,
				members: 0,
			},
		});
		const listed = await moderator.get('/api/threads/ownership/posts?sort=new&limit=100');
		expect(listed.json().items.map(({ id }: { id: number }) => id)).not.toContain(post.id);

		expect((await moderator.delete(url)).statusCode).toBe(204);
		const restored = await read(site.reader, post.id);
		expect(restored).toEqual({ ...post, viewer: null });
		const events = await readEvents(site);
		expect(events.at(-1)!.event).toEqual({
			type: 'post.restored',
			postId: post.id,
			post: restored,
			counts: before.counts,
		});
		expect((await moderator.delete(url)).statusCode).toBe(204);
		expect(await readEvents(site)).toEqual(events);
	});

	test('of a removed post changes the reason alone', async () => {
		const post = await tell(member);
		const url = `/api/posts/${post.id}/removal`;
		const first = (await moderator.put(url, { reason: 'First.' })).json();
		expect((await member.visit(`/posts/${post.id}`)).body).toContain('First.');
		const events = await readEvents(site);
		const second = (await host.put(url, { reason: 'Second.' })).json();
		expect(second.removal).toEqual({ reason: 'Second.', at: first.removal.at });
		expect((await read(member, post.id)).removal!.reason).toBe('Second.');
		expect((await member.visit(`/posts/${post.id}`)).body).toContain('Second.');
		expect(await readEvents(site)).toEqual(events);
	});

	test('keeps upvotes, replies and revisions for the day it is restored', async () => {
		const post = await tell(member);
		await reply(host, post);
		await host.put(`/api/posts/${post.id}/upvote`);
		await member.patch(`/api/posts/${post.id}`, { body: 'Better words.' });
		const before = await read(site.reader, post.id);
		await moderator.put(`/api/posts/${post.id}/removal`, { reason: 'For now.' });
		await moderator.delete(`/api/posts/${post.id}/removal`);
		expect(await read(site.reader, post.id)).toEqual(before);
	});

	test('by two moderators at once is one removal, and no error of the server', async () => {
		const newcomer = await site.join('newcomer');
		const post = await define(newcomer);
		const url = `/api/posts/${post.id}/removal`;
		const answers = await Promise.all(
			[moderator, host, moderator].map((client) => client.put(url, { reason: 'Off the point.' })),
		);
		for (const { statusCode } of answers) expect([200, 409]).toContain(statusCode);
		expect(await site.database.db.$count(removals, eq(removals.postId, post.id))).toBe(1);
		const restored = await Promise.all([moderator, host].map((client) => client.delete(url)));
		for (const { statusCode } of restored) expect([204, 409]).toContain(statusCode);
		expect(await site.database.db.$count(removals, eq(removals.postId, post.id))).toBe(0);
	});

	test('needs a reason, a moderator and a post', async () => {
		const post = await tell(member);
		const url = `/api/posts/${post.id}/removal`;
		for (const body of [{}, { reason: '' }, { reason: ' \u200b\n' }, { reason: 'x'.repeat(1001) }])
			expectProblem(await moderator.put(url, body), 422);
		expectProblem(await site.reader.put(url, { reason: 'No.' }), 401);
		expectProblem(await member.put(url, { reason: 'No.' }), 403);
		expectProblem(await site.reader.delete(url), 401);
		expectProblem(await member.delete(url), 403);
		expectProblem(await moderator.put(`/api/posts/${nowhere}/removal`, { reason: 'No.' }), 404);
		expectProblem(await moderator.delete(`/api/posts/${nowhere}/removal`), 404);
		expect((await read(member, post.id)).removal).toBeNull();
	});
});

describe('a lock', () => {
	const url = '/api/threads/ownership/lock';

	test('closes a thread to answers and opens it again, one event each', async () => {
		const post = await tell(member);
		const locked = await moderator.put(url);
		expect(locked.statusCode).toBe(200);
		expect(locked.json()).toEqual({ slug: 'ownership', lockedAt: expect.any(String) });
		const { lockedAt } = locked.json();
		expect((await site.reader.get('/api/threads/ownership')).json().lockedAt).toBe(lockedAt);
		expect((await site.reader.visit('/')).body).toContain('This thread is locked.');
		expect((await read(member, post.id)).viewer).toMatchObject({
			canReply: false,
			canEdit: false,
			canDelete: true,
		});
		expect((await member.visit('/threads/ownership/stories/new')).statusCode).toBe(403);
		const events = await readEvents(site);
		expect(events.at(-1)!.event).toEqual({ type: 'thread.locked', at: lockedAt });
		expect((await host.put(url)).json()).toEqual(locked.json());
		expect(await readEvents(site)).toEqual(events);

		expect((await moderator.delete(url)).statusCode).toBe(204);
		expect((await moderator.delete(url)).statusCode).toBe(204);
		const after = await readEvents(site);
		expect(after.length).toBe(events.length + 1);
		expect(after.at(-1)!.event).toEqual({ type: 'thread.unlocked' });
		await reply(member, post);
	});

	test('set by two moderators at once is one change', async () => {
		const before = await readEvents(site);
		const answers = await Promise.all([moderator.put(url), host.put(url), moderator.put(url)]);
		await Promise.all([moderator.delete(url), host.delete(url), moderator.delete(url)]);
		expect(await site.database.db.$count(locks)).toBe(0);
		expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
		const events = (await readEvents(site)).slice(before.length);
		expect(events.map(({ event }) => event.type)).toEqual(['thread.locked', 'thread.unlocked']);
	});

	test('is for moderators, on a thread that is there', async () => {
		for (const method of ['PUT', 'DELETE'] as const) {
			expectProblem(await site.reader.send({ method, url }), 401);
			expectProblem(await member.send({ method, url }), 403);
			const elsewhere = url.replace('ownership', 'nowhere');
			expectProblem(await moderator.send({ method, url: elsewhere }), 404);
		}
	});
});

describe('a suspension', () => {
	test('stops a member from writing, says why, and ends', async () => {
		const loud = await site.join('Loud');
		const post = await tell(member);
		const url = '/api/members/lOUD/suspension';
		const response = await moderator.put(url, { reason: 'Three insults in a day. ' });
		expect(response.statusCode).toBe(200);
		const suspension = { reason: 'Three insults in a day.', at: expect.any(String) };
		expect(response.json()).toEqual({ handle: 'Loud', ...suspension });
		expect((await loud.get('/api/me')).json().suspension).toEqual(suspension);
		const refused = await loud.put(`/api/posts/${post.id}/upvote`);
		expect(expectProblem(refused, 403).detail).toContain('suspended');
		expect((await read(loud, post.id)).viewer).toEqual({
			upvoted: false,
			canUpvote: false,
			canReply: false,
			canEdit: false,
			canDelete: false,
			canFeature: false,
			canRemove: false,
		});
		expect((await loud.visit('/')).body).toContain('Three insults in a day.');
		expect((await site.reader.visit('/members/Loud')).body).not.toContain('insults');

		await host.put(url, { reason: 'Four.' });
		expect((await loud.get('/api/me')).json().suspension.reason).toBe('Four.');
		expect((await moderator.delete(url)).statusCode).toBe(204);
		expect((await moderator.delete(url)).statusCode).toBe(204);
		expect((await loud.get('/api/me')).json().suspension).toBeNull();
		expect((await loud.put(`/api/posts/${post.id}/upvote`)).statusCode).toBe(200);
	});

	test.each([
		['moderator', 'member', 200],
		['moderator', 'moderator', 403],
		['moderator', 'other_moderator', 403],
		['moderator', 'host', 403],
		['host', 'other_moderator', 200],
		['host', 'host', 403],
		['member', 'moderator', 403],
	])('by a %s of %s is answered with %i', async (by, handle, status) => {
		if (handle === 'other_moderator') await site.join(`${handle}_${by}`, 'moderator');
		const target = handle === 'other_moderator' ? `${handle}_${by}` : handle;
		const url = `/api/members/${target}/suspension`;
		const client = { moderator, host, member }[by]!;
		const response = await client.put(url, { reason: 'To see.' });
		expect(response.statusCode, response.body).toBe(status);
		if (status === 200) expect((await client.delete(url)).statusCode).toBe(204);
		expect(await site.database.db.$count(suspensions)).toBe(0);
	});

	test('of a moderator takes their powers', async () => {
		const fallen = await site.join('fallen', 'moderator');
		const post = await tell(member);
		await host.put('/api/members/fallen/suspension', { reason: 'A pause.' });
		expectProblem(await fallen.put(`/api/posts/${post.id}/feature`, {}), 403);
		expectProblem(await fallen.put(`/api/posts/${post.id}/removal`, { reason: 'No.' }), 403);
		expectProblem(await fallen.put('/api/threads/ownership/lock'), 403);
		expectProblem(await fallen.delete('/api/members/fallen/suspension'), 403);
		await host.delete('/api/members/fallen/suspension');
	});

	test('needs a reason and a member', async () => {
		expectProblem(await moderator.put('/api/members/member/suspension', {}), 422);
		for (const handle of ['nobody', 'a', 'with-hyphen', '%00'])
			expectProblem(
				await moderator.put(`/api/members/${handle}/suspension`, { reason: 'Who?' }),
				404,
			);
		expectProblem(await site.reader.put('/api/members/member/suspension', { reason: 'No.' }), 401);
	});
});

describe('a role', () => {
	const change = (client: Client, handle: string, role: unknown) =>
		client.put(`/api/members/${handle}/role`, { role });

	test('is given and taken by the host, and counts from the next request on', async () => {
		const rising = await site.join('Rising');
		const post = await tell(member);
		expectProblem(await rising.put(`/api/posts/${post.id}/feature`, {}), 403);
		const response = await change(host, 'rISING', 'moderator');
		expect(response.statusCode).toBe(200);
		expect(response.json()).toEqual({ handle: 'Rising', role: 'moderator' });
		expect((await rising.put(`/api/posts/${post.id}/feature`, {})).statusCode).toBe(200);
		await change(host, 'Rising', 'member');
		expectProblem(await rising.put(`/api/posts/${post.id}/feature`, {}), 403);
	});

	test('of the only host stays, also when two hosts leave at once', async () => {
		expectProblem(await change(host, 'host', 'member'), 409);
		await site.join('second_host', 'host');
		const answers = await Promise.all([
			change(host, 'host', 'moderator'),
			change(host, 'second_host', 'moderator'),
		]);
		expect(answers.map((answer) => answer.statusCode).sort()).toEqual([200, 409]);
		const { db } = site.database;
		expect(await db.$count(accounts, eq(accounts.role, 'host'))).toBe(1);
		await db.update(accounts).set({ role: 'host' }).where(eq(accounts.id, host.id));
	});

	test('is refused to others, and to nobody', async () => {
		for (const client of [member, moderator])
			expectProblem(await change(client, 'member', 'host'), 403);
		expectProblem(await change(site.reader, 'member', 'host'), 401);
		expectProblem(await change(host, 'nobody', 'host'), 404);
		for (const role of ['admin', '', null, 3, ['host'], undefined])
			expectProblem(await change(host, 'member', role), 422);
	});
});
