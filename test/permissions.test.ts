import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accounts, images, locks } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { listRoutes, watchWritingRoutes } from './support/routes.ts';
import { closeSite, read, tell } from './support/scenes.ts';

const people = ['reader', 'member', 'author', 'moderator', 'host', 'suspended'] as const;
type Person = (typeof people)[number];
type Statuses = [number, number, number, number, number, number];

let site: TestApp;
let clients: Record<Person, Client>;
/** What the routes that write declare. */
let written: Awaited<ReturnType<typeof watchWritingRoutes>>[1];

beforeAll(async () => {
	[site, written] = await watchWritingRoutes(() => createTestApp({ logLevel: 'info' }));
	const host = await site.join('host');
	clients = {
		reader: site.reader,
		host,
		member: await site.join('member'),
		author: await site.join('author'),
		moderator: await site.join('moderator', 'moderator'),
		suspended: await site.join('suspended'),
	};
	const { id: bystander } = await site.join('bystander');
	const name = 'By Stander';
	await site.database.db.update(accounts).set({ name }).where(eq(accounts.id, bystander));
	await host.put('/api/members/suspended/suspension', { reason: 'To see what is left.' });
	for (const client of Object.values(clients)) listen(client);
	const { id: accountId } = clients.author;
	await site.database.db
		.insert(images)
		.values({ id: picture, accountId, width: 1, height: 1, size: 1 });
});
afterAll(() => closeSite(site));

/** What was asked for, as `PUT /api/posts/7/upvote`. */
const asked = new Set<string>();

function listen(client: Client): void {
	const send = client.send.bind(client);
	client.send = async (options) => {
		const asking = `${options.method} ${String(options.url).split('?')[0]}`;
		asked.add(asking);
		const before = site.log.length;
		const answer = await send(options);
		if (!isTogether)
			audit(asking, { status: answer.statusCode, client, lines: site.log.slice(before) });
		return answer;
	};
}

/** While several ask at once, nobody knows whose line is whose. */
let isTogether = false;
const patternOf = (route: string) =>
	new RegExp(`^${route.replaceAll(/:\w+/g, '[^/]+').replace('*', '.*')}$`);
/** The events that were written for what declares them. */
const seen = new Set<string>();

/** What succeeds is written down by its name and its sender, or has changed nothing; what fails is never said to be done. */
function audit(
	asking: string,
	{ status, client, lines }: { status: number; client: Client; lines: string[] },
): void {
	const [, config] = [...written].find(([route]) => patternOf(route).test(asking)) ?? [];
	const done = lines
		.map((line) => JSON.parse(line))
		.filter(({ outcome }) => outcome === 'done')
		.map(({ event, actor, address }) => ({ event, actor, address }));
	const event = typeof config?.audit === 'string' ? config.audit : null;
	const expected = [{ event, actor: client.id, address: '127.0.0.1' }];
	if (status >= 300 || event === null || done.length === 0) expect(done, asking).toEqual([]);
	else {
		expect(done, asking).toEqual(expected);
		seen.add(event);
	}
}

const picture = 'P'.repeat(22);
type Act = (client: Client, post: Post) => ReturnType<Client['get']>;
const story = { kind: 'story', title: 'The pallet', body: 'I moved it.' };
const removal = ({ id }: Post) => `/api/posts/${id}/removal`;
const feature = ({ id }: Post) => `/api/posts/${id}/feature`;
const upvote = ({ id }: Post) => `/api/posts/${id}/upvote`;
const lock = '/api/threads/ownership/lock';
const suspension = '/api/members/bystander/suspension';
const pictureRemoval = `/api/images/${picture}/removal`;
const nameRemoval = '/api/members/bystander/removals/name';
const because = { reason: 'To see.' };
const noLink = 'A'.repeat(43);
let opened = 0;

const everybody: Statuses = [200, 200, 200, 200, 200, 200];
const members = (status: number): Statuses => [401, status, status, status, status, 403];
const own = (status: number): Statuses => [401, status, status, status, status, status];
const alike = (status: number): Statuses => [status, status, status, status, status, status];
/** What does not depend on the thread. */
const always = (statuses: Statuses) => ({ open: statuses, locked: statuses });
const nobody: Statuses = [401, 403, 403, 403, 403, 403];
const moderators = (status: number): Statuses => [401, 403, 403, status, status, 403];
const onlyAuthor = (status: number): Statuses => [401, 403, status, 403, 403, 403];
const onlyHost = (status: number): Statuses => [401, 403, 403, 403, status, 403];

const table: { does: string; act: Act; open: Statuses; locked: Statuses }[] = [
	{
		does: 'reads a post',
		act: (client, { id }) => client.get(`/api/posts/${id}`),
		open: everybody,
		locked: everybody,
	},
	{
		does: 'reads its page',
		act: (client, { id }) => client.visit(`/posts/${id}`),
		open: everybody,
		locked: everybody,
	},
	{
		does: 'reads the thread',
		act: (client) => client.visit('/threads/ownership'),
		open: everybody,
		locked: everybody,
	},
	{
		does: 'answers',
		act: (client) => client.post('/api/threads/ownership/posts', story),
		open: [401, 201, 201, 201, 201, 403],
		locked: nobody,
	},
	{
		does: 'replies',
		act: (client, { id }) => client.post(`/api/posts/${id}/replies`, { body: 'So?' }),
		open: [401, 201, 201, 201, 201, 403],
		locked: nobody,
	},
	{
		does: 'upvotes',
		act: (client, post) => client.put(upvote(post)),
		open: [401, 200, 403, 200, 200, 403],
		locked: [401, 200, 403, 200, 200, 403],
	},
	{
		does: 'takes an upvote back',
		act: (client, post) => client.delete(upvote(post)),
		open: [401, 200, 403, 200, 200, 403],
		locked: [401, 200, 403, 200, 200, 403],
	},
	{
		does: 'edits',
		act: (client, { id }) => client.patch(`/api/posts/${id}`, { body: 'I moved it twice.' }),
		open: onlyAuthor(200),
		locked: nobody,
	},
	{
		does: 'deletes',
		act: (client, { id }) => client.delete(`/api/posts/${id}`),
		open: onlyAuthor(204),
		locked: onlyAuthor(204),
	},
	{
		does: 'features',
		act: (client, post) => client.put(feature(post), { note: 'Look.' }),
		open: moderators(200),
		locked: moderators(200),
	},
	{
		does: 'takes a feature back',
		act: async (client, post) => {
			await clients.host.put(feature(post), { note: 'Look.' });
			return client.delete(feature(post));
		},
		open: moderators(204),
		locked: moderators(204),
	},
	{
		does: 'removes',
		act: (client, post) => client.put(removal(post), because),
		open: moderators(200),
		locked: moderators(200),
	},
	{
		does: 'restores',
		act: async (client, post) => {
			await clients.host.put(removal(post), because);
			return client.delete(removal(post));
		},
		open: moderators(204),
		locked: moderators(204),
	},
	{
		does: 'locks the thread',
		act: (client) => client.put(lock),
		open: moderators(200),
		locked: moderators(200),
	},
	{
		does: 'unlocks the thread',
		act: (client) => client.delete(lock),
		open: moderators(204),
		locked: moderators(204),
	},
	{
		does: 'suspends a member',
		act: (client) => client.put(suspension, because),
		open: moderators(200),
		locked: moderators(200),
	},
	{
		does: 'ends a suspension',
		act: (client) => client.delete(suspension),
		open: moderators(204),
		locked: moderators(204),
	},
	{
		does: 'opens a thread',
		act: (client) =>
			client.post('/api/threads', {
				question: 'And now?',
				introduction: 'Well.',
				slug: `opened-${++opened}`,
			}),
		open: onlyHost(201),
		locked: onlyHost(201),
	},
	{
		does: 'names a moderator',
		act: (client) => client.put('/api/members/bystander/role', { role: 'moderator' }),
		open: onlyHost(200),
		locked: onlyHost(200),
	},
	{
		does: 'takes a picture away',
		act: (client) => client.put(pictureRemoval, because),
		...always(moderators(200)),
	},
	{
		does: 'puts a picture back',
		act: (client) => client.delete(pictureRemoval),
		...always(moderators(204)),
	},
	{
		does: 'hides a name',
		act: async (client) => {
			await clients.host.delete(nameRemoval);
			return client.put(nameRemoval, because);
		},
		...always(moderators(200)),
	},
	{
		does: 'puts a name back',
		act: (client) => client.delete(nameRemoval),
		...always(moderators(204)),
	},
	{
		does: 'reads their own account',
		act: (client) => client.get('/api/me'),
		...always(own(200)),
	},
	{
		does: 'reads what was taken away of their own',
		act: (client) => client.get('/api/me/removals'),
		...always(own(200)),
	},
	{
		does: 'shows that they are here',
		act: (client) => client.patch('/api/me', { hidden: false }),
		...always(own(200)),
	},
	{
		does: 'sends a picture, which is none',
		act: (client) => client.send({ method: 'POST', url: '/api/images', payload: '' }),
		...always(members(415)),
	},
	{
		does: 'sets their own picture, which is none',
		act: (client) => client.send({ method: 'PUT', url: '/api/me/avatar', payload: '' }),
		...always(members(415)),
	},
	{
		does: 'takes their own picture away',
		act: (client) => client.delete('/api/me/avatar'),
		...always(members(204)),
	},
	{
		does: 'asks for a preview of what is no address',
		act: (client) => client.post('/api/link-previews', { url: 'nothing' }),
		...always(members(422)),
	},
	{
		does: 'lists their own drafts',
		act: (client) => client.get('/api/drafts'),
		...always(own(200)),
	},
	{
		does: 'keeps a draft, reads it and deletes it',
		act: async (client) => {
			const url = `/api/drafts/story:kept-${++opened}`;
			const kept = await client.put(url, { content: { body: 'Words.' } });
			const found = await client.get(url);
			expect(found.statusCode).toBe(kept.statusCode);
			const deleted = await client.delete(url);
			return deleted.statusCode === 204 ? kept : deleted;
		},
		...always(own(200)),
	},
	{
		does: 'signs in without the password',
		act: (client) =>
			client.post('/api/session', { email: 'host@example.com', password: 'guessed' }),
		...always(alike(401)),
	},
	{
		does: 'joins by a link for hosts that is not good',
		act: (client) => {
			const handle = `joiner_${++opened}`;
			const email = `${handle}@example.com`;
			return client.post('/api/accounts', { handle, name: handle, email, password, setUp: noLink });
		},
		...always(alike(410)),
	},
	{
		does: 'sets a password by a link that is not good',
		act: (client) => client.put(`/api/password-resets/${noLink}`, { password }),
		...always(alike(410)),
	},
	{
		does: 'opens the page of such a link',
		act: (client) => client.visit(`/password-resets/${noLink}`),
		...always(alike(410)),
	},
	{
		does: 'follows a thread over HTTP',
		act: (client) => client.get('/api/live/events?topic=thread:1'),
		...always(everybody),
	},
	{
		does: 'follows their own topic over HTTP',
		act: (client) => client.get('/api/live/events?topic=me'),
		...always([401, 200, 200, 200, 200, 401]),
	},
	{
		does: 'opens a socket without asking for one',
		act: (client) => client.get('/api/live'),
		...always(alike(426)),
	},
	...[
		'/api/threads',
		'/api/threads/ownership',
		'/api/threads/ownership/posts',
		'/api/members?prefix=a',
		'/api/openapi.json',
	].map((url) => ({
		does: `reads ${url}`,
		act: (client: Client) => client.get(url),
		...always(everybody),
	})),
	...['replies', 'revisions'].map((what) => ({
		does: `reads ${what}`,
		act: (client: Client, { id }: Post) => client.get(`/api/posts/${id}/${what}`),
		...always(everybody),
	})),
];

/** A story of the author that nobody has touched, in an open or locked thread; no bystander is suspended. */
async function setScene(isLocked: boolean): Promise<Post> {
	const { db } = site.database;
	await db.delete(locks);
	await clients.host.put('/api/members/bystander/role', { role: 'member' });
	const post = await tell(clients.author);
	if (isLocked) await db.insert(locks).values({ threadId: 1, moderatorId: clients.host.id });
	return post;
}

describe.each(['open', 'locked'] as const)('in a thread that is %s', (state) => {
	test.each(table)('who $does', async ({ act, ...expected }) => {
		const statuses: Record<string, number> = {};
		for (const person of people) {
			const post = await setScene(state === 'locked');
			statuses[person] = (await act(clients[person], post)).statusCode;
		}
		expect(statuses).toEqual(
			Object.fromEntries(people.map((person, index) => [person, expected[state][index]])),
		);
	});
});

/** Signing out ends what the table is about, and what is read to be read in a browser is no data. */
const untried = new Set(['DELETE /api/session', 'GET /api/docs', 'GET /api/docs*']);

test('every route of the API is in the table', () => {
	const routes = listRoutes(site.app).filter((route) => route.includes(' /api/'));
	const missing = routes.filter((route) => {
		const pattern = patternOf(route);
		return !untried.has(route) && ![...asked].some((one) => pattern.test(one));
	});
	expect(routes.length).toBeGreaterThan(30);
	expect(missing).toEqual([]);
});

/** Why nothing is written down of what succeeds there. */
const unwritten = {
	'PUT /api/posts/:id/upvote': 'nobody is told who upvotes what',
	'DELETE /api/posts/:id/upvote': 'nobody is told who upvotes what',
	'PUT /api/drafts/:key': 'a draft is its writer’s own business',
	'DELETE /api/drafts/:key': 'a draft is its writer’s own business',
	'POST /api/link-previews': 'it reads',
};

test('every route that writes says what is written down of it, or why nothing is', () => {
	const routes = [...written].filter(([route]) => route.includes(' /api/'));
	const reasons = routes.flatMap(([route, { audit }]) =>
		typeof audit === 'object' ? [[route, audit.unwritten]] : [],
	);
	expect(Object.fromEntries(reasons)).toEqual(unwritten);
	// nobody in the table comes so far; in audit.test.ts somebody does
	const accountEvents = ['account.changed', 'account.created', 'session.created', 'session.ended'];
	const elsewhere = [...accountEvents, 'avatar.changed', 'avatar.deleted', 'image.created'];
	const events = routes.flatMap(([, { audit }]) => (typeof audit === 'string' ? [audit] : []));
	expect(new Set([...seen, ...elsewhere, 'password.changed'])).toEqual(new Set(events));
	expect(
		listRoutes(site.app)
			.filter((route) => /^(POST|PUT|PATCH|DELETE) \/api/.test(route))
			.sort(),
	).toEqual(routes.map(([route]) => route).sort());
});

test('what a page offers a person is what they may do', async () => {
	for (const isLocked of [false, true])
		for (const person of people) {
			const { id } = await setScene(isLocked);
			const { viewer } = await read(clients[person], id);
			const active = person !== 'suspended';
			expect(viewer, person).toEqual(
				person === 'reader'
					? null
					: {
							upvoted: false,
							canUpvote: active && person !== 'author',
							canReply: active && !isLocked,
							canEdit: person === 'author' && !isLocked,
							canDelete: person === 'author',
							canFeature: person === 'moderator' || person === 'host',
							canRemove: person === 'moderator' || person === 'host',
						},
			);
		}
});

test('a suspended author neither edits nor deletes, and a suspended moderator moderates nothing', async () => {
	const author = await site.join('fallen_author');
	const moderator = await site.join('fallen_moderator', 'moderator');
	await setScene(false);
	const post = await tell(author);
	for (const handle of ['fallen_author', 'fallen_moderator'])
		await clients.host.put(`/api/members/${handle}/suspension`, because);
	isTogether = true;
	const refused = [
		author.patch(`/api/posts/${post.id}`, { body: 'Words.' }),
		author.delete(`/api/posts/${post.id}`),
		moderator.put(feature(post), {}),
		moderator.delete(feature(post)),
		moderator.put(removal(post), because),
		moderator.delete(removal(post)),
		moderator.put(lock),
		moderator.put(suspension, because),
		moderator.delete('/api/members/fallen_moderator/suspension'),
	];
	for (const response of await Promise.all(refused)) expect(response.statusCode).toBe(403);
});
