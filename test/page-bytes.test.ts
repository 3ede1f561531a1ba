import { afterAll, beforeAll, expect, test } from 'vitest';
import { maxPageBytes } from '../server/posts/rows.ts';
import type { Post, Revision } from '../server/posts/schema.ts';
import type { List } from '../server/schema.ts';
import { createRandom } from './community.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;
const random = createRandom(7);

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	member = await site.join('member');
});
afterAll(() => closeSite(site));

/** Ampersands become five times as many bytes of HTML. */
const writeWords = (most: number) =>
	`${'&'.repeat(Math.floor(random() ** 2 * (most - 9)))} ${random()}`.slice(0, most);

type Item = Pick<Post | Revision, 'body' | 'html'>;
const weigh = ({ body, html }: Item) => Buffer.byteLength(body) + Buffer.byteLength(html);

/** All pages of a list: each is as full as it may be, and no fuller. */
async function readAll<T extends Item>(url: string, limit: number): Promise<T[]> {
	const pages: T[][] = [];
	for (let cursor = ''; pages.length < 200;) {
		const response = await site.reader.get(`${url}limit=${limit}${cursor}`);
		const { items, next } = response.json<List<T>>();
		pages.push(items);
		if (next === null) break;
		cursor = `&cursor=${next}`;
	}
	for (const [n, page] of pages.entries()) {
		const bytes = page.reduce((sum, item) => sum + weigh(item), 0);
		expect(page.length).toBeGreaterThan(0);
		if (page.length > 1) expect(bytes).toBeLessThanOrEqual(maxPageBytes);
		const following = pages[n + 1]?.[0];
		if (following && page.length < limit)
			expect(bytes + weigh(following)).toBeGreaterThan(maxPageBytes);
	}
	expect(pages.length).toBeGreaterThan(1);
	return pages.flat();
}

test('a conversation is paged by bytes too, and every reply is on the page around it', async () => {
	const answer = await tell(host);
	const replies: Post[] = [];
	for (let n = 0; n < 70; n++) {
		const above =
			random() < 0.5 ? answer : (replies[Math.floor(random() * replies.length)] ?? answer);
		replies.push(await reply(member, above, writeWords(5000)));
	}
	const all = await readAll<Post>(`/api/posts/${answer.id}/replies?sort=new&`, 100);
	expect(all.map(({ id }) => id).sort((a, b) => a - b)).toEqual(replies.map(({ id }) => id));
	expect(await readAll<Post>(`/api/posts/${answer.id}/replies?sort=new&`, 9)).toEqual(all);
	for (const { id } of replies.filter((_, n) => n % 5 === 0))
		for (const sort of ['best', 'new']) {
			const { body } = await host.visit(`/posts/${answer.id}?reply=${id}&sort=${sort}`);
			expect(body).toContain(`action="/api/posts/${id}/replies"`);
			expect((await site.reader.visit(`/posts/${id}?sort=${sort}`)).body).toContain(
				`id="post-${id}"`,
			);
		}
}, 60_000);

test.each(['new', 'top', 'best'])(
	'a list of stories by %s is paged by bytes too',
	async (sort) => {
		const slug = `long-${sort}`;
		await host.post('/api/threads', { question: 'How long?', introduction: 'So.', slug });
		const told: number[] = [];
		for (let n = 0; n < 25; n++)
			told.push(
				(
					await tell(
						n % 2 ? host : member,
						{ body: n === 6 ? '>'.repeat(9) + '&'.repeat(19_000) : writeWords(20_000) },
						slug,
					)
				).id,
			);
		const all = await readAll<Post>(`/api/threads/${slug}/posts?sort=${sort}&`, 100);
		expect(all.map(({ id }) => id)).toEqual(told.toReversed());
		expect(await readAll<Post>(`/api/threads/${slug}/posts?sort=${sort}&kind=story&`, 4)).toEqual(
			all,
		);
	},
	60_000,
);

test('earlier versions are paged by bytes too', async () => {
	const { id } = await tell(member);
	for (let n = 1; n < 24; n++) await member.patch(`/api/posts/${id}`, { body: writeWords(20_000) });
	await member.patch(`/api/posts/${id}`, { body: 'Words.' });
	const all = await readAll<Revision>(`/api/posts/${id}/revisions?`, 100);
	expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 24 }, (_, n) => 24 - n));
}, 60_000);
