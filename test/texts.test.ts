import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Post } from '../server/posts/schema.ts';
import { clean, findFault } from '../server/text-forms.ts';
import { type Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, define, expectProblem, read, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;
let story: Post;
let reason: Post;
let count = 0;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
	member = await site.join('member');
	story = await tell(member, { body: `${'word '.repeat(70)}end` });
	reason = await reply(member, story);
});
afterAll(() => closeSite(site));

const answers = '/api/threads/ownership/posts';

type Field = {
	name: string;
	max: number;
	form: 'line' | 'plain' | 'markdown';
	/** the request that brings the text, by a new member where one may send only one */
	ask: (text: string) => Promise<Request>;
	/** what is kept of it, of an answer of the API */
	kept: (answer: any) => string;
};
type Request = { client: Client; method: string; url: string; body: Record<string, string> };

const fresh = () => site.join(`fresh_${++count}`);
const ask = async (client: Client, method: string, url: string, body: Request['body']) => ({
	client,
	method,
	url,
	body,
});
const account = (changes: object) =>
	ask(site.reader, 'POST', '/api/accounts', {
		handle: `fresh_${++count}`,
		name: 'Somebody',
		email: `fresh_${count}@example.com`,
		password,
		...changes,
	});

const fields: Field[] = [
	{
		name: 'a definition',
		max: 500,
		form: 'plain',
		ask: async (body) => ask(await fresh(), 'POST', answers, { kind: 'definition', body }),
		kept: ({ body }) => body,
	},
	{
		name: 'a revised definition',
		max: 500,
		form: 'plain',
		async ask(body) {
			const author = await fresh();
			const { id } = await define(author);
			return ask(author, 'PATCH', `/api/posts/${id}`, { body });
		},
		kept: ({ body }) => body,
	},
	{
		name: 'a story’s title',
		max: 120,
		form: 'line',
		ask: (title) => ask(member, 'POST', answers, { kind: 'story', title, body: 'Words.' }),
		kept: ({ title }) => title,
	},
	{
		name: 'a story',
		max: 20_000,
		form: 'markdown',
		ask: (body) => ask(member, 'POST', answers, { kind: 'story', title: 'Long', body }),
		kept: ({ body }) => body,
	},
	{
		name: 'a reply',
		max: 5000,
		form: 'markdown',
		ask: (body) => ask(member, 'POST', `/api/posts/${story.id}/replies`, { body }),
		kept: ({ body }) => body,
	},
	{
		name: 'a question',
		max: 200,
		form: 'line',
		ask: (question) => ask(host, 'POST', '/api/threads', { question, introduction: 'So.' }),
		kept: ({ question }) => question,
	},
	{
		name: 'an introduction',
		max: 5000,
		form: 'markdown',
		ask: (introduction) => ask(host, 'POST', '/api/threads', { question: 'Why?', introduction }),
		kept: ({ introduction }) => introduction,
	},
	{
		name: 'a note',
		max: 1000,
		form: 'plain',
		ask: (note) => ask(host, 'PUT', `/api/posts/${story.id}/feature`, { note }),
		kept: ({ feature }) => feature.note,
	},
	{
		name: 'a reason',
		max: 1000,
		form: 'plain',
		ask: (text) => ask(host, 'PUT', `/api/posts/${reason.id}/removal`, { reason: text }),
		kept: ({ removal }) => removal.reason,
	},
	{
		name: 'a name',
		max: 80,
		form: 'line',
		ask: (name) => account({ name }),
		kept: ({ name }) => name,
	},
	{
		name: 'a headline',
		max: 80,
		form: 'line',
		ask: (headline) => account({ headline }),
		kept: ({ headline }) => headline,
	},
];

/** A text of `length` characters between white space, that is counted right only once it is clean. */
function compose(form: Field['form'], length: number) {
	const middle = form === 'line' ? ' ' : '\n';
	const words = `x${middle}${'😀'.repeat(length - 4)}${middle}x`;
	const typed = form === 'line' ? words.replaceAll(' ', ' \t  ') : words.replaceAll('\n', '\r\n');
	return { words, typed: `  \r\n ${typed} \r\n\t ` };
}

/** The two doors of a field. */
const openDoors = ({ ask }: (typeof fields)[number]) => ({
	async sendJson(text: string) {
		const { client, method, url, body } = await ask(text);
		return client.send({ method: method as 'POST', url, payload: body });
	},
	async sendForm(text: string) {
		const { client, method, url, body } = await ask(text);
		return client.form(`${url}?_method=${method}`, { ...body, from: '/' });
	},
});

describe.each(fields)('$name', (field) => {
	const { max, form, kept } = field;
	const { sendJson, sendForm } = openDoors(field);

	test('is counted as it is kept, through both doors', async () => {
		const { words, typed } = compose(form, max);
		const response = await sendJson(typed);
		expect(response.statusCode, response.body).toBeLessThan(300);
		expect(kept(response.json())).toBe(words);
		expect((await sendForm(typed)).statusCode).toBe(303);
		const over = compose(form, max + 1).typed;
		expectProblem(await sendJson(over), 422);
		expect((await sendForm(over)).statusCode).toBe(422);
	});
});

describe.each(fields.filter(({ form }) => form !== 'markdown'))('$name', (field) => {
	const { kept } = field;
	const { sendJson, sendForm } = openDoors(field);

	test('turns nothing that stands around it', async () => {
		for (const bad of [
			'\u202Eabc',
			'a\u202Abc',
			'abc\u2066d',
			'ab\u2069c',
			'\u2067ab\u2069\u2068c',
		]) {
			const problem = expectProblem(await sendJson(bad), 422);
			expect(problem.errors!.length).toBe(1);
			expect((await sendForm(bad)).statusCode).toBe(422);
		}
		for (const good of [
			'שלום \u200Fabc',
			'a \u2068אב\u2069 c',
			'👨‍👩‍👧 family',
			'نامه\u200Cای',
			'❤️ so',
		])
			expect(kept((await sendJson(good)).json())).toBe(good);
	});
});

test('a password is taken as it is typed', async () => {
	const { client, method, url, body } = await account({ password: ' so  long\r\na word ' });
	const response = await client.send({ method: method as 'POST', url, payload: body });
	expect(response.statusCode).toBe(201);
	const signIn = (password: string) =>
		site.reader.post('/api/session', { email: body.email, password });
	expect((await signIn(' so  long\r\na word ')).statusCode).toBe(201);
	expect((await signIn('so  long\na word')).statusCode).toBe(401);
});

test.each([
	['Anna', 'An\u200Bna'],
	['Anna', 'A\u2060n\uFEFFn\u00ADa\u{E0041}'],
	['Anna', 'An\u200Dna\u200C'],
	['Анна', 'Ан\u200Cна'],
	['a b', ' a \u200B b '],
	['', '\u200B\u2060\u{E0041}\u00AD'],
	[
		'🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}',
		'🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}',
	],
	['👩🏽‍🚒', '👩🏽‍🚒'],
	['🏳️‍🌈', '🏳️‍🌈'],
	['ක්‍ය', 'ක්‍ය'],
	['葛󠄀', '葛󠄀'],
])('what nobody sees makes no other name of %j', (name, typed) => {
	expect(clean('line', typed)).toBe(name);
	expect(clean('line', name)).toBe(name);
});

test('cleaning again changes nothing, and never makes a text longer', () => {
	const parts = [
		'a',
		' ',
		'\r',
		'\n',
		'\u200B',
		'\u200D',
		'😀',
		'\u202E',
		'\u2066',
		'\u2069',
		'א',
		'\u{E0041}',
		'\u{E007F}',
	];
	let seed = 7;
	const next = () => (seed = (seed * 48_271) % 2_147_483_647);
	for (let n = 0; n < 5000; n++) {
		const text = Array.from({ length: next() % 12 }, () => parts[next() % parts.length]).join('');
		for (const form of ['line', 'plain', 'markdown'] as const) {
			const once = clean(form, text);
			expect(clean(form, once)).toBe(once);
			expect(once.length).toBeLessThanOrEqual(text.length);
			if (form === 'line') expect(once).not.toMatch(/[\u200B\r\n]|^\s|\s$/);
		}
	}
});

test('isolates are balanced within their line', () => {
	expect(findFault('plain', '\u2067a\u2069\n\u2066b\u2069')).toBeNull();
	expect(findFault('plain', '\u2067a\nb\u2069')).not.toBeNull();
	expect(findFault('markdown', '\u202Ea')).toBeNull();
});

test('Markdown that shows nothing is no text, and what is cut out of it turns nothing', async () => {
	const send = (body: string) => member.post(answers, { kind: 'story', title: 'Marks', body });
	for (const body of ['&#8203;', '**&#x2060;**', '&shy;', '- &#x200b;'])
		expectProblem(await send(body), 422);
	const turned = 'Before \u202Eturned &#8238; after.\n\nThen \u2067 more.';
	const { id } = (await send(turned)).json<Post>();
	expect((await read(member, id)).body).toBe(turned);
	const list = await site.reader.visit('/?tab=stories&sort=new');
	expect(list.body).toContain('Before turned after. Then more.');
	const page = await site.reader.visit(`/posts/${id}`);
	const [head] = page.body.split('</head>');
	expect(head).not.toMatch(/[\u202A-\u202E\u2066-\u2069]|&#8238;/);
});

test('the contract says what texts may hold', async () => {
	const { paths } = (await site.reader.get('/api/openapi.json')).json();
	const { name } =
		paths['/api/accounts'].post.requestBody.content['application/json'].schema.properties;
	expect(name.description).toMatch(/U\+202A to U\+202E are refused/);
});
