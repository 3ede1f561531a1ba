import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { drawPicture, fileForm } from './support/pictures.ts';
import { closeSite } from './support/scenes.ts';

const graceMs = 1_000;
let dataDir: string;
let site: TestApp;
let member: Client;
let port: number;

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-slow-'));
	site = await createTestApp({ dataDir }, { bodyTime: { graceMs, minRate: 1_000 } });
	member = await site.join('member');
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	({ port } = site.app.server.address() as AddressInfo);
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});

/**
 * Sends a request whose body goes out in parts, with a pause after each, and reads what comes back.
 *
 * @returns also how many parts were sent before the connection ended
 */
async function sendSlowly(head: string[], parts: Buffer[], pauseMs: number) {
	const socket = connect(port, '127.0.0.1');
	let answer = '';
	socket.on('error', () => {});
	socket.setEncoding('utf8').on('data', (data) => (answer += data));
	// not once, which ends at an error: a reset closes it as well
	const closing = new Promise((resolve) => socket.once('close', resolve));
	await once(socket, 'connect');
	socket.write(`${[...head, `host: 127.0.0.1:${port}`, 'connection: close'].join('\r\n')}\r\n\r\n`);
	let sent = 0;
	for (; sent < parts.length && !socket.closed && !socket.readableEnded; sent++) {
		socket.write(parts[sent]!);
		await sleep(pauseMs);
	}
	await closing;
	return { answer, sent };
}

const cookie = () => `cookie: ${member.cookie}`;
const problem = /^HTTP\/1\.1 408 .*content-type: application\/problem\+json.*"title":"Too slow"/is;

test('a picture on a slow line is taken, however long it is on its way', async () => {
	const { payload, headers } = fileForm(
		await drawPicture({ width: 2000, height: 1500, format: 'png' }),
	);
	const parts = Array.from({ length: 12 }, (_, n) =>
		payload.subarray((n * payload.length) / 12, ((n + 1) * payload.length) / 12),
	);
	const head = [
		'POST /api/images HTTP/1.1',
		cookie(),
		`content-type: ${headers['content-type']}`,
		`content-length: ${payload.length}`,
	];
	expect(payload.length).toBeGreaterThan(4_000);
	const { answer } = await sendSlowly(head, parts, (3 * graceMs) / 12);
	expect(answer).toMatch(/^HTTP\/1\.1 201 /);
});

test.each([
	[
		'a picture',
		'/api/images',
		'multipart/form-data; boundary=x',
		'--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\n',
	],
	['a story', '/api/threads/ownership/posts', 'application/json', '{"kind":'],
])('%s that stops arriving is told so', async (_what, path, type, start) => {
	const head = [`POST ${path} HTTP/1.1`, cookie(), `content-type: ${type}`, 'content-length: 5000'];
	const { answer } = await sendSlowly(head, [Buffer.from(start)], 0);
	expect(answer).toMatch(problem);
});

test('drops that keep a connection open do so no longer than the time they are given', async () => {
	const head = [
		'POST /api/session HTTP/1.1',
		'content-type: application/json',
		'content-length: 5000',
	];
	const drops = Array.from({ length: 60 }, () => Buffer.from(' '));
	// what was still on its way may take the answer with it
	expect((await sendSlowly(head, drops, graceMs / 10)).sent).toBeLessThan(60);
});

test('what is refused at once is not read for ever', async () => {
	const head = [
		'POST /api/images HTTP/1.1',
		'content-type: multipart/form-data; boundary=x',
		'content-length: 5000',
	];
	const drops = Array.from({ length: 60 }, () => Buffer.from('-'));
	const { answer, sent } = await sendSlowly(head, drops, graceMs / 10);
	expect(answer).toMatch(/^HTTP\/1\.1 401 /);
	expect(sent).toBeLessThan(60);
});
