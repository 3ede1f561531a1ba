import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	member = await site.join('Member_1');
});
afterAll(() => closeSite(site));

/** The props of a page, as its script gets them. */
async function readProps(client: Client, url: string) {
	const { body, statusCode } = await client.visit(url);
	expect(statusCode).toBe(200);
	const [, json] = /<script[^>]*data-page[^>]*>([\s\S]*?)<\/script>/.exec(body)!;
	return JSON.parse(json!).props;
}

test('a member’s page shows who they are and all they have written, the latest first', async () => {
	const definition = await define(member, 'I answer the phone.');
	const story = await tell(member, { body: `${'The whole story. '.repeat(30)}The end.` });
	const below = await reply(member, story, 'One more thing.');
	await host.put(`/api/posts/${definition.id}/upvote`);
	const gone = await tell(member, { title: 'Regretted' });
	const removed = await tell(member, { title: 'Removed' });
	await member.delete(`/api/posts/${gone.id}`);
	await host.put(`/api/posts/${removed.id}/removal`, { reason: 'Off the point.' });

	const props = await readProps(site.reader, '/members/mEMBER_1');
	expect(props.member).toEqual({
		id: member.id,
		handle: 'Member_1',
		name: 'Member_1',
		headline: null,
		avatar: null,
		role: 'member',
		counts: {
			definitions: 1,
			stories: 1,
			replies: 1,
			upvotes: 1,
		},
		createdAt: expect.any(String),
		suspension: null,
	});
	expect(props.posts.next).toBeNull();
	const ids = props.posts.items.map(({ id }: { id: number }) => id);
	expect(ids).toEqual([below.id, story.id, definition.id]);
	expect(props.posts.items[1]).not.toHaveProperty('body');
	expect(props.posts.items[1].excerpt).toMatch(/^The whole story\. .{150,}…$/);
	expect(props.threads).toEqual({
		1: { slug: 'ownership', question: 'What does it truly mean to take ownership?' },
	});
	expect(props).toMatchObject({ canModerate: false, canNameModerators: false, me: null });
	const page = await site.reader.visit('/members/Member_1');
	expect(page.body).toContain('I answer the phone.');
	expect(page.body).toContain('<link rel="canonical" href="http://localhost:80/members/Member_1"');
});

test('nobody’s e-mail address is on any page but in their own account', async () => {
	for (const client of [site.reader, host])
		for (const url of ['/members/Member_1', '/', '/api/threads/ownership/posts'])
			expect((await client.visit(url)).body).not.toContain('Member_1@example.com');
});

test.each([
	['host', true, true],
	['moderator', true, false],
	['other', false, false],
	['Member_1', false, false],
])(
	'%s may suspend: %s, may name moderators: %s',
	async (handle, canModerate, canNameModerators) => {
		const clients: Record<string, () => Promise<Client>> = {
			host: async () => host,
			Member_1: async () => member,
			moderator: () => site.join('moderator', 'moderator'),
			other: () => site.join('other'),
		};
		const props = await readProps(await clients[handle]!(), '/members/Member_1');
		expect(props).toMatchObject({ canModerate, canNameModerators });
	},
);

test('the reason of a suspension is for the member and for moderators', async () => {
	await site.join('Suspended');
	await host.put('/api/members/Suspended/suspension', { reason: 'Too loud.' });
	const seen = async (client: Client) =>
		(await readProps(client, '/members/Suspended')).member.suspension;
	expect(await seen(host)).toEqual({ reason: 'Too loud.', at: expect.any(String) });
	expect(await seen(member)).toEqual({ at: expect.any(String) });
	expect(await seen(site.reader)).toEqual({ at: expect.any(String) });
});

test('a long page goes on after its cursor, and takes no other', async () => {
	const writer = await site.join('writer');
	const stories: number[] = [];
	for (let n = 0; n < 33; n++) stories.unshift((await tell(writer)).id);
	const first = await readProps(site.reader, '/members/writer');
	const { next } = first.posts;
	const rest = await readProps(site.reader, `/members/writer?cursor=${next}`);
	const ids = [...first.posts.items, ...rest.posts.items].map(({ id }: { id: number }) => id);
	expect(ids).toEqual(stories);
	expect(rest.posts.next).toBeNull();
	for (const url of [`/members/host?cursor=${next}`, '/members/writer?cursor=x'])
		expect((await site.reader.visit(url)).statusCode).toBe(400);
});

test.each(['nobody', 'a', 'with-hyphen', 'x'.repeat(31), '%00', '%F0%9F%98%80'])(
	'there is no member %s',
	async (handle) => {
		const page = await site.reader.visit(`/members/${handle}`);
		expect(page.statusCode).toBe(404);
		expect(page.headers['content-type']).toMatch('text/html');
	},
);
