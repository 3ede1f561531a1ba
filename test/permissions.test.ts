import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { locks } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, read, tell } from './support/scenes.ts';

const people = ['reader', 'member', 'author', 'moderator', 'host', 'suspended'] as const;
type Person = (typeof people)[number];
type Statuses = [number, number, number, number, number, number];

let site: TestApp;
let clients: Record<Person, Client>;

beforeAll(async () => {
	site = await createTestApp();
	const host = await site.join('host');
	clients = {
		reader: site.reader,
		host,
		member: await site.join('member'),
		author: await site.join('author'),
		moderator: await site.join('moderator', 'moderator'),
		suspended: await site.join('suspended'),
	};
	await site.join('bystander');
	await host.put('/api/members/suspended/suspension', { reason: 'To see what is left.' });
});
afterAll(() => closeSite(site));

type Act = (client: Client, post: Post) => ReturnType<Client['get']>;
const story = { kind: 'story', title: 'The pallet', body: 'I moved it.' };
const removal = ({ id }: Post) => `/api/posts/${id}/removal`;
const feature = ({ id }: Post) => `/api/posts/${id}/feature`;
const upvote = ({ id }: Post) => `/api/posts/${id}/upvote`;
const lock = '/api/threads/ownership/lock';
const suspension = '/api/members/bystander/suspension';
const because = { reason: 'To see.' };
let opened = 0;

const everybody: Statuses = [200, 200, 200, 200, 200, 200];
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
		does: 'reads their own account',
		act: (client) => client.get('/api/me'),
		open: [401, 200, 200, 200, 200, 200],
		locked: [401, 200, 200, 200, 200, 200],
	},
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
