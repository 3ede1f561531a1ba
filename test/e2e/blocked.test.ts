import { once } from 'node:events';
import { createServer, request as ask, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;
let proxy: Server;
let url: string;
let isBlocked = true;
let upgrades = 0;

/** A proxy that carries everything but, while `isBlocked`, sockets. */
function createProxy(port: number): Server {
	const server = createServer((incoming, outgoing) => {
		const { method, url: path, headers } = incoming;
		const onward = ask({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
			outgoing.writeHead(answer.statusCode!, answer.rawHeaders);
			answer.pipe(outgoing);
		});
		onward.on('error', () => outgoing.destroy());
		incoming.pipe(onward);
	});
	server.on('upgrade', (incoming, socket, head) => {
		upgrades++;
		socket.on('error', () => {});
		if (isBlocked) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
		const onward = connect(port, '127.0.0.1', () => {
			const lines = incoming.rawHeaders.map((part, n) => part + (n % 2 ? '\r\n' : ': ')).join('');
			onward.write(`GET ${incoming.url} HTTP/1.1\r\n${lines}\r\n`);
			onward.write(head);
			socket.pipe(onward).pipe(socket);
		});
		onward.on('error', () => socket.destroy());
	});
	return server;
}

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
	proxy = createProxy(site.port).listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}, 120_000);
afterAll(async () => {
	proxy?.closeAllConnections();
	proxy?.close();
	await browser?.close();
	await site?.close();
});

async function send(path: string, body: object, cookie = ''): Promise<Response> {
	const response = await fetch(site.url + path, {
		method: 'POST',
		headers: { 'content-type': 'application/json', cookie },
		body: JSON.stringify(body),
	});
	expect(response.status, await response.clone().text()).toBe(201);
	return response;
}

/** Somebody comes and answers. */
async function define(handle: string): Promise<void> {
	const password = 'correct horse battery staple';
	const account = { handle, name: handle, email: `${handle}@example.com`, password };
	const joined = await send('/api/accounts', account);
	const cookie = joined.headers.get('set-cookie')!.split(';', 1)[0]!;
	const words = { kind: 'definition', body: `What ${handle} takes it to be.` };
	await send('/api/threads/ownership/posts', words, cookie);
}

test('where a proxy refuses sockets two tabs follow over HTTP and say so; when it lets them through, nothing is doubled or lost', async () => {
	const tabs = await Promise.all([0, 1].map(() => visit(browser, url)));
	const said = 'Updates arrive every few seconds.';
	const bars = tabs.map(({ page }) =>
		page.locator('.label > span:not(.room)', { hasText: 'new definition' }).first(),
	);
	const showsInBoth = async (text: string) => {
		for (const bar of bars)
			await expect.poll(() => bar.textContent(), { timeout: 60_000 }).toBe(text);
	};
	for (const { page } of tabs) await page.goto('/');
	for (const { page } of tabs) await page.getByText(said).first().waitFor();
	expect(upgrades).toBeGreaterThanOrEqual(6);

	await define('blocked_a');
	await showsInBoth('1 new definition');
	await define('blocked_b');
	await define('blocked_c');
	await showsInBoth('3 new definitions');
	for (const { page } of tabs) expect(await page.getByText(said).count()).toBeGreaterThan(0);

	isBlocked = false;
	await define('blocked_d');
	for (const { page } of tabs) await page.evaluate(() => window.dispatchEvent(new Event('online')));
	for (const { untilLive } of tabs) await untilLive();
	for (const { page } of tabs) await page.getByText(said).first().waitFor({ state: 'detached' });
	await define('blocked_e');
	await showsInBoth('5 new definitions');
	const asked = tabs.map(({ requests }) => requests.length);
	await bars[0]!.click();
	for (const end of ['a', 'b', 'c', 'd', 'e']) {
		const words = tabs[0]!.page.getByText(`What blocked_${end} takes it to be.`);
		await words.first().waitFor();
		expect(await words.count()).toBe(1);
	}
	await tabs[1]!.page.waitForTimeout(8_000);
	expect(tabs[1]!.requests.slice(asked[1])).toEqual([]);
	for (const { excuse, complaints, close } of tabs) {
		excuse(/WebSocket connection to|403/);
		expect(complaints).toEqual([]);
		await close();
	}
}, 240_000);
