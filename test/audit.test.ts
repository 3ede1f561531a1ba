import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts } from '../db/schema.ts';
import { openPassword } from '../server/accounts/administration.ts';
import { issueSetUp } from '../server/accounts/hosts.ts';
import { auditEvents, type DoneEvent } from '../server/audit/schema.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { drawPicture, fileForm } from './support/pictures.ts';
import { define, read, tell } from './support/scenes.ts';

type Line = Record<string, unknown> & { event?: string };

const readLines = (log: string[]) =>
	log.map((line) => JSON.parse(line) as Line).filter(({ event }) => event !== undefined);

/** What the audit log says of an act, apart from when and where. */
async function linesOf(site: TestApp, act: () => Promise<unknown>) {
	const before = site.log.length;
	await act();
	return readLines(site.log.slice(before)).map(
		({ level, time, pid: _pid, hostname: _hostname, msg, reqId, address, ...line }) => {
			expect([level, typeof time, address]).toEqual([30, 'number', '127.0.0.1']);
			expect(reqId).toMatch(/^[\w-]{7}-[\da-z]+$/);
			expect(msg).toBe(auditEvents[line.event as keyof typeof auditEvents]);
			return line;
		},
	);
}

const another = 'five tiles in a row';

describe('what is written down', () => {
	let site: TestApp;
	let host: Client;
	let moderator: Client;
	let member: Client;
	let dataDir: string;
	beforeAll(async () => {
		dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-audit-'));
		site = await createTestApp({ logLevel: 'info', dataDir });
		host = await site.join('host');
		moderator = await site.join('moderator', 'moderator');
		member = await site.join('member');
	});
	afterAll(async () => {
		await site.close();
		await rm(dataDir, { recursive: true, force: true });
		expect(site.complaints).toEqual([]);
	});

	const account = ({ id }: { id: number }) => ({ kind: 'account', id });
	const post = ({ id }: { id: number }) => ({ kind: 'post', id });
	const done = (event: DoneEvent, { id }: Client, subject: object | null, details = {}) => ({
		event,
		outcome: 'done',
		actor: id,
		subject,
		...details,
	});
	const refused = (event: string, actor: number | null, details: object) => ({
		event,
		outcome: 'refused',
		actor,
		subject: null,
		...details,
	});
	const signIn = (client: Client, handle: string, given = password) =>
		client.post('/api/session', { email: `${handle}@example.com`, password: given });

	test('who joins, signs out and in, and is refused', async () => {
		const client = new Client(site.app);
		const newcomer = {
			handle: 'nia',
			name: 'Nia',
			email: 'nia@example.com',
			password,
		};
		const joining = await linesOf(site, async () => {
			client.id = (await client.post('/api/accounts', newcomer)).json().id;
		});
		expect(joining).toEqual([
			done('account.created', client, account(client), { role: 'member' }),
			done('session.created', client, account(client)),
		]);
		expect(await linesOf(site, () => client.delete('/api/session'))).toEqual([
			done('session.ended', client, account(client)),
		]);
		expect(await linesOf(site, () => client.delete('/api/session'))).toEqual([]);
		expect(await linesOf(site, () => signIn(client, 'nia'))).toEqual([
			done('session.created', client, account(client)),
		]);
		expect(await linesOf(site, () => signIn(client, 'nia'))).toEqual([
			done('session.created', client, account(client)),
			done('session.ended', client, account(client)),
		]);
		const where = { status: 401, method: 'POST', url: '/api/session', what: 'password' };
		const stranger = new Client(site.app);
		const wrong = await linesOf(site, () => signIn(stranger, 'nia', 'a wrong one'));
		expect(wrong).toEqual([
			{ ...refused('session.refused', null, where), subject: account(client) },
		]);
		expect(await linesOf(site, () => signIn(stranger, 'nobody'))).toEqual([
			refused('session.refused', null, where),
		]);
	});

	test('links for a password that are made, used and refused', async () => {
		const { id } = await site.join('forgetful');
		const subject = { kind: 'account', id };
		const made: unknown[] = [];
		const audit = (...line: unknown[]) => void made.push(line);
		const { token } = await openPassword({ ...site.database, audit }, 'forgetful');
		expect(made).toEqual([['link.created', subject, { what: 'password' }]]);
		const url = `/api/password-resets/${token}`;
		const client = new Client(site.app);
		client.id = id;
		expect(await linesOf(site, () => client.put(url, { password: 'aaaaaaaaaa' }))).toEqual([]);
		expect(await linesOf(site, () => client.put(url, { password: another }))).toEqual([
			done('link.used', client, subject, { what: 'password' }),
			done('password.changed', client, subject),
			done('sessions.ended', client, subject, { count: 1 }),
			done('session.created', client, subject),
		]);
		const over = { status: 410, what: 'password' };
		const own = '/api/password-resets/…';
		expect(await linesOf(site, () => client.put(url, { password: another }))).toEqual([
			refused('link.refused', id, { ...over, method: 'PUT', url: own }),
		]);
		const page = `/password-resets/${token}`;
		expect(await linesOf(site, () => client.visit(page))).toEqual([
			refused('link.refused', id, { ...over, method: 'GET', url: '/password-resets/…' }),
		]);
	});

	test('links that make a host, used and refused', async () => {
		const empty = await createTestApp({ logLevel: 'info' });
		const setUp = (await issueSetUp(empty.database.db))!;
		const identity = (n: number) => ({
			handle: `early_${n}`,
			name: `Early ${n}`,
			email: `early_${n}@example.com`,
			password,
			setUp,
		});
		const first = new Client(empty.app);
		const joining = await linesOf(empty, async () => {
			first.id = (await first.post('/api/accounts', identity(1))).json().id;
		});
		expect(joining.slice(0, 2)).toEqual([
			done('link.used', first, account(first), { what: 'set-up' }),
			done('account.created', first, account(first), { role: 'host' }),
		]);
		const late = () => new Client(empty.app).post('/api/accounts', identity(2));
		const where = { method: 'POST', url: '/api/accounts', status: 410, what: 'set-up' };
		expect(await linesOf(empty, late)).toEqual([refused('link.refused', null, where)]);
		await empty.close();
	});

	test('what members write and take back, once however often it is sent', async () => {
		const key = { 'idempotency-key': 'once' };
		const answers = '/api/threads/ownership/posts';
		const words = { kind: 'definition', body: 'I answer for it.' };
		let id = 0;
		const publish = async () => {
			id = (await member.post(answers, words, key)).json().id;
		};
		const writing = await linesOf(site, async () => Promise.all([publish(), publish()]));
		expect(writing).toEqual([done('post.created', member, { kind: 'post', id })]);
		expect(await linesOf(site, publish)).toEqual([]);
		expect(await linesOf(site, () => member.post(answers, words))).toEqual([]);
		const answer = async () => {
			const again = { ...key, 'idempotency-key': 'answered' };
			await host.post(`/api/posts/${id}/replies`, { body: 'So?' }, again);
		};
		const replying = await linesOf(site, async () => Promise.all([answer(), answer(), answer()]));
		const [{ id: replyId }] = (await host.get(`/api/posts/${id}/replies`)).json().items;
		expect(replying).toEqual([done('post.created', host, { kind: 'post', id: replyId })]);
		const revise = () => member.patch(`/api/posts/${id}`, { body: 'I answer for all of it.' });
		const edited = [done('post.edited', member, { kind: 'post', id })];
		expect(await linesOf(site, revise)).toEqual(edited);
		expect(await linesOf(site, revise)).toEqual([]);
		expect(await linesOf(site, () => member.delete(`/api/posts/${id}`))).toEqual([
			done('post.deleted', member, { kind: 'post', id }),
		]);
		const hide = () => member.patch('/api/me', { hidden: true });
		expect(await linesOf(site, hide)).toEqual([
			done('account.changed', member, account(member), { hidden: true }),
		]);
		expect(await linesOf(site, hide)).toEqual([]);
	});

	test('what members upload', async () => {
		const file = fileForm(await drawPicture({ width: 40, height: 40 }));
		const send = (method: 'POST' | 'PUT', url: string) => member.send({ method, url, ...file });
		let image = '';
		const uploading = await linesOf(site, async () => {
			image = (await send('POST', '/api/images')).json().id;
		});
		expect(uploading).toEqual([done('image.created', member, { kind: 'image', id: image })]);
		const setting = await linesOf(site, async () => {
			image = /[\w-]{22}/.exec((await send('PUT', '/api/me/avatar')).json().avatar)![0];
		});
		expect(setting).toEqual([
			done('image.created', member, { kind: 'image', id: image }),
			done('avatar.changed', member, account(member), { image }),
		]);
		const take = () => member.delete('/api/me/avatar');
		expect(await linesOf(site, take)).toEqual([done('avatar.deleted', member, account(member))]);
		expect(await linesOf(site, take)).toEqual([]);
		const removal = `/api/images/${image}/removal`;
		const picture = { kind: 'image', id: image };
		const because = { reason: 'To see.' };
		expect(await linesOf(site, () => moderator.put(removal, because))).toEqual([
			done('image.removed', moderator, picture),
		]);
		const restored = [done('image.restored', moderator, picture)];
		expect(await linesOf(site, () => moderator.delete(removal))).toEqual(restored);
		expect(await linesOf(site, () => moderator.delete(removal))).toEqual([]);
	});

	test('what moderators and hosts do and undo, and nothing that changes nothing', async () => {
		const { id } = await tell(member);
		const subject = post({ id });
		const because = { reason: 'To see.' };
		const written = async (act: () => Promise<unknown>, ...events: DoneEvent[]) => {
			const lines = await linesOf(site, act);
			expect(lines).toEqual(events.map((event) => done(event, moderator, subject)));
		};
		const feature = `/api/posts/${id}/feature`;
		await written(() => moderator.put(feature, { note: 'Look.' }), 'post.featured');
		await written(() => moderator.put(feature, { note: 'Look.' }));
		await written(() => moderator.delete(feature), 'post.unfeatured');
		await written(() => moderator.delete(feature));
		const removal = `/api/posts/${id}/removal`;
		await written(() => moderator.put(removal, because), 'post.removed');
		expect(await linesOf(site, () => moderator.put(removal, because))).toEqual([
			done('post.removed', moderator, subject, { reworded: true }),
		]);
		await written(() => moderator.delete(removal), 'post.restored');
		await written(() => moderator.delete(removal));

		const thread = { kind: 'thread', id: (await read(member, id)).threadId };
		const lock = '/api/threads/ownership/lock';
		const locking = await linesOf(site, async () => {
			await moderator.put(lock);
			await moderator.put(lock);
			await moderator.delete(lock);
			await moderator.delete(lock);
		});
		expect(locking).toEqual([
			done('thread.locked', moderator, thread),
			done('thread.unlocked', moderator, thread),
		]);

		const hiding = await linesOf(site, async () => {
			await site.database.db
				.update(accounts)
				.set({ name: 'Some Body' })
				.where(eq(accounts.id, member.id));
			await moderator.put('/api/members/member/removals/name', because);
			await moderator.delete('/api/members/member/removals/name');
			await moderator.delete('/api/members/member/removals/name');
		});
		expect(hiding).toEqual([
			done('profile.removed', moderator, account(member), { part: 'name' }),
			done('profile.restored', moderator, account(member), { part: 'name' }),
		]);

		const suspending = await linesOf(site, async () => {
			await moderator.put('/api/members/member/suspension', because);
			await moderator.delete('/api/members/member/suspension');
			await moderator.delete('/api/members/member/suspension');
		});
		expect(suspending).toEqual([
			done('account.suspended', moderator, account(member)),
			done('account.unsuspended', moderator, account(member)),
		]);

		const naming = await linesOf(site, async () => {
			await host.put('/api/members/member/role', { role: 'moderator' });
			await host.put('/api/members/member/role', { role: 'moderator' });
			await host.put('/api/members/member/role', { role: 'member' });
		});
		expect(naming).toEqual([
			done('role.given', host, account(member), { from: 'member', to: 'moderator' }),
			done('role.given', host, account(member), { from: 'moderator', to: 'member' }),
		]);

		const opening = await linesOf(site, async () => {
			const input = { question: 'And now?', introduction: 'Well.', slug: 'now' };
			const key = { 'idempotency-key': 'opened' };
			for (const _ of [1, 2]) await host.post('/api/threads', input, key);
			await host.post('/api/threads', input);
		});
		expect(opening).toEqual([
			done('thread.created', host, { kind: 'thread', id: expect.any(Number) }),
		]);
	});

	test('who is refused what', async () => {
		const { id } = await define(host);
		const removal = `/api/posts/${id}/removal`;
		const because = { reason: 'To see.' };
		const asked = { what: 'post.removed', method: 'PUT', url: removal };
		expect(await linesOf(site, () => site.reader.put(removal, because))).toEqual([
			refused('access.refused', null, { ...asked, status: 401 }),
		]);
		expect(await linesOf(site, () => member.put(removal, because))).toEqual([
			refused('access.refused', member.id, { ...asked, status: 403 }),
		]);
		const elsewhere = { 'sec-fetch-site': 'cross-site' };
		const upvote = `/api/posts/${id}/upvote?secret=1`;
		const forge = () => member.send({ method: 'PUT', url: upvote, headers: elsewhere });
		expect(await linesOf(site, forge)).toEqual([
			refused('access.refused', null, {
				what: null,
				method: 'PUT',
				url: `/api/posts/${id}/upvote`,
				status: 403,
			}),
		]);
		// its page is asked for once more, to show the form again
		const from = `/password-resets/${'A'.repeat(43)}`;
		const form = () =>
			member.form(`${removal}?_method=PUT`, { ...because, from, _account: String(host.id) });
		expect(await linesOf(site, form)).toEqual([
			refused('access.refused', null, { ...asked, status: 401 }),
		]);
		expect(await linesOf(site, () => member.get(`/api/posts/${2 ** 31 - 1}`))).toEqual([]);
	});

	test('a summary of what is refused too often, when the server stops at the latest', async () => {
		const many = await createTestApp({ logLevel: 'info' });
		const lines = await linesOf(many, async () => {
			for (let n = 0; n < 12; n++) await many.reader.put('/api/threads/ownership/lock');
		});
		expect(lines).toHaveLength(5);
		const before = many.log.length;
		await many.close();
		expect(readLines(many.log.slice(before))).toMatchObject([
			{
				event: 'access.refused',
				outcome: 'refused',
				what: 'thread.locked',
				address: '127.0.0.1',
				more: 7,
			},
		]);
	});

	test('nothing of a transaction that is rolled back', async () => {
		const { db } = site.database;
		const { id } = await tell(member);
		await db.execute(sql`
			create function refuse_at_commit() returns trigger language plpgsql as $$ begin raise 'no'; end $$`);
		await db.execute(sql`
			create constraint trigger refuse_at_commit after insert on events
			deferrable initially deferred for each row execute function refuse_at_commit()`);
		const story = { kind: 'story', title: 'The pallet', body: 'I moved it.' };
		const lines = await linesOf(site, async () => {
			const answers = [
				await member.post('/api/threads/ownership/posts', story),
				await member.post(`/api/posts/${id}/replies`, { body: 'So?' }),
				await moderator.put('/api/threads/ownership/lock'),
			];
			expect(answers.map(({ statusCode }) => statusCode)).toEqual([500, 500, 500]);
			for (const { headers } of answers) expect(headers['x-request-id']).toMatch(/^[\w-]{9,}$/);
		});
		expect(lines).toEqual([]);
		await db.execute(sql`drop trigger refuse_at_commit on events`);
		const told = site.complaints.splice(0).map((line) => JSON.parse(line));
		expect(told.map(({ reqId }) => typeof reqId)).toEqual(['string', 'string', 'string']);
	});
});
