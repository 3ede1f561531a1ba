import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isPublic, normalizeAddress, readTarget } from '../server/link-previews/addresses.ts';
import { HeadReader } from '../server/link-previews/head.ts';
import { deleteOldPreviews } from '../server/link-previews/queries.ts';
import type { LinkPreview } from '../server/link-previews/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, expectProblem, read, reply, tell } from './support/scenes.ts';

type Web = { url: string; port: number; hits: IncomingMessage[]; server: Server };

/** A web server of somebody else. */
async function serve(listener: RequestListener, host = '127.0.0.1'): Promise<Web> {
	const hits: IncomingMessage[] = [];
	const server = createServer((request, response) => {
		hits.push(request);
		listener(request, response);
	});
	server.listen(0, host);
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, port, hits, server };
}

const html = (head: string) => `<!doctype html><html><head>${head}</head><body>Words</body></html>`;

const pages: Record<string, string | Buffer> = {
	'/all': html(`<title>Plain</title><meta name=description content="Plain words">
		<meta property="og:title" content="What  we&#10;owe &amp; own"><meta property="og:description" content="The long answer">
		<meta property="og:site_name" content="The Paper">`),
	'/twitter': html('<meta name="twitter:title" content="By the bird"><title>Plain</title>'),
	'/plain': html(
		'<title>Only &lt;a&gt; title</title><meta name="description" content="And words">',
	),
	'/pixel': html(
		'<noscript><p><img src=x><title>Not this</title></noscript><title>After the pixel</title>',
	),
	'/words': '<!doctype html><p>Words<title>Past the head</title>',
	'/deep': `<head>${'<noscript>'.repeat(40)}<title>Far within</title>`,
	'/script': html('<title><script>alert(1)</script>"><img src=x></title>'),
	'/late': html('').replace('Words', '<title>In the body</title>'),
	'/empty': html('<title> \n </title>'),
	'/long': html(
		`<title>${'Word '.repeat(100)}</title><meta name=description content="${'x'.repeat(5000)}">`,
	),
	'/marks': html('<title>abc\u202Edef\u0007</title>'),
	'/large': `<!doctype html><head><title>Still read</title>${' '.repeat(800_000)}`,
	'/hidden': `<!doctype html><head>${' '.repeat(600_000)}<title>Too far down</title>`,
	'/latin': Buffer.from(
		html('<meta charset="iso-8859-1"><title>Verantwortung für später</title>'),
		'latin1',
	),
	'/utf16': Buffer.from(`\uFEFF${html('<title>Zwei Byte für später</title>')}`, 'utf16le'),
	'/charset': html('<title>A title</title>'),
	'/broken': Buffer.from(html('<title>für</title>'), 'latin1'),
};

let web: Web;
let site: TestApp;
let member: Client;
let moved: Web;
const servers: Server[] = [];

beforeAll(async () => {
	web = await serve((request, response) => {
		const path = request.url!.split('?')[0]!;
		if (path === '/slow') return;
		if (path === '/drip') {
			response.writeHead(200, { 'content-type': 'text/html' });
			const timer = setInterval(() => response.write(' '), 20);
			response.on('close', () => clearInterval(timer));
			return;
		}
		if (path === '/flood') {
			response.writeHead(200, { 'content-type': 'text/html' });
			const pour = () => {
				while (!response.destroyed && response.write('<p>'.repeat(20_000)));
				response.once('drain', pour);
			};
			return pour();
		}
		if (path === '/headers') {
			const { socket } = response;
			socket!.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n');
			const pour = () => {
				while (!socket!.destroyed && socket!.write(`x: ${'y'.repeat(8_000)}\r\n`));
				socket!.once('drain', pour);
			};
			return pour();
		}
		if (path === '/early') {
			const timer = setInterval(() => response.socket!.write('HTTP/1.1 103 Early Hints\r\n\r\n'));
			response.socket!.on('close', () => clearInterval(timer));
			return;
		}
		if (path === '/to') {
			const { searchParams } = new URL(request.url!, web.url);
			response.writeHead(302, { location: searchParams.get('at')! }).end();
			return;
		}
		if (path.startsWith('/step')) {
			response
				.writeHead(301, { location: path.replace(/\d+/, (n) => String(Number(n) + 1)) })
				.end();
			return;
		}
		const [, status, type] = /^\/as\/(\d+)\/(.*)$/.exec(path) ?? [];
		const known = Object.hasOwn(pages, path);
		response
			.writeHead(Number(status ?? (known ? 200 : 404)), {
				'content-type': type ?? (path === '/charset' ? 'text/html; charset=nonsense' : 'text/html'),
				...(path === '/zipped' && { 'content-encoding': 'gzip' }),
			})
			.end(known ? pages[path] : html('<title>A title</title>'));
	});
	moved = await serve((_, response) => response.end(html('<title>Elsewhere</title>')));
	site = await createTestApp(
		{},
		{ fetching: { allow: ({ port }) => port === web.port, patience: 1_000 } },
	);
	member = await site.join('host');
	servers.push(web.server, moved.server);
});
afterAll(async () => {
	await closeSite(site);
	for (const server of servers) {
		server.closeAllConnections();
		server.close();
	}
});
afterEach(() => {
	web.hits.length = 0;
});

async function ask(url: string, client = member): Promise<LinkPreview> {
	const response = await client.post('/api/link-previews', { url });
	expect(response.statusCode, response.body).toBe(200);
	return response.json();
}

const nothing = { title: null, description: null, siteName: null };

test('an address says what it is about', async () => {
	expect(await ask(`${web.url}/all?a=1#part`)).toEqual({
		url: `${web.url}/all?a=1`,
		title: 'What we owe & own',
		description: 'The long answer',
		siteName: 'The Paper',
	});
	expect(web.hits.map(({ url }) => url)).toEqual(['/all?a=1']);
	const { headers } = web.hits[0]!;
	expect(headers['user-agent']).toMatch(/Weigh-In/);
	expect(headers.cookie).toBeUndefined();
});

test.each([
	['/twitter', 'By the bird', null],
	['/plain', 'Only <a> title', 'And words'],
	['/script', '<script>alert(1)</script>"><img src=x>', null],
	['/marks', 'abcdef', null],
	['/pixel', 'After the pixel', null],
	['/large', 'Still read', null],
	['/latin', 'Verantwortung für später', null],
	['/utf16', 'Zwei Byte für später', null],
])('%s reads as %j', async (path, title, description) => {
	expect(await ask(web.url + path)).toMatchObject({ title, description });
});

test('what it says is cut to a size', async () => {
	const { title, description } = await ask(`${web.url}/long`);
	expect(title).toMatch(/^(Word )+Word…$/);
	expect(title!.length).toBeLessThanOrEqual(150);
	expect(description!.length).toBeLessThanOrEqual(240);
});

test.each([
	['/empty', 'without a title'],
	['/late', 'with a title in its body'],
	['/words', 'with a title after words that no head can hold'],
	['/deep', 'with a title deep within other elements'],
	['/hidden', 'with a title past the limit'],
	['/broken', 'in another character set than it says'],
	['/as/404/text/html', 'that is not there'],
	['/as/500/text/html', 'that is broken'],
	['/as/200/application/json', 'that is not HTML'],
	['/as/200/text/htmlx', 'of an unknown type'],
	['/zipped', 'in a form that was not asked for'],
	['/slow', 'that does not answer'],
	['/drip', 'that never ends'],
	['/flood', 'that is endlessly large'],
	['/step0', 'that leads on and on'],
])('%s, a page %s, shows nothing', async (path) => {
	expect(await ask(web.url + path)).toEqual({ url: web.url + path, ...nothing });
	expect(web.hits.length).toBe(path === '/step0' ? 4 : 1);
});

/** Some bytes of one thing over and over. */
const fill = (part: string) => (size: number) => part.repeat(Math.ceil(size / part.length));
const after = (start: string, part: string) => (size: number) => start + fill(part)(size);

const number = (write: (n: number) => string, count: number) =>
	Array.from({ length: count }, (_, n) => write(n)).join('');

function timeReading(page: string, contentType = 'text/html'): number {
	const bytes = Buffer.from(page);
	const start = performance.now();
	const reader = new HeadReader(contentType);
	for (let at = 0; at < bytes.length; at += 65_536)
		if (reader.write(bytes.subarray(at, at + 65_536))) break;
	reader.read();
	return performance.now() - start;
}

/** Whether reading eight times as much takes nearer to eight times as long than to sixty-four; the least of some times. */
function expectLinear(read: (size: 'small' | 'large') => number): void {
	const times = Array.from({ length: 7 }, () => [read('small'), read('large')] as const);
	const small = Math.min(...times.map(([time]) => time));
	expect(Math.min(...times.map(([, time]) => time))).toBeLessThan(24 * small + 30);
}

test.each([
	['<b>', fill('<b>')],
	['elements in a template', after('<template>', '<b>')],
	['templates', fill('<template>')],
	['elements that are closed', fill('<noscript></noscript>')],
	['elements that were not opened', fill('</b>')],
	['<p> that was not opened', fill('</p>')],
	['titles', fill('<title>t</title>')],
	['a title', after('<title>', 'word ')],
	['a title of spaces', after('<title>', ' \n')],
	['a title of entities', after('<title>', '&amp;')],
	['descriptions', fill('<meta name=description content=x>')],
	['names', (size: number) => number((n) => `<meta name=n${n} content=x>`, size / 25)],
	['attributes', (size: number) => `<meta ${number((n) => ` a${n}=1`, size / 10)}>`],
	['an attribute', after('<meta content="', 'x')],
	['a comment', after('<!--', '-')],
	['comments', fill('<!---->')],
	['character sets', fill('<meta charset')],
	['angle brackets', fill('<')],
	['the end of a head that never comes', after('<script>', '</hea')],
])('the time to read a page of %s is linear in its size', (_, build) => {
	const pages = { small: build(60_000), large: build(480_000) };
	expectLinear((size) => timeReading(`<!doctype html><head>${pages[size]}`));
});

test('the type that a server names is read in time linear in its length', () => {
	const type = (spaces: number) => `text/html; charset=${' '.repeat(spaces)};`;
	const types = { small: type(20_000), large: type(160_000) };
	expectLinear((size) => timeReading('<title>A title</title>', types[size]));
});

test('a page is not read past its head', async () => {
	const start = Buffer.from('<head><title>A title</title></head>'.padEnd(2_000));
	const reader = new HeadReader('text/html');
	expect(reader.write(start)).toBe(true);
	expect(reader.read()).toEqual({ title: 'A title', description: null, siteName: null });
	const open = new HeadReader('text/html');
	expect(open.write(Buffer.from('<head><title>A title</title>'.padEnd(2_000)))).toBe(false);
	expect(open.write(Buffer.from('<p>'))).toBe(true);
});

test('an unknown character set is ignored', async () => {
	expect(await ask(`${web.url}/charset`)).toMatchObject({ title: 'A title' });
});

test('up to three redirects are followed', async () => {
	const to = (at: string) => `${web.url}/to?${new URLSearchParams({ at })}`;
	const target = '/all?redirected';
	const url = to(to(to(target)));
	expect(await ask(url)).toMatchObject({ url, title: 'What we owe & own' });
	expect(web.hits.length).toBe(4);
	expect(await ask(to(url))).toMatchObject(nothing);
});

test.each([
	['another port', () => moved.url],
	['a file', () => 'file:///etc/passwd'],
	['data', () => 'data:text/html,<title>x</title>'],
	['a password', () => `http://a:b@127.0.0.1:${web.port}/all`],
	['nothing', () => 'http://'],
])('a redirect to %s is not followed', async (_, at) => {
	expect(await ask(`${web.url}/to?${new URLSearchParams({ at: at() })}`)).toMatchObject(nothing);
	expect(moved.hits.length).toBe(0);
	expect(web.hits.length).toBe(1);
});

describe('a strict server', () => {
	/** What a name server of somebody else may say. */
	const names: Record<string, string[]> = {
		localhost: ['127.0.0.1', '::1'],
		'localhost.': ['127.0.0.1'],
		'loopback.example': ['127.0.0.1'],
		'six.example': ['::1'],
		'mapped.example': ['::ffff:127.0.0.1'],
		'mixed.example': ['8.8.8.8', '127.0.0.1'],
	};
	let strict: TestApp;
	let client: Client;
	let local: Web;

	beforeAll(async () => {
		// Any port, as tests cannot listen on 80: the addresses are those of the public web.
		const allow = ({ address }: { address: string }) => isPublic({ address, port: 80 });
		const resolve = async (hostname: string) => names[hostname] ?? [];
		strict = await createTestApp({}, { fetching: { allow, resolve, patience: 1_000 } });
		client = await strict.join('host');
		local = await serve((_, response) => response.end(html('<title>Inside</title>')), '::');
		servers.push(local.server);
	});
	afterAll(() => closeSite(strict));

	test.each([
		'127.0.0.1',
		'127.1',
		'2130706433',
		'017700000001',
		'0177.0.0.1',
		'0x7f.1',
		'0x7f000001',
		'0',
		'[::1]',
		'[::]',
		'[::ffff:127.0.0.1]',
		'[::ffff:7f00:1]',
		'[::127.0.0.1]',
		'localhost',
		'LOCALHOST.',
		'loopback.example',
		'six.example',
		'mapped.example',
		'mixed.example',
		'nowhere.example',
		'127.0.0.1.',
		'①②⑦.0.0.1',
	])('does not connect to %s', async (host) => {
		expect(await ask(`http://${host}:${local.port}/`, client)).toMatchObject(nothing);
		expect(local.hits.length).toBe(0);
	});
});

test('by default nothing is fetched from this machine, nor from a port that is not the web’s', async () => {
	const plain = await createTestApp();
	const client = await plain.join('host');
	for (const host of [
		`127.0.0.1:${web.port}`,
		`localhost:${web.port}`,
		'127.0.0.1',
		'localhost',
		'[::1]',
	])
		expect(await ask(`http://${host}/`, client)).toMatchObject(nothing);
	expect(web.hits.length).toBe(0);
	await closeSite(plain);
});

test('a name is resolved where the connection is made, for each redirect anew', async () => {
	const asked: string[] = [];
	const allow = ({ port }: { port: number }) => port === web.port;
	const resolve = async (hostname: string) => {
		asked.push(hostname);
		return ['127.0.0.1'];
	};
	const named = await createTestApp({}, { fetching: { allow, resolve } });
	const client = await named.join('host');
	const at = `http://two.example:${web.port}/all`;
	const url = `http://one.example:${web.port}/to?${new URLSearchParams({ at })}`;
	expect(await ask(url, client)).toMatchObject({ title: 'What we owe & own' });
	expect(asked).toEqual(['one.example', 'two.example']);
	expect(web.hits.map(({ headers }) => headers.host)).toEqual([
		`one.example:${web.port}`,
		`two.example:${web.port}`,
	]);
	await closeSite(named);
});

test.each([
	['8.8.8.8', true],
	['2606:4700::1111', true],
	['::ffff:8.8.8.8', true],
	['0.0.0.0', false],
	['10.0.0.1', false],
	['100.64.0.1', false],
	['127.0.0.1', false],
	['169.254.169.254', false],
	['172.16.0.1', false],
	['192.0.0.1', false],
	['192.0.2.1', false],
	['192.168.1.1', false],
	['198.18.0.1', false],
	['224.0.0.1', false],
	['240.0.0.1', false],
	['255.255.255.255', false],
	['::', false],
	['::1', false],
	['::7f00:1', false],
	['::ffff:10.0.0.1', false],
	['::ffff:169.254.169.254', false],
	['64:ff9b::a00:1', false],
	['100::1', false],
	['2001::1', false],
	['2001:db8::1', false],
	['2002:a00:1::', false],
	['3fff::1', false],
	['fc00::1', false],
	['fd00:ec2::254', false],
	['fe80::1', false],
	['fec0::1', false],
	['ff02::1', false],
	['example.com', false],
])('the address %s is the public web: %j', (address, expected) => {
	expect(isPublic({ address, port: 443 })).toBe(expected);
	expect(isPublic({ address, port: 80 })).toBe(expected);
	for (const port of [0, 22, 81, 8080, 5432, 6379]) expect(isPublic({ address, port })).toBe(false);
});

test('a host that is an address is known as one, however it is spelled', () => {
	const target = (text: string) => readTarget(new URL(text));
	expect(target('http://2852039166/')).toEqual({ port: 80, address: '169.254.169.254' });
	expect(target('https://[::FFFF:a9fe:a9fe]/')).toEqual({ port: 443, address: '::ffff:a9fe:a9fe' });
	expect(target('http://0251.0376.0251.0376:8080/')).toEqual({
		port: 8080,
		address: '169.254.169.254',
	});
	expect(target('https://example.com:8443/')).toEqual({ port: 8443, address: undefined });
});

test('an address has one normal spelling', () => {
	expect(normalizeAddress('HTTPS://Example.COM:443/a b?ü#c')).toBe(
		'https://example.com/a%20b?%C3%BC',
	);
	for (const text of [
		'example.com',
		'/threads',
		'ftp://example.com',
		'javascript:alert(1)',
		'mailto:a@b.c',
		'',
	])
		expect(normalizeAddress(text)).toBeNull();
});

test('what is no web address is refused, and so is who may not write', async () => {
	const send = (client: Client, body: Record<string, unknown>) =>
		client.post('/api/link-previews', body);
	for (const url of [
		'',
		'words',
		'ftp://example.com/',
		'javascript:alert(1)',
		'http://u:p@example.com/',
		7,
		null,
	])
		expectProblem(await send(member, { url }), 422);
	expectProblem(await send(member, { url: `https://example.com/${'x'.repeat(2000)}` }), 422);
	expectProblem(await send(member, {}), 422);
	expectProblem(await send(site.reader, { url: 'https://example.com' }), 401);
	const suspended = await site.join('suspended');
	await member.put('/api/members/suspended/suspension', { reason: 'Spam.' });
	expectProblem(await send(suspended, { url: 'https://example.com' }), 403);
});

test('thirty previews a minute are enough', async () => {
	const limited = await createTestApp({ rateLimit: true }, { fetching: { allow: () => false } });
	const client = await limited.join('host');
	for (let n = 0; n < 30; n++) await ask('http://127.0.0.1/', client);
	const response = await client.post('/api/link-previews', { url: 'http://127.0.0.1/' });
	expectProblem(response, 429);
	await closeSite(limited);
});

test('one member has few pages read at a time, and is told so', async () => {
	const asking = Array.from({ length: 6 }, (_, n) =>
		member.post('/api/link-previews', { url: `${web.url}/slow?n=${n}` }),
	);
	const answers = await Promise.all(asking);
	const refused = answers.filter(({ statusCode }) => statusCode !== 200);
	expect(refused).toHaveLength(2);
	for (const answer of refused) {
		expectProblem(answer, 429);
		expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
	}
	expect(web.hits.length).toBe(4);
	await ask(`${web.url}/all?afterwards`);
});

test.each([
	['/headers', 'of endless headers'],
	['/early', 'that announces itself without end'],
])('%s, a page %s, shows nothing', async (path) => {
	expect(await ask(web.url + path)).toMatchObject(nothing);
});

test('a hundred who ask for one address at once cause one request, and so do those after them', async () => {
	const url = `${web.url}/all?hundred`;
	const found = await Promise.all(Array.from({ length: 100 }, () => ask(url)));
	expect(new Set(found.map(({ title }) => title))).toEqual(new Set(['What we owe & own']));
	await ask(`${url}#again`);
	expect(web.hits.length).toBe(1);
});

const age = (url: string, interval: string) =>
	site.database.db.execute(
		sql`update link_previews set fetched_at = now() - ${interval}::interval where url = ${url}`,
	);

test('a preview is kept for seven days, one of nothing for an hour, and then read anew', async () => {
	const [full, empty] = [`${web.url}/all?kept`, `${web.url}/empty?kept`];
	const askBoth = async () => {
		web.hits.length = 0;
		for (const url of [full, empty]) await ask(url);
		return web.hits.map(({ url }) => url!.split('?')[0]);
	};
	expect(await askBoth()).toEqual(['/all', '/empty']);
	await age(full, '6 days 23 hours');
	await age(empty, '59 minutes');
	expect(await askBoth()).toEqual([]);
	await age(empty, '61 minutes');
	expect(await askBoth()).toEqual(['/empty']);
	await age(full, '7 days 1 minute');
	expect(await askBoth()).toEqual(['/all']);

	const count = async () => (await site.database.db.$count(sql`link_previews`)) as number;
	const before = await count();
	expect(await deleteOldPreviews(site.database.db)).toBe(0);
	await age(full, '8 days');
	await age(empty, '2 hours');
	expect(await deleteOldPreviews(site.database.db)).toBe(2);
	expect(await count()).toBe(before - 2);
});

const card = (url: string) =>
	`<p class="preview"><cite>The Paper · 127.0.0.1</cite><a href="${url}" rel="nofollow ugc noopener">What we owe &amp; own</a><span>The long answer</span></p>`;
const plain = (url: string) => `<a href="${url}" rel="nofollow ugc noopener">${url}</a>`;

test('an address alone in its paragraph is shown as what it says, if that is known', async () => {
	const url = `${web.url}/all?card`;
	const before = await tell(member, { body: url });
	expect(before.html).toBe(`<p>${plain(url)}</p>`);
	await ask(url);
	const story = await tell(member, { body: `Read this:\n\n${url}\n\nAnd think.` });
	expect(story.html).toBe(`<p>Read this:</p>\n${card(url)}\n<p>And think.</p>`);
	expect((await reply(member, story, `<${url}>`)).html).toBe(card(url));
	expect((await reply(member, story, `${url}#part`)).html).toContain(`href="${url}#part"`);
	for (const body of [`See ${url}`, `${url}\nand on`, `- ${url}`, `> ${url}`, `\`${url}\``])
		expect((await reply(member, story, body)).html).not.toContain('preview');
	const named = await reply(member, story, `[my words](${url})`);
	expect(named.html).toBe(`<p><a href="${url}" rel="nofollow ugc noopener">my words</a></p>`);
	expect((await tell(member, { body: `${web.url}/empty\n\nWords` })).html).not.toContain('preview');
});

test('a card stays when its preview is forgotten and the post is featured', async () => {
	const url = `${web.url}/all?stays`;
	await ask(url);
	const story = await tell(member, { body: `Read this:\n\n${url}` });
	await site.database.db.execute(sql`delete from link_previews`);
	await member.put(`/api/posts/${story.id}/feature`, { highlight: 'Read this' });
	expect((await read(member, story.id)).html).toBe(`<p><mark>Read this</mark>:</p>\n${card(url)}`);
	await member.delete(`/api/posts/${story.id}/feature`);
	expect((await read(member, story.id)).html).toBe(story.html);
});

test('however many addresses a text has, their previews are looked up by one statement', async () => {
	const addresses = Array.from({ length: 200 }, (_, n) => `https://example.com/${n}`);
	site.database.statements.length = 0;
	await tell(member, { body: addresses.join('\n\n') });
	const asked = site.database.statements.filter((text) => text.includes('"link_previews"'));
	expect(asked).toHaveLength(1);
});
