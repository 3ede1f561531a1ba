import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, countRows, expectProblem, nowhere, read, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;
let post: Post;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	member = await site.join('member');
	await host.post('/api/threads', {
		question: 'Elsewhere?',
		introduction: 'There.',
		slug: 'other',
	});
	post = await tell(member);
});
afterAll(() => closeSite(site));

const answers = '/api/threads/ownership/posts';
const json = { 'content-type': 'application/json' };
const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' };

/** The addresses that take a body, with one they accept; each is tried by the host. */
const inputs = () =>
	[
		['POST', '/api/accounts', { handle: 'fresh', name: 'Fresh', email: 'f@example.com', password }],
		['POST', '/api/session', { email: 'host@example.com', password }],
		['POST', '/api/threads', { question: 'Why?', introduction: 'So.', slug: 'why' }],
		['POST', answers, { kind: 'definition', body: 'Words.' }],
		['POST', answers, { kind: 'story', title: 'A story', body: 'Words.', practices: [] }],
		['PATCH', `/api/posts/${post.id}`, { title: 'A story', body: 'Words.', practices: [] }],
		['POST', `/api/posts/${post.id}/replies`, { body: 'Words.' }],
		['PUT', `/api/posts/${post.id}/feature`, { note: 'Look.', highlight: 'rain' }],
		['PUT', `/api/posts/${post.id}/removal`, { reason: 'Off the point.' }],
		['PUT', '/api/members/member/suspension', { reason: 'Too loud.' }],
		['PUT', '/api/members/member/role', { role: 'moderator' }],
	] as const;

/** Sends something as it is; whatever the answer, nothing was written. */
async function sendRaw(
	client: Client,
	{
		method,
		url,
		payload,
		headers = json,
	}: { method: string; url: string; payload: string; headers?: object },
) {
	const before = await countRows(site);
	const response = await client.send({
		method: method as 'POST',
		url,
		payload,
		headers: { ...headers },
	});
	expect(response.statusCode, `${method} ${url} ${payload.slice(0, 80)}`).toBeLessThan(500);
	expect(await countRows(site)).toEqual(before);
	return response;
}

test.each([
	'{',
	'{"body": }',
	'body',
	'',
	"{'body': 'x'}",
	'{"body": "x"',
	'[1,',
	'\u0000',
	'{"body":"\n"}',
])('JSON that is none is refused by every route (%#)', async (payload) => {
	for (const [method, url] of inputs())
		expectProblem(await sendRaw(host, { method, url, payload }), 400);
});

test.each(['null', '7', '"text"', 'true', '[]', '[{}]'])(
	'the JSON %s where an object belongs is refused by every route',
	async (payload) => {
		for (const [method, url] of inputs())
			expectProblem(await sendRaw(host, { method, url, payload }), 422);
	},
);

test('a field of another type is refused by every route, naming it', async () => {
	for (const [method, url, body] of inputs())
		for (const field of Object.keys(body))
			for (const wrong of [7, true, { a: 1 }, [['x']], -1e308]) {
				const payload = JSON.stringify({ ...body, [field]: wrong });
				const problem = expectProblem(await sendRaw(host, { method, url, payload }), 422);
				const paths = problem.errors!.map(({ path }) => path.split('/')[1]);
				expect(new Set(paths), `${url} ${payload}`).toEqual(new Set([field]));
			}
});

test('NUL bytes and halves of characters are refused in every text', async () => {
	const bad = ['a\\u0000b c d', 'abc \\ud800', '\\udc00 abc', 'ab\\ud83dc'];
	for (const [method, url, body] of inputs())
		for (const [field, value] of Object.entries(body)) {
			if (typeof value !== 'string' || field === 'kind' || field === 'role') continue;
			for (const text of bad) {
				const payload = JSON.stringify({ ...body, [field]: '@@' }).replace('@@', text);
				const problem = expectProblem(await sendRaw(host, { method, url, payload }), 422);
				expect(problem.errors!.map(({ path }) => path)).toEqual([`/${field}`]);
			}
		}
});

test('characters that cannot be stored are refused in addresses and forms', async () => {
	for (const url of [
		'/?draft=a%00b',
		'/sign-in?from=%00',
		'/sign-up?definition=%00',
		'/threads/a%00b',
	])
		expect([404, 422]).toContain((await site.reader.visit(url)).statusCode);
	const payload = 'kind=definition&body=a%00b';
	const response = await sendRaw(member, {
		method: 'POST',
		url: answers,
		payload,
		headers: urlencoded,
	});
	expect(response.statusCode).toBe(422);
});

describe('the limit of', () => {
	const repeat = (length: number, character: string) => character.repeat(length);
	const cases = [
		['a definition', 500, (body: string) => member.post(answers, { kind: 'definition', body })],
		[
			'a story',
			20_000,
			(body: string) => member.post(answers, { kind: 'story', title: 'Long', body }),
		],
		['a title', 120, (title: string) => member.post(answers, { kind: 'story', title, body: 'x' })],
		['a reply', 5000, (body: string) => member.post(`/api/posts/${post.id}/replies`, { body })],
		['a revised story', 20_000, (body: string) => member.patch(`/api/posts/${post.id}`, { body })],
		[
			'a question',
			200,
			(question: string) =>
				host.post('/api/threads', { question, introduction: 'So.', slug: crypto.randomUUID() }),
		],
		[
			'an introduction',
			5000,
			(introduction: string) =>
				host.post('/api/threads', { question: 'So?', introduction, slug: crypto.randomUUID() }),
		],
		['a reason', 1000, (reason: string) => host.put(`/api/posts/${post.id}/removal`, { reason })],
	] as const;

	test.each(cases)('%s is %i characters, whatever they take', async (_, limit, send) => {
		for (const character of ['x', 'é', '漢', '😀']) {
			expectProblem(await send(repeat(limit + 1, character)), 422);
			const response = await send(repeat(limit, character));
			expect(response.statusCode, response.body.slice(0, 200)).toBeLessThan(300);
			const { id, kind } = response.json();
			if (kind === 'definition') await member.delete(`/api/posts/${id}`);
		}
		await host.delete(`/api/posts/${post.id}/removal`);
	});

	test('a story that comes from a form is the same', async () => {
		const send = (body: string) =>
			member.form(answers, { kind: 'story', title: 'Long', body, from: '/threads/ownership' });
		expect((await send('😀'.repeat(20_000))).statusCode).toBe(303);
		expect((await send('😀'.repeat(20_001))).statusCode).toBe(422);
	});
});

test.each([
	'',
	' ',
	'\n\t\r\n',
	'\u00a0\u2003',
	'\u200b\u200d',
	'\u3164\u2800\uffa0',
	'\ufe0f\u0301\u20e3',
	'\ufeff',
	'\u202e\u2066',
	'\u00ad',
])('text that shows nothing is no text (%#)', async (blank) => {
	for (const [method, url, body] of inputs())
		for (const field of ['body', 'title', 'reason', 'question', 'introduction', 'name']) {
			if (!(field in body)) continue;
			const payload = JSON.stringify({ ...body, [field]: blank.repeat(4) });
			const problem = expectProblem(await sendRaw(host, { method, url, payload }), 422);
			for (const { path } of problem.errors!) expect(path).toBe(`/${field}`);
		}
});

describe('JSON that goes too deep', () => {
	const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
	const refuse = async (method: string, url: string, payload: string) => {
		const response = await sendRaw(host, { method, url, payload });
		expect([400, 422]).toContain(response.statusCode);
		expectProblem(response, response.statusCode);
	};
	test.each([100, 10_000, 60_000])('%i levels is refused', async (levels) => {
		for (const [method, url, body] of inputs())
			for (const field of Object.keys(body)) {
				const payload = JSON.stringify({ ...body, [field]: '@@' }).replace('"@@"', () =>
					deep(levels),
				);
				await refuse(method, url, payload);
			}
		const practices = `[${deep(levels)},${deep(levels)}]`;
		const story = `{"kind":"story","title":"Deep","body":"Words.","practices":${practices}}`;
		await refuse('POST', answers, story);
		await refuse('POST', answers, deep(levels));
	});
});

test('a list that is far too long gets a short answer', async () => {
	const practices = Array.from({ length: 20_000 }, (_, n) => n);
	const payload = JSON.stringify({ kind: 'story', title: 'Long', body: 'Words.', practices });
	const response = await sendRaw(member, { method: 'POST', url: answers, payload });
	expectProblem(response, 422);
	expect(response.body.length).toBeLessThan(20_000);
});

test('keys that mean something to JavaScript mean nothing here', async () => {
	for (const [method, url] of inputs())
		for (const payload of [
			'{"__proto__":{"role":"host"}}',
			'{"constructor":{"prototype":{"role":"host"}}}',
			'{"body":{"__proto__":[]}}',
		]) {
			const response = await sendRaw(host, { method, url, payload });
			if (method === 'PATCH' || url.endsWith('feature'))
				expect(response.statusCode).toBeLessThan(500);
			else expect([400, 422]).toContain(response.statusCode);
		}
	await host.delete(`/api/posts/${post.id}/feature`);
	for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])
		for (const suffix of ['', '[]', '[]=x&body[]']) {
			const payload = `${encodeURIComponent(name)}${suffix}=x&kind=definition`;
			const sent = { method: 'POST', url: answers, payload, headers: urlencoded };
			expect((await sendRaw(member, sent)).statusCode).toBe(422);
		}
	for (const name of ['__proto__', 'constructor', '__proto__[x]', 'toString'])
		expect((await site.reader.get(`/api/threads?${name}=x`)).statusCode).toBe(200);
	expect(({} as Record<string, unknown>).role).toBeUndefined();
});

test('unknown fields are dropped', async () => {
	const body = { body: 'A reply.', score: 99, authorId: host.id, id: 7, createdAt: '2001-01-01' };
	const response = await member.post(`/api/posts/${post.id}/replies`, body);
	expect(response.statusCode).toBe(201);
	expect(response.json()).toMatchObject({ score: 0, author: { id: member.id } });
	expect(response.json().createdAt).not.toMatch(/^2001/);
});

describe('a form', () => {
	test.each([
		'body=a&body=b&kind=definition&kind=story',
		'body[]=a&body[]=b&kind=definition',
		'body=a&body[]=b&kind=definition',
		'from[]=a&kind[]=definition',
		'_key[]=a&kind=story',
		'[]=a',
		'=',
		'&&&&',
		'%',
		'body=%E0%A4%A&kind=x',
		'practices=x&kind=story&title=Title&body=Words',
		'practices[]=x&kind=story&title=Title&body=Words',
	])('like %s is refused, not broken', async (payload) => {
		const sent = { method: 'POST', url: answers, payload, headers: urlencoded };
		expect((await sendRaw(member, sent)).statusCode).toBe(422);
	});
});

test.each([
	'application/xml',
	'text/plain',
	'multipart/form-data; boundary=x',
	'image/png',
	'nonsense',
	'text/json',
])('the content type %s is refused', async (type) => {
	for (const [method, url, body] of inputs()) {
		const sent = { method, url, payload: JSON.stringify(body), headers: { 'content-type': type } };
		const problem = expectProblem(await sendRaw(host, sent), 415);
		expect(problem.detail).toContain('JSON');
	}
});

test('a body without a content type, and none at all', async () => {
	for (const [method, url, body] of inputs()) {
		const given = await sendRaw(host, { method, url, payload: JSON.stringify(body), headers: {} });
		expect([415, 422]).toContain(given.statusCode);
		if (url.endsWith('feature')) continue;
		expectProblem(await host.send({ method, url }), 422);
	}
});

test('a body that is too large is refused, whatever it is', async () => {
	const big = 'x'.repeat(300_000);
	for (const [method, url] of inputs()) {
		const payload = JSON.stringify({ body: big });
		const problem = expectProblem(await sendRaw(host, { method, url, payload }), 413);
		expect(problem.detail).toContain('larger');
	}
	const sent = { method: 'POST', url: answers, payload: `body=${big}`, headers: urlencoded };
	const page = await sendRaw(member, sent);
	expect(page.statusCode).toBe(413);
	expect(page.headers['content-type']).toMatch('text/html');
});

test.each([
	'/%',
	'/%zz',
	'/%E0%A4%A',
	'/threads/%',
	'/posts/%ff',
	'/members/%c0%80',
	'/api/posts/%',
	'/api/%e0%a4%a',
])('the address %s is refused in words, to programs and browsers', async (url) => {
	const problem = await site.reader.get(url);
	expectProblem(problem, problem.statusCode);
	expect([400, 404]).toContain(problem.statusCode);
	const page = await site.reader.visit(url);
	expect(page.statusCode).toBe(problem.statusCode);
	expect(page.body).toContain(problem.json().detail);
});

test.each([
	'/',
	'//',
	'/../../etc/passwd',
	'/assets/../../package.json',
	'/assets/%2e%2e/x',
	'/.env',
	'/api',
	'/api/',
])('the address %s gives away nothing', async (url) => {
	const response = await site.reader.get(url);
	expect([200, 400, 403, 404]).toContain(response.statusCode);
	expect(response.body).not.toContain('devDependencies');
	expect(response.body).not.toContain('root:');
});

test('an address that is very long is refused', async () => {
	for (const url of [
		`/threads/${'x'.repeat(500)}`,
		`/api/threads/${'x'.repeat(500)}`,
		`/members/${'x'.repeat(5000)}`,
		`/api/posts/${'9'.repeat(5000)}`,
		`/posts/${'9'.repeat(300)}`,
		`/images/${'x'.repeat(300)}.webp`,
	])
		for (const answer of [await site.reader.get(url), await site.reader.visit(url)])
			expect(answer.statusCode, url.slice(0, 20)).toBe(404);
	expect((await site.reader.visit(`/?draft=${'x'.repeat(5000)}`)).statusCode).toBeLessThan(500);
});

test('a request that breaks off is nothing to complain of', async () => {
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	const { port } = site.app.server.address() as AddressInfo;
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => {});
	const [request] = await Promise.all([
		once(site.app.server, 'request'),
		socket.write(
			'POST /api/session HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
		),
	]);
	const gone = once(request[1] as ServerResponse, 'close');
	socket.resetAndDestroy();
	await gone;
	expect((await site.reader.get('/health/live')).statusCode).toBe(200);
	expect(site.complaints).toEqual([]);
});

test('JSON that is empty is none where none is needed', async () => {
	const url = `/api/posts/${post.id}/upvote`;
	for (const method of ['PUT', 'DELETE'] as const)
		expect((await host.send({ method, url, headers: json })).statusCode).toBe(200);
});

test('a reader’s words come along to the form, however many they are', async () => {
	const words = 'I answer for it. '.repeat(200).trim();
	const search = new URLSearchParams({ from: '/', definition: words });
	for (const url of [`/sign-up?${search}`, `/sign-in?${search}`, `/?draft=${words}`])
		expect((await site.reader.visit(url)).body, url).toContain(words);
});

test('a document is whole, whatever is said of a part of it', async () => {
	const part = { 'x-inertia-partial-component': 'ThreadPage', 'x-inertia-partial-data': 'x' };
	const page = await site.reader.get('/', { accept: 'text/html', ...part });
	expect(page.statusCode).toBe(200);
	expect(page.body).toContain('id="stories"');
});

test.each(['PUT', 'PATCH', 'DELETE', 'POST', 'OPTIONS', 'PROPFIND', 'TRACE'])(
	'the method %s where there is none is refused',
	async (method) => {
		for (const url of [
			'/',
			'/api/threads/ownership',
			'/threads/ownership',
			'/api/openapi.json',
			'/health/live',
			'/nowhere',
		]) {
			const response = await host.send({ method: method as 'PUT', url });
			expect([404, 405], `${method} ${url}`).toContain(response.statusCode);
		}
	},
);

test('numbers that are too large, broken or written otherwise find nothing', async () => {
	const ids = [
		nowhere,
		2 ** 31,
		2 ** 53,
		'1e400',
		'NaN',
		'Infinity',
		'-0',
		'١',
		'1;drop',
		"1'",
		'%201x',
	];
	for (const id of ids)
		for (const [method, rest] of [
			['GET', ''],
			['GET', '/replies'],
			['GET', '/revisions'],
			['PUT', '/upvote'],
			['DELETE', ''],
			['DELETE', '/feature'],
			['DELETE', '/removal'],
			['DELETE', '/upvote'],
		])
			expectProblem(
				await host.send({
					method: method as 'GET',
					url: `/api/posts/${encodeURI(`${id}`)}${rest}`,
				}),
				404,
			);
	for (const url of [`/posts/${post.id}?reply=${nowhere}`, `/posts/${post.id}?branch=x`])
		expect((await site.reader.visit(url)).statusCode).toBe(200);
	for (const url of [
		`/posts/${post.id}?reply=1e400`,
		`/posts/${post.id}?sort=hot`,
		'/?tab=none',
		'/threads?limit=0',
	])
		expect((await site.reader.visit(url)).statusCode, url).toBe(422);
});

test('a reply of another thread is nobody’s place in this one', async () => {
	const there = await tell(host, {}, 'other');
	const page = await site.reader.visit(`/posts/${post.id}?reply=${there.id}`);
	expect(page.statusCode).toBe(200);
	expect(page.body).not.toContain(`id="post-${there.id}"`);
	const { next } = (await site.reader.get('/api/threads?limit=1')).json();
	expectProblem(await site.reader.get(`${answers}?cursor=${next}`), 400);
	await host.delete(`/api/posts/${there.id}`);
});

test('after all of this the site is as it was', async () => {
	expect((await site.reader.visit('/')).statusCode).toBe(200);
	expect((await read(member, post.id)).removal).toBeNull();
	expect((await host.get('/api/me')).json().role).toBe('host');
});
