import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { drawPicture, fileForm, send } from './support/pictures.ts';
import { closeSite, expectProblem } from './support/scenes.ts';

let dataDir: string;
let site: TestApp;
let port: number;
let members: Client[];
let another: Client;
let file: Buffer;
const open: Socket[] = [];

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-uploads-'));
	site = await createTestApp({
		dataDir,
		trustProxy: '127.0.0.1',
		origin: 'http://127.0.0.1',
	});
	members = [];
	for (let n = 0; n < 10; n++) members.push(await site.join(`member_${n}`));
	another = await site.join('another');
	file = await drawPicture();
	await site.app.listen({ port: 0, host: '127.0.0.1' });
	({ port } = site.app.server.address() as AddressInfo);
});
beforeEach(() => void vi.spyOn(site.app.context.uploads, 'hold'));
afterEach(() => {
	hangUp();
	vi.restoreAllMocks();
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});

/** Sends half of a picture, and holds the rest back. */
async function begin(
	{ cookie }: Client,
	[method, path] = ['POST', '/api/images'],
	address = '192.0.2.1',
) {
	const { payload, headers } = fileForm(file);
	const socket = connect(port, '127.0.0.1');
	open.push(socket.on('error', () => {}));
	await once(socket, 'connect');
	const head = [
		`${method} ${path} HTTP/1.1`,
		`host: 127.0.0.1:${port}`,
		`cookie: ${cookie}`,
		`x-forwarded-for: ${address}`,
		`content-type: ${headers['content-type']}`,
		`content-length: ${payload.length}`,
		'connection: close',
	];
	const half = payload.length >> 1;
	socket.write(`${head.join('\r\n')}\r\n\r\n`);
	socket.write(payload.subarray(0, half));
	return async () => {
		let answer = '';
		socket.setEncoding('utf8').on('data', (data) => (answer += data));
		const closing = once(socket, 'close');
		socket.write(payload.subarray(half));
		await closing;
		return answer;
	};
}

function hangUp(): void {
	for (const socket of open.splice(0)) socket.destroy();
}

async function waitForBegun(count: number): Promise<void> {
	const { calls } = vi.mocked(site.app.context.uploads.hold).mock;
	await expect.poll(() => calls.length, { timeout: 20_000 }).toBe(count);
}

const status = async (client: Client) => (await send(client, file)).statusCode;

test('an account sends two pictures at once, of whichever kind, and a third when one has arrived', async () => {
	const [member] = members as [Client];
	const finish = await begin(member);
	await begin(member, ['PUT', '/api/me/avatar']);
	await waitForBegun(2);
	const refused = await send(member, file);
	expectProblem(refused, 429);
	expect(refused.headers['retry-after']).toBe('5');
	expect(await status(another)).toBe(201);
	expect(await finish()).toMatch(/^HTTP\/1\.1 201 /);
	expect(await status(member)).toBe(201);
});

test('a server takes twenty at once: the next is told to come again before its body is read', async () => {
	for (const [place, member] of members.entries())
		for (let n = 0; n < 2; n++) await begin(member, undefined, `192.0.2.${place}`);
	await waitForBegun(20);
	const refused = await send(another, file);
	expectProblem(refused, 503);
	expect(refused.headers['retry-after']).toBe('5');
	// nothing but its head, and the answer is there
	const socket = connect(port, '127.0.0.1');
	open.push(socket);
	socket.write(
		`POST /api/images HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncookie: ${another.cookie}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: 9000000\r\n\r\n`,
	);
	expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 503 /);
	hangUp();
	await expect.poll(() => status(another), { timeout: 20_000 }).toBe(201);
});

test.each([
	['an address', 6, (n: number) => (n % 2 ? '203.0.113.7' : '::ffff:203.0.113.7'), '203.0.113.8'],
	['the addresses of a site', 10, (n: number) => `2001:db8:7:${n}::1`, '2001:db8:8::1'],
])('%s sends %i at once, of however many accounts', async (_name, most, write, elsewhere) => {
	for (let n = 0; n < most; n++) await begin(members[n >> 1]!, undefined, write(n));
	await waitForBegun(most);
	const upload = (address: string) => {
		const { payload, headers } = fileForm(file);
		const sent = { ...headers, 'x-forwarded-for': address };
		return another.send({ method: 'POST', url: '/api/images', payload, headers: sent });
	};
	const refused = await upload(write(most));
	expectProblem(refused, 429);
	expect(refused.headers['retry-after']).toBe('5');
	expect((await upload(elsewhere)).statusCode).toBe(201);
	hangUp();
	await expect
		.poll(async () => (await upload(write(most))).statusCode, { timeout: 20_000 })
		.toBe(201);
});

test('what still comes of a form of empty parts that was refused is not read for more of them', async () => {
	const [member] = members as [Client];
	const parts = Buffer.from('\r\n--x\r\n\r\n'.repeat(7000));
	const filler = Buffer.alloc(parts.length, '-');
	const count = 100;
	const readCost = async (rest: Buffer) => {
		const socket = connect(port, '127.0.0.1');
		open.push(socket.on('error', () => {}));
		await once(socket, 'connect');
		const length = 3 + parts.length + rest.length * count;
		socket.write(
			`POST /api/images HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncookie: ${member.cookie}\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: ${length}\r\n\r\n--x`,
		);
		socket.write(parts);
		expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 413 /);
		const start = process.threadCpuUsage().user;
		for (let n = 0; n < count; n++)
			if (!socket.write(rest)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]);
		return process.threadCpuUsage().user - start;
	};
	await readCost(filler);
	const least = await readCost(filler);
	expect(await readCost(parts)).toBeLessThan(30 * least);
});
