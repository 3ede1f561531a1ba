import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, nowhere, reply, tell } from './support/scenes.ts';

type Content = Record<string, { schema: object }>;
type Operation = {
	summary?: string;
	description?: string;
	parameters?: { name: string; in: string; required?: boolean; schema: object }[];
	requestBody?: { content: Content };
	responses: Record<string, { description: string; content?: Content }>;
};
type Document = {
	openapi: string;
	info: Record<string, unknown>;
	paths: Record<string, Record<string, Operation>>;
};

/** API.md and its siblings: each operation with its success and the refusals it may answer. */
const operations: Record<string, number[]> = {
	'POST /api/accounts': [201, 400, 403, 409, 410, 413, 415, 422, 429],
	'PUT /api/password-resets/{token}': [200, 400, 403, 410, 413, 415, 422, 429],
	'POST /api/session': [201, 400, 401, 403, 422, 429],
	'DELETE /api/session': [204, 403],
	'GET /api/me': [200, 401],
	'PATCH /api/me': [200, 400, 401, 413, 415, 422],
	'GET /api/threads': [200, 400, 422],
	'GET /api/threads/{slug}': [200, 404],
	'POST /api/threads': [201, 400, 401, 403, 409, 413, 415, 422, 429],
	'GET /api/threads/{slug}/posts': [200, 400, 404, 422],
	'POST /api/threads/{slug}/posts': [201, 400, 401, 403, 404, 409, 413, 415, 422, 429],
	'GET /api/posts/{id}': [200, 404],
	'PATCH /api/posts/{id}': [200, 400, 401, 403, 404, 413, 415, 422, 429],
	'DELETE /api/posts/{id}': [204, 401, 403, 404, 429],
	'GET /api/posts/{id}/revisions': [200, 404],
	'GET /api/posts/{id}/replies': [200, 400, 404, 422],
	'POST /api/posts/{id}/replies': [201, 400, 401, 403, 404, 413, 415, 422, 429],
	'PUT /api/posts/{id}/upvote': [200, 401, 403, 404, 429],
	'DELETE /api/posts/{id}/upvote': [200, 401, 403, 404, 429],
	'PUT /api/posts/{id}/feature': [200, 400, 401, 403, 404, 422, 429],
	'DELETE /api/posts/{id}/feature': [204, 401, 403, 404, 429],
	'PUT /api/posts/{id}/removal': [200, 400, 401, 403, 404, 422, 429],
	'DELETE /api/posts/{id}/removal': [204, 401, 403, 404, 429],
	'PUT /api/threads/{slug}/lock': [200, 401, 403, 404],
	'DELETE /api/threads/{slug}/lock': [204, 401, 403, 404],
	'PUT /api/members/{handle}/suspension': [200, 400, 401, 403, 404, 422],
	'DELETE /api/members/{handle}/suspension': [204, 401, 403, 404],
	'PUT /api/members/{handle}/role': [200, 400, 401, 403, 404, 409, 422],
	'GET /api/members': [200, 400, 422],
	'POST /api/link-previews': [200, 400, 401, 403, 413, 415, 422, 429],
	'PUT /api/me/avatar': [200, 400, 401, 403, 413, 415, 422, 429, 503, 507],
	'DELETE /api/me/avatar': [204, 401, 403, 429],
	'POST /api/images': [201, 400, 401, 403, 413, 415, 422, 429, 503, 507],
	'PUT /api/images/{id}/removal': [200, 400, 401, 403, 404, 413, 415, 422, 429],
	'DELETE /api/images/{id}/removal': [204, 401, 403, 404, 429],
	'GET /api/me/removals': [200, 401],
	'PUT /api/members/{handle}/removals/{part}': [200, 400, 401, 403, 404, 409, 413, 415, 422, 429],
	'DELETE /api/members/{handle}/removals/{part}': [204, 401, 403, 404, 429],
	'GET /api/drafts': [200, 401],
	'GET /api/drafts/{key}': [200, 401, 404],
	'PUT /api/drafts/{key}': [200, 400, 401, 404, 409, 413, 415, 422, 429],
	'DELETE /api/drafts/{key}': [204, 401, 404, 429],
	'GET /api/live': [],
	'GET /api/live/events': [200, 401, 404, 422, 429, 503],
	'GET /health/live': [200],
	'GET /health/ready': [200, 503],
};

let site: TestApp;
let host: Client;
let document: Document;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	document = (await site.reader.get('/api/openapi.json')).json();
});
afterAll(() => closeSite(site));

const find = (name: string): Operation => {
	const [method, path] = name.split(' ') as [string, string];
	const operation = document.paths[path]?.[method.toLowerCase()];
	expect(operation, name).toBeDefined();
	return operation!;
};

test('the document is OpenAPI 3.1', async () => {
	const response = await site.reader.get('/api/openapi.json');
	expect(response.headers['content-type']).toMatch(/^application\/json/);
	expect(document.openapi).toMatch(/^3\.1\.\d+$/);
	expect(document.info).toMatchObject({ title: 'Weigh-In', version: expect.any(String) });
	expect(document.info.license).toMatchObject({ name: 'MIT', identifier: 'MIT' });
	for (const [path, item] of Object.entries(document.paths)) {
		expect(path).toMatch(/^(\/[a-z.-]+|\/\{[a-z]+\})+$/);
		for (const { summary, parameters = [], responses } of Object.values(item)) {
			expect(summary).toMatch(/^\S.{5,}/);
			const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
			const declared = parameters.filter((parameter) => parameter.in === 'path');
			expect(declared.map(({ name }) => name).sort()).toEqual(named.sort());
			expect(declared.every(({ required }) => required === true)).toBe(true);
			expect(Object.keys(responses).length).toBeGreaterThan(0);
			for (const [status, response] of Object.entries(responses)) {
				expect(status).toMatch(/^([1-5]\d\d|default)$/);
				expect(response.description).toEqual(expect.any(String));
				if (status === '204') expect(response.content).toBeUndefined();
			}
		}
	}
});

test('what has a default need not be sent', () => {
	const parameters = Object.values(document.paths).flatMap((item) =>
		Object.values(item).flatMap(({ parameters = [] }) => parameters),
	);
	const withDefault = parameters.filter(({ schema }) => 'default' in schema);
	expect(withDefault.length).toBeGreaterThan(5);
	expect(withDefault.filter(({ required }) => required)).toEqual([]);
});

test('every schema in it is a JSON Schema of 2020-12', () => {
	const ajv = new Ajv2020({ strict: false });
	let count = 0;
	const visit = (value: unknown) => {
		if (typeof value !== 'object' || value === null) return;
		if ('schema' in value) {
			expect(ajv.validateSchema(value.schema as object), ajv.errorsText()).toBe(true);
			count++;
		}
		Object.values(value).forEach(visit);
	};
	visit(document.paths);
	expect(count).toBeGreaterThan(100);
});

test('it has the routes of the contract, and no others', () => {
	const there = Object.entries(document.paths).flatMap(([path, item]) =>
		Object.keys(item)
			.filter((method) => method !== 'head')
			.map((method) => `${method.toUpperCase()} ${path}`),
	);
	expect(there.sort()).toEqual(Object.keys(operations).sort());
});

test.each(Object.entries(operations))('%s answers %j', (name, statuses) => {
	const { responses } = find(name);
	expect(Object.keys(responses).map(Number)).toEqual(expect.arrayContaining(statuses));
});

test('refusals are problems of RFC 9457', () => {
	for (const [path, item] of Object.entries(document.paths))
		for (const [method, { responses }] of Object.entries(item))
			for (const [status, { content }] of Object.entries(responses)) {
				if (Number(status) < 400) continue;
				expect(Object.keys(content!), `${method} ${path} ${status}`).toEqual([
					'application/problem+json',
				]);
				expect(content!['application/problem+json']!.schema).toMatchObject({
					required: expect.arrayContaining(['type', 'title', 'status']),
				});
			}
});

test.each(['POST /api/threads', 'POST /api/threads/{slug}/posts', 'POST /api/posts/{id}/replies'])(
	'%s takes an Idempotency-Key',
	(name) => {
		const headers = (find(name).parameters ?? []).filter((parameter) => parameter.in === 'header');
		expect(headers).toMatchObject([{ name: expect.stringMatching(/^idempotency-key$/i) }]);
		expect(headers[0]!.required).not.toBe(true);
	},
);

test('the reader of it is there, with everything it needs from this site', async () => {
	const page = await site.reader.visit('/api/docs');
	const { body } =
		page.statusCode === 200 ? page : await site.reader.visit(page.headers.location as string);
	expect(body).toContain('swagger-ui');
	expect(body).not.toMatch(/(src|href)="https?:/);
	expect((await site.reader.get('/api/docs/json')).json().openapi).toBe(document.openapi);
});

describe('real answers are what the document says', () => {
	let story: Post;
	let gone: Post;
	let removed: Post;
	let author: Client;

	beforeAll(async () => {
		author = await site.join('author');
		story = await tell(author, { practices: ['see-the-whole-job'] });
		await author.patch(`/api/posts/${story.id}`, { body: 'It stood in the rain.' });
		await define(author);
		await reply(host, await reply(author, story));
		await host.put(`/api/posts/${story.id}/feature`, { note: 'Look.', highlight: 'rain' });
		await host.put(`/api/posts/${story.id}/upvote`);
		gone = await tell(author);
		removed = await tell(author);
		for (const post of [gone, removed]) await reply(host, post);
		await author.delete(`/api/posts/${gone.id}`);
		await host.put(`/api/posts/${removed.id}/removal`, { reason: 'Off the point.' });
		await host.put('/api/threads/ownership/lock');
		await site.join('quiet');
		await host.put('/api/members/quiet/suspension', { reason: 'Too loud.' });
	});

	const cases: [name: string, urls: () => string[], status: number][] = [
		['GET /api/me', () => ['/api/me'], 200],
		['GET /api/threads', () => ['/api/threads', '/api/threads?limit=1'], 200],
		['GET /api/threads', () => ['/api/threads?cursor=x'], 400],
		['GET /api/threads', () => ['/api/threads?limit=0'], 422],
		['GET /api/threads/{slug}', () => ['/api/threads/ownership'], 200],
		['GET /api/threads/{slug}', () => ['/api/threads/nowhere'], 404],
		[
			'GET /api/threads/{slug}/posts',
			() =>
				['', '?kind=story', '?limit=1', '?featured=true'].map(
					(query) => `/api/threads/ownership/posts${query}`,
				),
			200,
		],
		['GET /api/posts/{id}', () => [story, gone, removed].map(({ id }) => `/api/posts/${id}`), 200],
		['GET /api/posts/{id}', () => [`/api/posts/${nowhere}`], 404],
		['GET /api/posts/{id}/revisions', () => [`/api/posts/${story.id}/revisions`], 200],
		[
			'GET /api/posts/{id}/replies',
			() => [story, gone, removed].map(({ id }) => `/api/posts/${id}/replies`),
			200,
		],
		['GET /health/live', () => ['/health/live'], 200],
		['GET /health/ready', () => ['/health/ready'], 200],
	];

	test.each(cases)('%s (%#)', async (name, urls, status) => {
		const ajv = new Ajv2020({ strict: false, allErrors: true });
		ajvFormats.default(ajv as never);
		const [content] = Object.values(find(name).responses[status]!.content!);
		const validate = ajv.compile(content!.schema);
		for (const url of urls())
			for (const client of name === 'GET /api/me' ? [host, author] : [site.reader, author, host]) {
				const response = await client.get(url);
				expect(response.statusCode, url).toBe(status);
				validate(response.json());
				expect(validate.errors, response.body).toBeNull();
			}
	});

	test('a post has the fields of the contract, and no others', async () => {
		const post = (await author.get(`/api/posts/${story.id}`)).json();
		expect(Object.keys(post).sort()).toEqual(
			[
				'id',
				'threadId',
				'answerId',
				'parentId',
				'depth',
				'kind',
				'title',
				'body',
				'html',
				'author',
				'score',
				'replyCount',
				'revisionCount',
				'minutes',
				'practices',
				'feature',
				'createdAt',
				'editedAt',
				'deletedAt',
				'removal',
				'viewer',
			].sort(),
		);
		expect(Object.keys(post.author).sort()).toEqual(['avatar', 'handle', 'headline', 'id', 'name']);
		expect(Object.keys(post.feature).sort()).toEqual(['at', 'by', 'highlight', 'note']);
	});
});
