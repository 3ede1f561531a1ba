import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { accounts, posts } from '../db/schema.ts';
import { TooMany } from '../server/errors.ts';
import type { Post } from '../server/posts/schema.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, countRows, define, read, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;
let member: Client;
let joined = 0;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
});
beforeEach(async () => {
	member = await site.join(`member_${++joined}`);
});
afterAll(() => closeSite(site));

const answers = '/api/threads/ownership/posts';
const here = '/threads/ownership?tab=definitions';

/** A page without its scripts: what somebody without JavaScript has. */
const readPlain = (response: { body: string }) =>
	response.body.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '');

/** The names and values of the fields that a form of the page would send. */
function readFields(response: { body: string }, action: string): Map<string, string> {
	const html = readPlain(response);
	const form = html.split('<form').find((part) => part.includes(`action="${action}"`));
	expect(form, `${action} in the page`).toBeDefined();
	const inside = form!.split('</form>')[0]!;
	const unescape = (text: string) =>
		text.replace(
			/&(quot|lt|gt|amp|#39);/g,
			(_, name: string) => ({ quot: '"', lt: '<', gt: '>', amp: '&', '#39': "'" })[name]!,
		);
	const fields = new Map<string, string>();
	for (const [tag] of inside.matchAll(/<input\b(?:"[^"]*"|[^">])*>/g)) {
		const attribute = (name: string) =>
			unescape(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
		const isChoice = /type="(checkbox|radio)"/.test(tag);
		if (!isChoice || / checked/.test(tag)) fields.set(attribute('name'), attribute('value'));
	}
	for (const [, name, text] of inside.matchAll(
		/<textarea\b[^>]* name="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/g,
	))
		fields.set(name!, unescape(text!).replace(/^\n/, ''));
	return fields;
}

function expectRedirect(response: Awaited<ReturnType<Client['form']>>, location: string | RegExp) {
	expect(response.statusCode, response.body.slice(0, 300)).toBe(303);
	if (typeof location === 'string') expect(response.headers.location).toBe(location);
	else expect(response.headers.location).toMatch(location);
}

test('what is no page is never shown as the page of a form', async () => {
	const from = '/api/threads/ownership/posts';
	const { id } = await define(member);
	const stranger = new Client(site.app);
	const signedIn = await stranger.form('/api/session', {
		email: `member_${joined}@example.com`,
		password,
		from,
		_resumed: JSON.stringify({ action: `/api/posts/${id}`, values: { body: 'Words.' } }),
	});
	expectRedirect(signedIn, /^\/api\/threads\/ownership\/posts/);
	const refused = await member.form(answers, {
		kind: 'story',
		title: '',
		body: 'Words.',
		from: `${from}?sort=worst`,
	});
	expect(refused.statusCode).toBe(422);
	expect(refused.body).toMatch(/^<!doctype html>/);
	expect(readPlain(refused)).toContain('Words.');
});

test('a form of very many fields, or from a very long address, costs about as much as one of the same size', async () => {
	const size = 240_000;
	const time = async (values: string, status: number) => {
		const times = [];
		for (let n = 0; n < 4; n++) {
			const began = performance.now();
			const { statusCode } = await site.app.inject({
				method: 'POST',
				url: answers,
				headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
				payload: values,
			});
			times.push(performance.now() - began);
			expect(statusCode).toBe(status);
		}
		return Math.min(...times);
	};
	const plain = await time(`body=${'x'.repeat(size)}`, 422);
	expect((await time('a&'.repeat(size / 2), 400)) / plain).toBeLessThan(5);
	const from = `/?${'a%26'.repeat(size / 4)}`;
	expect((await time(`body=x&kind=definition&from=${from}`, 401)) / plain).toBeLessThan(5);
});

describe('success goes on to the right page', () => {
	test('answering, replying, revising, deleting', async () => {
		const defined = await member.form(answers, { kind: 'definition', body: 'Mine.', from: here });
		const [, id] = /^\/posts\/(\d+)$/.exec(defined.headers.location as string)!;
		expectRedirect(defined, `/posts/${id}`);
		const told = await member.form(answers, {
			kind: 'story',
			title: 'A story',
			body: 'Words.',
			'practices[]': 'see-the-whole-job',
			from: '/threads/ownership/stories/new',
		});
		expectRedirect(told, /^\/posts\/\d+$/);
		const story = Number((told.headers.location as string).split('/')[2]);
		expect((await read(member, story)).practices).toEqual(['see-the-whole-job']);
		const replied = await member.form(`/api/posts/${id}/replies`, {
			body: 'So.',
			from: `/posts/${id}`,
		});
		expectRedirect(replied, /^\/posts\/(\d+)#post-\1$/);
		const revised = await member.form(`/api/posts/${id}?_method=PATCH`, {
			body: 'Better.',
			from: here,
		});
		expectRedirect(revised, `/posts/${id}`);
		expect((await read(member, Number(id))).body).toBe('Better.');
		await member.form(`/api/posts/${story}?_method=PATCH`, {
			title: 'A story',
			body: 'Words.',
			from: here,
		});
		expect((await read(member, story)).practices).toEqual([]);
		const deleted = await member.form(`/api/posts/${story}?_method=DELETE`, {
			from: `/posts/${story}`,
		});
		expectRedirect(deleted, /^\/(threads\/ownership)?$/);
		expectRedirect(
			await member.form(`/api/posts/${id}?_method=DELETE`, { from: here }),
			`/posts/${id}`,
		);
	});

	test('a deleted answer of another thread leads back to that thread', async () => {
		await host.post('/api/threads', { question: 'Else?', introduction: 'So.', slug: 'else' });
		const story = await tell(member, {}, 'else');
		const url = `/api/posts/${story.id}?_method=DELETE`;
		expectRedirect(await member.form(url, { from: `/posts/${story.id}` }), /^\/threads\/else$/);
	});

	test('upvoting, featuring, removing, restoring, locking, suspending, naming', async () => {
		const { id } = await tell(member);
		const url = (rest: string, method: string) => `/api/posts/${id}/${rest}?_method=${method}`;
		for (const method of ['PUT', 'DELETE'])
			expectRedirect(
				await host.form(url('upvote', method), { from: `${here}#x` }),
				`${here}#post-${id}`,
			);
		const noted = { note: 'Look.', highlight: 'rain', from: `/posts/${id}` };
		expectRedirect(await host.form(url('feature', 'PUT'), noted), `/posts/${id}`);
		expect((await read(host, id)).feature).toMatchObject({ note: 'Look.', highlight: 'rain' });
		expectRedirect(await host.form(url('feature', 'DELETE'), { from: '/' }), `/posts/${id}`);
		const removal = { reason: 'Off the point.', from: `/posts/${id}` };
		expectRedirect(await host.form(url('removal', 'PUT'), removal), `/posts/${id}`);
		expectRedirect(
			await host.form(url('removal', 'DELETE'), { from: `/posts/${id}` }),
			`/posts/${id}`,
		);
		for (const method of ['PUT', 'DELETE'])
			expectRedirect(
				await host.form(`/api/threads/ownership/lock?_method=${method}`, { from: here }),
				here,
			);
		const page = `/members/member_${joined}`;
		const reason = { reason: 'Too loud.', from: page };
		expectRedirect(await host.form(`/api${page}/suspension?_method=PUT`, reason), page);
		expectRedirect(await host.form(`/api${page}/suspension?_method=DELETE`, { from: page }), page);
		const role = { role: 'moderator', from: page };
		expectRedirect(await host.form(`/api${page}/role?_method=PUT`, role), page);
		expect((await member.get('/api/me')).json().role).toBe('moderator');
	});

	test('opening a thread, with an address or without', async () => {
		const opening = { question: 'A new one?', introduction: 'Well.', from: '/threads' };
		const empty = await host.form('/api/threads', { ...opening, slug: '' });
		expectRedirect(empty, /^\/threads\/a-new-one$/);
		expectRedirect(
			await host.form('/api/threads', { ...opening, slug: 'named' }),
			/^\/threads\/named$/,
		);
	});

	test('signing up, in and out', async () => {
		const client = new Client(site.app);
		const page = await client.visit('/sign-up?from=%2Fthreads');
		const fields = Object.fromEntries(readFields(page, '/api/accounts'));
		expect(Object.keys(fields)).toEqual(
			expect.arrayContaining(['handle', 'name', 'email', 'password', 'headline']),
		);
		const typed = { handle: 'by_form', name: 'By Form', email: 'form@example.com', password };
		expectRedirect(await client.form('/api/accounts', { ...fields, ...typed }), /^\/threads$/);
		expect((await client.get('/api/me')).json().handle).toBe('by_form');
		expectRedirect(await client.visit('/sign-up?from=/threads'), /^\/threads$/);
		expectRedirect(await client.form('/api/session?_method=DELETE', { from: here }), here);
		expect((await client.get('/api/me')).statusCode).toBe(401);
		const signIn = Object.fromEntries(
			readFields(await client.visit('/sign-in?from=%2Fthreads'), '/api/session'),
		);
		const answer = await client.form('/api/session', {
			...signIn,
			email: 'form@example.com',
			password,
		});
		expectRedirect(answer, /^\/threads$/);
	});
});

describe('failure shows the form again, with all that was typed', () => {
	const cases: {
		name: string;
		client: () => Client;
		page: () => string;
		action: () => string;
		typed: Record<string, string>;
		status: number;
		fields?: () => Record<string, string>;
	}[] = [
		{
			name: 'a definition that is too long',
			client: () => member,
			page: () => '/',
			action: () => answers,
			status: 422,
			typed: { body: `A "definition" with <b> & more ${'x'.repeat(500)}` },
		},
		{
			name: 'a story without a title',
			client: () => member,
			action: () => answers,
			status: 422,
			page: () => '/threads/ownership/stories/new',
			typed: {
				title: 'ab',
				body: 'The whole story\n\nin two paragraphs.',
				'practices[]': 'answer-for-the-outcome',
			},
		},
		{
			name: 'a reply that shows nothing',
			client: () => member,
			page: () => `/posts/${story.id}`,
			status: 422,
			action: () => `/api/posts/${story.id}/replies`,
			typed: { body: 'x'.repeat(5001) },
		},
		{
			name: 'a revision without words',
			client: () => author,
			page: () => `/posts/${story.id}/edit`,
			status: 422,
			action: () => `/api/posts/${story.id}?_method=PATCH`,
			typed: {
				title: 'The changed title',
				body: '',
				'practices[]': 'see-the-whole-job',
			},
		},
		{
			name: 'a highlight that does not occur',
			client: () => host,
			page: () => `/posts/${story.id}`,
			status: 422,
			action: () => `/api/posts/${story.id}/feature?_method=PUT`,
			typed: {
				highlight: 'not in the text',
				note: 'My typed note.',
			},
		},
		{
			name: 'a removal with too long a reason',
			client: () => host,
			page: () => `/posts/${story.id}`,
			status: 422,
			action: () => `/api/posts/${story.id}/removal?_method=PUT`,
			typed: { reason: 'Because '.repeat(200) },
		},
		{
			name: 'a suspension with too long a reason',
			client: () => host,
			page: () => '/members/story_author',
			status: 422,
			action: () => '/api/members/story_author/suspension?_method=PUT',
			typed: { reason: 'Because '.repeat(200) },
		},
		{
			name: 'a thread whose address is taken',
			client: () => host,
			page: () => '/threads',
			action: () => '/api/threads',
			status: 409,
			typed: {
				question: 'Once more?',
				introduction: 'My typed introduction.',
				slug: 'ownership',
			},
		},
		{
			name: 'a sign-up with a handle that is taken',
			client: () => new Client(site.app),
			action: () => '/api/accounts',
			status: 409,
			page: () => '/sign-up?from=%2Fthreads',
			typed: {
				handle: 'HOST',
				name: 'Typed Name',
				headline: 'Typed headline',
				email: 't@example.com',
				password,
			},
		},
		{
			name: 'a sign-up with a common password',
			client: () => new Client(site.app),
			action: () => '/api/accounts',
			status: 422,
			page: () => '/sign-up?from=%2Fthreads&definition=My+kept+words.',
			typed: {
				handle: 'fresh_one',
				name: 'Typed Name',
				headline: '',
				email: 't@example.com',
				password: '1234567890',
			},
		},
		{
			name: 'a sign-in with a wrong password',
			client: () => new Client(site.app),
			action: () => '/api/session',
			status: 401,
			page: () => '/sign-in?from=%2Fthreads&definition=My+kept+words.',
			typed: {
				email: 'host@example.com',
				password: 'a wrong password',
			},
		},
	];
	let author: Client;
	let story: Post;

	beforeAll(async () => {
		author = await site.join('story_author');
		story = await tell(author);
	});

	test.each(cases)('$name', async ({ client: find, page, action, typed, status }) => {
		const client = find();
		const before = await countRows(site);
		const blank = readFields(await client.visit(page()), action());
		const sent = { ...Object.fromEntries(blank), ...typed };
		const response = await client.form(action(), sent);
		expect(response.statusCode).toBe(status);
		expect(response.headers['content-type']).toMatch('text/html');
		const shown = readFields(response, action());
		for (const [name, value] of Object.entries(sent))
			if (name === 'password') expect(shown.get(name)).toBe('');
			else if (name !== '_key') expect(shown.get(name), name).toBe(value);
		expect(response.body).not.toContain(typed.password ?? 'no such words');
		expect(readPlain(response)).toMatch(/class="[^"]*(notice|error|failure)/i);
		expect(await countRows(site)).toEqual(before);
	});

	test('what one account has typed does not go out as another one’s, and is still there', async () => {
		const [first, second] = [await site.join('first_typist'), await site.join('second_typist')];
		const action = `/api/posts/${story.id}/replies`;
		const page = `/posts/${story.id}`;
		const blank = readFields(await first.visit(page), action);
		const sent = { ...Object.fromEntries(blank), body: 'Typed before the other one came.' };
		const before = await countRows(site);
		const response = await second.form(action, sent);
		expect(response.statusCode).toBe(401);
		expect(readPlain(response)).toContain('Another account is signed in here now');
		const shown = readFields(response, action);
		expect(shown.get('body')).toBe(sent.body);
		expect(await countRows(site)).toEqual(before);
		const again = await second.form(action, Object.fromEntries(shown));
		expect(again.statusCode).toBe(303);
		expect(await countRows(site)).toMatchObject({ posts: before.posts! + 1 });
	});

	test('a vote on the page of one account is not another one’s, and says so', async () => {
		const [first, second] = [await site.join('first_voter'), await site.join('second_voter')];
		const action = `/api/posts/${story.id}/upvote?_method=PUT`;
		const fields = readFields(await first.visit(`/posts/${story.id}`), action);
		const before = await countRows(site);
		const response = await second.form(action, Object.fromEntries(fields));
		expect(response.statusCode).toBe(401);
		expect(readPlain(response)).toContain('Another account is signed in here now');
		expect(await countRows(site)).toEqual(before);
	});

	test('every form that writes says whose page it is on', async () => {
		const mine = await define(member);
		const pages = ['/', '/threads', '/threads/ownership/stories/new', `/posts/${mine.id}`];
		pages.push('/members/host', `/members/member_${joined}`);
		pages.push(`/posts/${mine.id}/edit`, `/posts/${story.id}`, '/members/story_author');
		const actions = new Set<string>();
		for (const client of [member, host]) {
			const { id } = (await client.get('/api/me')).json<{ id: number }>();
			for (const path of pages)
				for (const form of readPlain(await client.visit(path))
					.split('<form')
					.slice(1)) {
					const [, action] = / action="([^"]*)"/.exec(form)!;
					// who signs out is whoever is signed in
					if (!/method="post"/.test(form) || action!.startsWith('/api/session?')) continue;
					actions.add(action!.replace(/\d+/, ':id'));
					const isFile = form.includes('enctype="multipart/form-data"');
					if (isFile) expect(action).toContain(`&amp;_account=${id}&amp;from=%2F`);
					else expect(form, `${action} on ${path}`).toContain(`name="_account" value="${id}"`);
				}
		}
		expect(actions.size).toBeGreaterThan(8);
	});

	test.each([
		['for another account', 401],
		['too often', 429],
	])('a page without the form that was sent %s says why, and what was typed', async (_, status) => {
		const typist = await site.join(`typist_${status}`);
		const page = `/members/typist_${status}`;
		const limit = vi.spyOn(site.app.limits, 'count');
		if (status === 429)
			limit.mockImplementation(async (name) => {
				if (name === 'writeByAccount') throw new TooMany('Wait & see.', 60, name);
			});
		const response = await typist.form(`/api/posts/${story.id}/replies`, {
			body: 'My <typed> reply.',
			from: page,
			...(status === 401 && { _account: String(typist.id + 1) }),
		});
		limit.mockRestore();
		expect(response.statusCode).toBe(status);
		const shown = readPlain(response);
		expect(shown).toContain(status === 401 ? 'Another account is signed in' : 'Wait &amp; see.');
		expect(shown).toContain('My &lt;typed> reply.');
	});

	test('a page that is not there any more still shows why and what was typed', async () => {
		const gone = await tell(author);
		await author.delete(`/api/posts/${gone.id}`);
		const fields = { body: 'My typed reply.', from: `/posts/${gone.id}` };
		const response = await member.form(`/api/posts/${gone.id}/replies`, fields);
		expect(response.statusCode).toBe(404);
		expect(response.headers['content-type']).toMatch('text/html');
		expect(readPlain(response)).toContain('There is no such post.');
		expect(readPlain(response)).toContain('My typed reply.');
	});

	test('a thread that was locked meanwhile still shows why and what was typed', async () => {
		await host.put('/api/threads/ownership/lock');
		const fields = { kind: 'definition', body: 'My typed definition.', from: '/' };
		const response = await member.form(answers, fields);
		await host.delete('/api/threads/ownership/lock');
		expect(response.statusCode).toBe(403);
		expect(readPlain(response)).toContain('locked');
		expect(readPlain(response)).toContain('My typed definition.');
	});
});

describe('words written before signing in are not lost', () => {
	const words = 'My "first" words\nare two lines & one <tag>.';
	const newcomer = () => {
		joined++;
		return { handle: `new_${joined}`, name: 'New', email: `new_${joined}@example.com`, password };
	};

	/** Reads the definition that the composer of a page holds. */
	const readDraft = async (client: Client, location: string) => {
		const page = await client.visit(location);
		expect(page.statusCode).toBe(200);
		return readFields(page, answers).get('body');
	};

	test.each([
		['some', words],
		['as many as allowed', 'é'.repeat(500)],
		['too many', 'x'.repeat(700)],
	])(
		'a definition of %s words is carried through sign-up into the composer',
		async (_, definition) => {
			const client = new Client(site.app);
			const composer = readFields(await client.visit('/'), '/sign-up');
			expect([...composer.keys()]).toEqual(expect.arrayContaining(['from', 'definition']));
			const search = new URLSearchParams({
				from: '/',
				definition: definition.replaceAll('\n', '\r\n'),
			});
			const page = await client.visit(`/sign-up?${search}`);
			const fields = Object.fromEntries(readFields(page, '/api/accounts'));
			const signedUp = await client.form('/api/accounts', { ...fields, ...newcomer() });
			expectRedirect(signedUp, /^\/\?draft=.*#compose$/);
			const location = (signedUp.headers.location as string).split('#')[0]!;
			expect(await readDraft(client, location)).toBe(definition);
		},
	);

	test('a definition goes from sign-up over to sign-in, and through a failed attempt', async () => {
		const client = new Client(site.app);
		const search = new URLSearchParams({ from: '/threads/ownership', definition: words });
		const signUp = readPlain(await client.visit(`/sign-up?${search}`));
		const [, over] = /href="(\/sign-in\?[^"]*definition[^"]*)"/.exec(signUp)!;
		const signIn = await client.visit(over!.replaceAll('&amp;', '&'));
		const fields = Object.fromEntries(readFields(signIn, '/api/session'));
		const failed = await client.form('/api/session', {
			...fields,
			email: `member_${joined}@example.com`,
			password: 'a wrong password',
		});
		const again = Object.fromEntries(readFields(failed, '/api/session'));
		const signedIn = await client.form('/api/session', { ...again, password });
		expectRedirect(signedIn, /^\/threads\/ownership\?draft=/);
		expect(await readDraft(client, (signedIn.headers.location as string).split('#')[0]!)).toBe(
			words,
		);
	});

	test.each([
		['definition', () => answers, { kind: 'definition', body: words }, '/'],
		['reply', () => `/api/posts/${story.id}/replies`, { body: words }, '/posts/'],
		[
			'story',
			() => answers,
			{ kind: 'story', title: 'My typed title', body: words },
			'/threads/ownership/stories/new',
		],
	])(
		'a %s sent after the session ended is there on the way in and after it',
		async (_, action, typed, from) => {
			const page = from === '/posts/' ? `${from}${story.id}` : from;
			const response = await site.reader.form(action(), { ...typed, from: page });
			expect(response.statusCode).toBe(401);
			expect(response.headers['content-type']).toMatch('text/html');
			for (const text of Object.values(typed).slice(-1))
				expect(readPlain(response)).toContain(
					text.split('\n')[1]!.replace('&', '&amp;').replace('<', '&lt;'),
				);
			const client = new Client(site.app);
			const fields = Object.fromEntries(readFields(response, '/api/session'));
			const signedIn = await client.form('/api/session', {
				...fields,
				email: `member_${joined}@example.com`,
				password,
			});
			const { location } = signedIn.headers;
			const after = location ? await client.visit((location as string).split('#')[0]!) : signedIn;
			expect(after.statusCode).toBe(200);
			expect(readFields(after, action()).get('body')).toBe(words);
		},
	);
	let story: Post;
	beforeAll(async () => {
		story = await tell(host);
	});

	test('a form without words leads to sign-in and back', async () => {
		const response = await site.reader.form(`/api/posts/${story.id}/upvote?_method=PUT`, {
			from: here,
		});
		expectRedirect(response, /^\/sign-in\?from=%2Fthreads%2Fownership%3Ftab%3Ddefinitions$/);
	});
});

test('line breaks of forms are one character each', async () => {
	const body = `a\r\n${'x'.repeat(496)}\r\nb`;
	const response = await member.form(answers, { kind: 'definition', body, from: '/' });
	expect(response.statusCode).toBe(303);
	const { db } = site.database;
	const [row] = await db.select().from(posts).where(eq(posts.authorId, member.id));
	expect(row!.body).toBe(body.replaceAll('\r\n', '\n'));
});

describe('`_method`', () => {
	test('names a method for forms alone', async () => {
		const post = await define(member);
		const url = `/api/posts/${post.id}?_method=DELETE`;
		expect((await member.post(url, {})).statusCode).toBe(404);
		expect((await member.get(url)).statusCode).toBe(200);
		expect((await member.patch(url, { body: 'Changed.' })).statusCode).toBe(200);
		expect((await read(member, post.id)).deletedAt).toBeNull();
	});

	test.each(['GET', 'POST', 'delete', 'TRACE', 'DELETEX', ''])('cannot be %s', async (method) => {
		const post = await tell(member);
		const response = await member.form(`/api/posts/${post.id}?_method=${method}`, { from: '/' });
		expect(response.statusCode).toBe(404);
		expect((await read(member, post.id)).deletedAt).toBeNull();
	});
});

test.each([
	'//evil.example',
	'//evil.example/x',
	'https://evil.example',
	'http:evil.example',
	'/\\evil.example',
	'\\\\evil.example',
	'/	/evil.example',
	'/\n/evil.example',
	'/.//evil.example',
	'/x/..//evil.example',
	'javascript:alert(1)',
	'data:text/html,x',
	'',
	'evil.example',
	'/%0d%0aset-cookie:x=1',
	' //evil.example',
])('`from` never leads elsewhere (%#)', async (from) => {
	const post = await tell(host);
	const upvoted = await member.form(`/api/posts/${post.id}/upvote?_method=PUT`, { from });
	const client = new Client(site.app);
	const signedIn = await client.form('/api/session', {
		email: `member_${joined}@example.com`,
		password,
		from,
		definition: 'Words.',
	});
	const refused = await site.reader.form(`/api/posts/${post.id}/upvote?_method=PUT`, { from });
	const visited = await member.visit(`/sign-in?${new URLSearchParams({ from })}`);
	for (const response of [upvoted, signedIn, refused, visited]) {
		expect(response.statusCode).toBe(303);
		const location = response.headers.location as string;
		expect(location).toMatch(/^\/(?![/\\])/);
		expect(location).not.toMatch(/[\r\n]/);
		expect(new URL(location, 'http://own.example').origin).toBe('http://own.example');
	}
	expect(signedIn.headers['set-cookie']).toEqual([
		expect.stringMatching(/^session=[^;\s]+; /),
		expect.stringMatching(/^device=[^;\s]+; /),
	]);
	const failed = await member.form(answers, { kind: 'definition', body: '', from });
	expect(failed.statusCode).toBe(422);
	expect(failed.headers['content-type']).toMatch('text/html');
});

describe('requests from other sites', () => {
	const secFetch = (site: string) => ({ 'sec-fetch-site': site });
	test.each([
		['cross-site', secFetch('cross-site'), 403],
		['same-site', secFetch('same-site'), 403],
		['an unknown Sec-Fetch-Site', secFetch('elsewhere'), 403],
		['a foreign Origin', { origin: 'https://evil.example' }, 403],
		['the Origin null', { origin: 'null' }, 403],
		['this host on another port', { origin: 'http://localhost:81' }, 403],
		[
			'cross-site with a forged Origin',
			{ ...secFetch('cross-site'), origin: 'http://localhost:80' },
			403,
		],
		['same-origin', secFetch('same-origin'), 201],
		['none', secFetch('none'), 201],
		['this Origin', { origin: 'http://localhost:80' }, 201],
		['neither header', {}, 201],
	])('%s: %o → %i', async (_, headers, status) => {
		const before = await countRows(site);
		const host = 'localhost:80';
		const json = { kind: 'story', title: 'A story', body: 'Words.' };
		const response = await member.post(answers, json, { host, ...headers });
		expect(response.statusCode).toBe(status);
		const form = await member.send({
			method: 'POST',
			url: answers,
			payload: new URLSearchParams(json).toString(),
			headers: {
				host,
				...headers,
				'content-type': 'application/x-www-form-urlencoded',
			},
		});
		expect(form.statusCode).toBe(status === 201 ? 303 : 403);
		if (status === 403) expect(await countRows(site)).toEqual(before);
		expect((await member.get('/api/me', { host, ...headers })).statusCode).toBe(200);
	});

	test('with a configured origin only that one is this site', async () => {
		const origin = 'https://weigh-in.example';
		const served = await createTestApp({ origin });
		const guest = await served.join('guest');
		const send = (headers: object) =>
			guest.post(answers, { kind: 'story', title: 'A story', body: 'Words.' }, { ...headers });
		expect((await send({ origin })).statusCode).toBe(201);
		for (const foreign of [
			'http://weigh-in.example',
			'http://localhost:80',
			'https://weigh-in.example.evil',
		])
			expect((await send({ origin: foreign })).statusCode).toBe(403);
		await closeSite(served);
	});
});

test('nobody signs in through a form of another site', async () => {
	const before = await site.database.db.$count(accounts);
	const response = await new Client(site.app).send({
		method: 'POST',
		url: '/api/session',
		payload: `email=host%40example.com&password=${password}`,
		headers: {
			'content-type': 'application/x-www-form-urlencoded',
			origin: 'https://evil.example',
		},
	});
	expect(response.statusCode).toBe(403);
	expect(response.cookies).toEqual([]);
	expect(await site.database.db.$count(accounts)).toBe(before);
});

test('a form of very many fields is refused before anything is made of them', async () => {
	const response = await site.reader.send({
		method: 'POST',
		url: '/api/session',
		payload: 'a[]=&'.repeat(30_000),
		headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
	});
	expect(response.statusCode).toBe(400);
	expect(response.body).toContain('at most 100 fields');
});
