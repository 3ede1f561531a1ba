import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from './support/app.ts';

let site: TestApp;
let port: number;

beforeAll(async () => {
	site = await createTestApp({ logLevel: 'info' });
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	({ port } = site.app.server.address() as AddressInfo);
});
afterAll(() => site.close());

async function open() {
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => {});
	await once(socket, 'connect');
	return socket;
}

const get = (path: string, ...headers: string[]) =>
	[`GET ${path} HTTP/1.1`, 'Host: one.example', ...headers, '', ''].join('\r\n');

const readLimits = () =>
	site.log
		.map((line) => JSON.parse(line) as { event?: string; what?: string })
		.filter(({ event }) => event === 'limit.reached')
		.map(({ what }) => what);

test.each(['/health/live', '/', '/posts/999999', '/assets/nothing.js'])(
	'a few requests for %s that come at once are all answered, in order',
	async (path) => {
		const socket = await open();
		const paths = Array.from({ length: 12 }, (_, n) => `${path}?n=${n}`);
		socket.write(
			paths.map((path) => get(path)).join('') + get('/health/live', 'Connection: close'),
		);
		const answers = (await text(socket)).match(/HTTP\/1\.1 \d+/g);
		expect(answers).toHaveLength(paths.length + 1);
		expect(readLimits()).toEqual([]);
	},
);

test.each(['/health/live', '/', '/posts/999999'])(
	'a thousand requests for %s in one packet end their connection',
	async (path) => {
		await site.reader.get(path);
		const socket = await open();
		const closing = once(socket, 'close');
		let answer = '';
		socket.setEncoding('latin1').on('data', (data) => (answer += data));
		socket.write(get(path).repeat(1_000));
		await closing;
		expect(answer.match(/HTTP\/1\.1 \d+/g)?.length ?? 0).toBeLessThan(30);
		expect(readLimits()).toContain('waitingByConnection');
	},
);

test('one connection that is ended leaves the others what they asked for', async () => {
	const [greedy, other] = await Promise.all([open(), open()]);
	greedy.write(get('/').repeat(1_000));
	other.write(get('/', 'Connection: close'));
	expect(await text(other)).toMatch(/^HTTP\/1\.1 200 /);
});

test.each([
	['no HTTP', 'hello\r\n\r\n', 400],
	['two lengths', get('/', 'Content-Length: 1', 'Transfer-Encoding: chunked'), 400],
	['a header without an end', get('/', `X: ${'x'.repeat(20_000)}`), 431],
])('%s is answered with a problem', async (_what, sent, status) => {
	const socket = await open();
	socket.write(sent);
	const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
	expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
	expect(head).toMatch(/^content-type: application\/problem\+json\r?$/im);
	expect(JSON.parse(body)).toMatchObject({ status, type: 'about:blank' });
});
