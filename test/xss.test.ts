import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linkPreviews } from '../db/schema.ts';
import type { Post } from '../server/posts/schema.ts';
import { Client, createTestApp, password, type TestApp } from './support/app.ts';
import { closeSite, define, read, reply, tell } from './support/scenes.ts';

const payloads = [
	'<script>alert("evil")</script>',
	'</script><script>alert("evil")</script>',
	'</ScRiPt ><img src=x onerror=alert(1)>',
	'<!--<script>alert(1)</script>',
	'"><img src=x onerror=alert(1)>',
	"' onmouseover='alert(1)",
	'" onfocus="alert(1)" autofocus="',
	'<svg/onload=alert(1)>',
	'</title><script>alert(1)</script>',
	'</textarea><script>alert(1)</script>',
	'<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;">',
	'&lt;script&gt;alert(1)&lt;/script&gt;',
	'&#60;img src=x onerror=alert(1)&#62;',
	'[click](javascript:alert(1))',
	'[click](JaVaScRiPt:alert(1) "title")',
	'[click](&#106;avascript:alert(1))',
	'[click](java\nscript:alert(1))',
	'[click](data:text/html;base64,PHNjcmlwdD4=)',
	'[click](vbscript:x)',
	'[click](//evil.example/x)',
	'[click](https://example.com "x\\" onmouseover=\\"alert(1)")',
	'![x](https://example.com/x.png"onerror="alert(1))',
	'![x](javascript:alert(1))',
	'<javascript:alert(1)>',
	'<a href="javascript:alert(1)">x</a>',
	'[ref]: javascript:alert(1)\n\n[ref]',
	'```"><script>\n<script>alert(1)</script>\n```',
	'`<img src=x onerror=alert(1)>`',
	'{{constructor.constructor("alert(1)")()}} ${alert(1)} {@html 1}',
	'\u2028</script>\u2029<script>alert(1)</script>',
	'<mark><img src=x onerror=alert(1)></mark>',
	'<base href="https://evil.example/"><form action="https://evil.example/">',
	"@host\"><script>alert(1)</script> @host'onmouseover='alert(1)",
	'[@host](javascript:alert(1)) <@host> ![@host](javascript:alert(1))',
	':tada:"><img src=x onerror=alert(1)>:tada: [:tada:](javascript:alert(1))',
	'https://evil.example/"onmouseover="alert(1)',
];

type Tag = { name: string; attributes: Map<string, string> };

/** The tags of a piece of HTML as a browser reads them, with the attributes' values decoded. */
function readTags(html: string): Tag[] {
	const tags: Tag[] = [];
	for (const [, name, rest] of html.matchAll(/<([a-z][^\s/>]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/gi)) {
		const attributes = new Map<string, string>();
		const pattern = /([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;
		for (const [, key, a, b, c] of rest!.matchAll(pattern))
			attributes.set(key!.toLowerCase(), decode(a ?? b ?? c ?? ''));
		tags.push({ name: name!.toLowerCase(), attributes });
	}
	return tags;
}

const decode = (text: string) =>
	text
		.replace(/&#x([0-9a-f]+);?/gi, (_, code) => String.fromCodePoint(Number.parseInt(code, 16)))
		.replace(/&#(\d+);?/g, (_, code) => String.fromCodePoint(Number(code)))
		.replace(/&(quot|lt|gt|amp|colon|Tab|NewLine);/g, (_, name: string) => {
			return { quot: '"', lt: '<', gt: '>', amp: '&', colon: ':', Tab: '\t', NewLine: '\n' }[name]!;
		});

/** Nothing in it can run: no handlers, no scripting addresses, no foreign frames, forms or bases. */
function expectHarmless(tags: Tag[]) {
	for (const { name, attributes } of tags) {
		expect(['script', 'iframe', 'object', 'embed', 'base', 'img', 'math', 'style']).not.toContain(
			name,
		);
		for (const [key, value] of attributes) {
			expect(key).not.toMatch(/^on|^srcdoc$/);
			if (!['href', 'src', 'action', 'formaction', 'xlink:href'].includes(key)) continue;
			const scheme = /^[a-z][a-z0-9+.-]*:/.exec(
				value.replace(/[\s\p{C}]/gu, '').toLowerCase(),
			)?.[0];
			expect([undefined, 'http:', 'https:', 'mailto:']).toContain(scheme);
			if (key.endsWith('action')) expect(value).toMatch(/^\/(?!\/)/);
		}
	}
}

const ownTags = [
	'p',
	'br',
	'h2',
	'h3',
	'h4',
	'h5',
	'em',
	'strong',
	's',
	'a',
	'code',
	'pre',
	'blockquote',
	'mark',
	'ul',
	'ol',
	'li',
	'hr',
	'table',
	'thead',
	'tbody',
	'tr',
	'th',
	'td',
	'cite',
	'span',
];

/** HTML made of a text: our own few tags with our own few attributes. */
function expectClean(html: string) {
	const tags = readTags(html);
	expectHarmless(tags);
	for (const { name, attributes } of tags) {
		expect(ownTags).toContain(name);
		for (const [key, value] of attributes)
			if (key === 'class') expect([name, value]).toEqual(['p', 'preview']);
			else expect(['href', 'title', 'rel', 'start']).toContain(key);
		if (name === 'a') expect(attributes.get('rel')).toBe('nofollow ugc noopener');
	}
	expect(html).not.toMatch(/<!|<\?/);
}

/** A page: its scripts are the built client, the one whose hash is allowed and two pieces of JSON at most, its markup runs nothing. */
function expectSafePage(response: Awaited<ReturnType<Client['visit']>>) {
	expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
	const policy = String(response.headers['content-security-policy']);
	expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/]{43}=';/);
	const { body } = response;
	let data = 0;
	const markup = body.replace(
		/<script\b((?:"[^"]*"|[^">])*)>([\s\S]*?)<\/script(?:>|[\s/][^>]*>)/gi,
		(_, attributes: string, content: string) => {
			if (attributes.includes('data-page')) {
				data++;
				expect(content).not.toMatch(/<!--|<\/?script/i);
				expect(JSON.parse(content)).toHaveProperty('component');
			} else if (attributes === ' type="application/ld+json"') {
				expect(content).not.toContain('<');
				expect(JSON.parse(content)).toHaveProperty('@context', 'https://schema.org');
			} else if (attributes === '') {
				const hash = createHash('sha256').update(content).digest('base64');
				expect(policy).toContain(`'sha256-${hash}'`);
			} else {
				expect(attributes).toMatch(/^ type="module" src="\/assets\/[\w.-]+\.js"$/);
				expect(content).toBe('');
			}
			return '';
		},
	);
	expect(data).toBe(1);
	const [head, rest] = markup.split('<title>');
	const [title, tail] = rest!.split('</title>');
	expect(title).not.toContain('<');
	const visible = `${head}${tail}`.replace(
		/<textarea\b((?:"[^"]*"|[^">])*)>([\s\S]*?)<\/textarea>/g,
		(_, attributes, text) => {
			expect(text).not.toContain('<');
			return `<textarea${attributes}></textarea>`;
		},
	);
	expectHarmless(readTags(visible.replace(/<!--[\s\S]*?-->/g, '')));
	return body;
}

let site: TestApp;
let host: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
});
afterAll(() => closeSite(site));

test.each(payloads)('the text %j is harmless as HTML, whatever it is part of', async (payload) => {
	const story = await tell(host, {
		body: `Before.\n\n${payload}\n\n*after* ${payload}\n\n> ${payload}`,
	});
	expectClean(story.html);
	expectClean((await reply(host, story, payload)).html);
	const author = await site.join(`author_${payloads.indexOf(payload)}`);
	const definition = await define(author, `${payload} and on`);
	expectClean(definition.html);
	const url = `/api/posts/${definition.id}`;
	expect((await host.put(`${url}/feature`, { highlight: payload.trim() })).statusCode).toBeLessThan(
		500,
	);
	await author.patch(url, { body: `${payload} and on and on` });
	const { items } = (await site.reader.get(`${url}/revisions`)).json();
	for (const { html } of [await read(site.reader, definition.id), ...items]) {
		expectClean(html);
		expect(readTags(html).every(({ name }) => ['p', 'br', 'mark'].includes(name))).toBe(true);
	}
});

test.each(payloads)('the text %j is no slug, handle or practice', async (payload) => {
	const opening = { question: 'So?', introduction: 'So.', slug: payload };
	expect((await host.post('/api/threads', opening)).statusCode).toBe(422);
	const account = { name: 'X', email: 'x@example.com', password, handle: payload };
	expect((await site.reader.post('/api/accounts', account)).statusCode).toBe(422);
	const told = { kind: 'story', title: 'Title', body: 'Words.', practices: [payload] };
	expect((await host.post('/api/threads/ownership/posts', told)).statusCode).toBe(422);
});

const groupSize = 4;
const groups = Array.from({ length: payloads.length / groupSize }, (_, index) => ({
	index,
	texts: payloads.slice(index * groupSize, (index + 1) * groupSize),
}));

describe.each(groups)('payloads $index in every field of a community', ({ index, texts }) => {
	const all = texts.join('\n\n');
	const slug = `payload-${index}`;
	const fit = (text: number, length: number) =>
		[...texts[text]!].slice(0, length).join('').padEnd(3, '.');
	let author: Client;
	let definition: Post;
	let story: Post;
	let below: Post;

	beforeAll(async () => {
		author = new Client(site.app);
		const joined = await author.post('/api/accounts', {
			handle: `xss_${index}`,
			name: fit(0, 80),
			headline: fit(1, 80),
			email: `xss_${index}@example.com`,
			password,
		});
		expect(joined.statusCode, joined.body).toBe(201);
		const opened = await host.post('/api/threads', {
			question: fit(2, 200),
			introduction: all,
			slug,
		});
		expect(opened.statusCode, opened.body).toBe(201);
		expectClean(opened.json().introductionHtml);
		definition = await define(author, all, slug);
		story = await tell(author, { title: fit(3, 120), body: all }, slug);
		below = await reply(author, definition, all);
		await author.patch(`/api/posts/${definition.id}`, { body: `${all} and on` });
		await author.patch(`/api/posts/${story.id}`, { title: fit(0, 120), body: `> ${all}` });
		for (const { id } of [definition, story, below])
			await host.put(`/api/posts/${id}/feature`, { note: all });
		const change = { note: all, highlight: texts[0]!.trim() };
		await host.put(`/api/posts/${definition.id}/feature`, change);
	});

	test('are harmless on every page', async () => {
		const [payload, other] = [all, texts[1]!];
		const query = new URLSearchParams({ draft: payload, definition: payload, from: other });
		const urls = [
			`/threads/${slug}?${query}`,
			`/threads/${slug}?tab=stories`,
			`/threads/${slug}?tab=featured`,
			`/posts/${definition.id}?${query}`,
			`/posts/${story.id}`,
			`/posts/${below.id}`,
			'/threads',
			`/posts/${definition.id}/revisions`,
			`/posts/${story.id}/revisions`,
			`/members/xss_${index}`,
			`/?${query}`,
			`/sign-up?${query}`,
			`/sign-in?${query}`,
			`/nowhere?${query}`,
			...texts.map((text) => `/threads/${encodeURIComponent(text)}`),
			...texts.map((text) => `/sign-in?${new URLSearchParams({ from: text, definition: text })}`),
		];
		for (const url of urls) {
			const page = await site.reader.visit(url);
			expect([200, 404, 422], url).toContain(page.statusCode);
			expectSafePage(page);
		}
		for (const client of [host, author])
			for (const { id } of [definition, story])
				expectSafePage(await client.visit(`/posts/${id}?${query}`));
		for (const { id } of [definition, story])
			expectSafePage(await author.visit(`/posts/${id}/edit`));
		const location = (await host.visit(`/sign-in?${query}`)).headers.location;
		expect(location).toMatch(/^\/(?![/\\])/);
	});

	test('are harmless in reasons, and in forms that failed', async () => {
		const removal = `/api/posts/${story.id}/removal`;
		expect((await host.put(removal, { reason: all })).statusCode).toBe(200);
		for (const client of [author, host]) expectSafePage(await client.visit(`/posts/${story.id}`));
		await host.put(`/api/members/xss_${index}/suspension`, { reason: all });
		expectSafePage(await author.visit(`/threads/${slug}`));
		expectSafePage(await host.visit(`/members/xss_${index}`));
		await host.delete(`/api/members/xss_${index}/suspension`);
		const [one, two] = texts as [string, string];
		const from = `/threads/${slug}?x=${one}`;
		const answers = `/api/threads/${slug}/posts`;
		const { id } = definition;
		const tooLong = all + 'x'.repeat(5000);
		const account = { handle: one, name: all, headline: all, email: two, password, from };
		const forms: [Client, string, Record<string, string>][] = [
			[author, answers, { kind: 'definition', body: tooLong, from }],
			[
				author,
				answers,
				{ kind: 'story', title: all, body: '', from: `/threads/${slug}/stories/new` },
			],
			[author, `/api/posts/${id}/replies`, { body: tooLong, from: `/posts/${id}` }],
			[site.reader, answers, { kind: 'definition', body: all, from }],
			[site.reader, '/api/session', { email: one, password: two, definition: all, from }],
			[site.reader, '/api/accounts', account],
			[host, '/api/threads', { question: all, introduction: all, slug: one, from: '/threads' }],
			[
				...([host, `/api/posts/${id}/feature?_method=PUT`] as const),
				{ note: all, highlight: `no ${one}`, from: `/posts/${id}` },
			],
			[host, `/api/members/${encodeURIComponent(one)}/role?_method=PUT`, { role: two, from }],
		];
		for (const [client, action, fields] of forms) {
			const response = await client.form(action, fields);
			expect(response.statusCode).toBeGreaterThanOrEqual(400);
			expect(response.statusCode).toBeLessThan(500);
			expectSafePage(response);
		}
	});
});

test('links are marked as the community’s, and lead to the web or to mail alone', async () => {
	const { html } = await tell(host, {
		body: [
			'[a](https://example.com/?a=1&b=2 "Title") <https://example.com/auto> https://example.com/bare',
			'[mail](mailto:a@example.com) [own](/threads) [part](#part)',
			'[no](javascript:alert(1)) [no](data:text/html,x) [no](file:///etc/passwd) [no](ftp://x.example)',
			'[no](//evil.example)',
		].join('\n\n'),
	});
	const links = readTags(html).filter(({ name }) => name === 'a');
	expect(links.map(({ attributes }) => attributes.get('rel'))).toEqual(
		links.map(() => 'nofollow ugc noopener'),
	);
	const addresses = links.map(({ attributes }) => attributes.get('href')).filter(Boolean);
	expect(addresses).toEqual([
		'https://example.com/?a=1&b=2',
		'https://example.com/auto',
		'https://example.com/bare',
		'mailto:a@example.com',
		'/threads',
		'#part',
	]);
});

test('a highlight cannot carry markup of its own', async () => {
	const post = await tell(host, { body: 'Say `<b>bold</b>` & "quote" it.' });
	await host.put(`/api/posts/${post.id}/feature`, { highlight: '<b>bold</b> & "quote"' });
	const { html } = await read(host, post.id);
	expect(html).toContain('<mark>&lt;b&gt;bold&lt;/b&gt;</mark></code><mark> &amp; ');
	expectClean(html);
});

test.each(payloads)(
	'what a page says of itself, such as %j, is harmless in a preview',
	async (payload) => {
		const url = `https://example.com/${payloads.indexOf(payload)}`;
		const said = { title: payload, description: payload, siteName: payload };
		await site.database.db.insert(linkPreviews).values({ url, ...said });
		const post = await tell(host, { body: `Before.\n\n${url}\n\nAfter.` });
		expect(post.html).toContain('<p class="preview">');
		expectClean(post.html);
		const links = readTags(post.html).filter(({ name }) => name === 'a');
		expect(links.map(({ attributes }) => attributes.get('href'))).toEqual([url]);
		const answer = await host.post('/api/link-previews', { url });
		expect(answer.json()).toEqual({ url, ...said });
		expectSafePage(await site.reader.visit(`/posts/${post.id}`));
	},
);
