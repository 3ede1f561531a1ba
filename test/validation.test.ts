import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { createTestApp, type TestApp } from './support/app.ts';
import { listRoutes } from './support/routes.ts';
import { closeSite, reply, tell } from './support/scenes.ts';

let site: TestApp;
let post: Post;

beforeAll(async () => {
	site = await createTestApp();
	post = await tell(await site.join('host'));
	await reply(await site.join('member'), post);
});
afterAll(() => closeSite(site));

/** What is, or may be taken for, another way of writing a number. */
const writeOddly = (n: number) => {
	const digits = [0xff10, 0x660].map((zero) => String.fromCodePoint(zero + (n % 10)));
	const forms = `+n -n 0n 00n n.0 n. .n ne0 nE+0 nn n_ "n" [n] n,n`.split(' ');
	const spaced = [' n', 'n ', 'n\n', '\tn', '\u00a0n', 'n\u200b'];
	const others = ['-0', '00', '1e2', '1e0', 'NaN', 'Infinity', 'true', 'null', '9'.repeat(30)];
	const based = [`0x${n.toString(16)}`, `0o${n.toString(8)}`, `0b${n.toString(2)}`];
	const written = [...forms, ...spaced].map((form) => form.replaceAll(/n(?!n)/g, String(n)));
	return [...written, ...digits, ...based, ...others];
};

const listAddresses = () =>
	listRoutes(site.app).flatMap((route) =>
		route.startsWith('GET ') ? [route.slice('GET '.length)] : [],
	);

const fill = (url: string) =>
	url
		.replace(':id', String(post.id))
		.replace(':part', '0')
		.replace(':slug', 'ownership')
		.replace(':handle', 'host')
		.replace(':key', 'story:ownership');

test('every number in a path has one way of writing it', async () => {
	const urls = listAddresses().filter((url) => /:(id|part)\b(?!\.webp)/.test(url));
	expect(urls.length).toBeGreaterThan(6);
	for (const url of urls) {
		expect([url, (await site.reader.visit(fill(url))).statusCode]).not.toEqual([url, 404]);
		for (const odd of writeOddly(url.includes(':part') ? 0 : post.id)) {
			const path = fill(url.replace(/:(id|part)\b/, encodeURIComponent(odd)));
			const { statusCode } = await site.reader.visit(path);
			expect([path, statusCode]).toEqual([path, 404]);
		}
	}
});

test('every number in a query has one way of writing it', async () => {
	let found = 0;
	for (const url of listAddresses())
		for (const name of ['limit', 'reply', 'after', 'min']) {
			const ask = async (value: string) => {
				const path = `${fill(url)}?topic=thread:1&${name}=${encodeURIComponent(value)}`;
				return { path, refused: (await site.reader.get(path)).statusCode === 422 };
			};
			const isNumber = (await ask('a')).refused && !(await ask(String(post.id))).refused;
			if (!isNumber) continue;
			found++;
			for (const odd of [...writeOddly(post.id), ''])
				expect([odd, await ask(odd)]).toMatchObject([odd, { refused: true }]);
		}
	expect(found).toBeGreaterThan(6);
});

test.each(['1', '0', 'TRUE', 'yes', '', 'constructor'])(
	'a boolean in a query is true or false, not “%s”',
	async (value) => {
		const url = '/api/threads/ownership/posts?featured=';
		expect((await site.reader.get(url + value)).statusCode).toBe(422);
		for (const right of ['true', 'false'])
			expect((await site.reader.get(url + right)).statusCode).toBe(200);
	},
);
