import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApp, type TestApp } from './support/app.ts';
import { upload } from './support/pictures.ts';
import { closeSite, define, expectProblem, read } from './support/scenes.ts';

let site: TestApp;

beforeAll(async () => {
	site = await createTestApp();
});
afterAll(() => closeSite(site));

test('the head of every page names the manifest and the icons, and each is there', async () => {
	const { body } = await site.reader.visit('/nowhere');
	const links = [...body.matchAll(/<link rel="(icon|apple-touch-icon|manifest)" href="([^"]+)"/g)];
	const found = links.map(([, rel, href]) => [rel, href!] as const);
	expect(found).toEqual([
		['icon', '/favicon.ico'],
		['icon', '/icon.svg'],
		['apple-touch-icon', '/apple-touch-icon.png'],
		['manifest', '/manifest.webmanifest'],
	]);
	for (const [, href] of found) expect((await site.reader.get(href)).statusCode).toBe(200);
});

test.each([
	['/favicon.ico', 'image/x-icon'],
	['/icon.svg', 'image/svg+xml'],
	['/apple-touch-icon.png', 'image/png'],
	['/icon-192.png', 'image/png'],
	['/manifest.webmanifest', 'application/manifest+json'],
	['/service-worker.js', 'text/javascript; charset=utf-8'],
])('%s has its type, and is sent again only when it is another', async (path, type) => {
	const { statusCode, headers, rawPayload } = await site.reader.get(path);
	expect(statusCode).toBe(200);
	expect(headers['content-type']).toBe(type);
	expect(rawPayload.length).toBeGreaterThan(200);
	const isIcon = type.startsWith('image/');
	expect(headers['cache-control']).toBe(isIcon ? 'public, max-age=86400' : 'no-cache');
	const again = await site.reader.get(path, { 'if-none-match': String(headers.etag) });
	expect(again.statusCode).toBe(304);
	expect(again.rawPayload).toHaveLength(0);
});

test('the manifest’s icons have the sizes that it names, and the uncut one no empty corner', async () => {
	const manifest = (await site.reader.get('/manifest.webmanifest')).json<{
		icons: { src: string; sizes: string; type: string; purpose?: string }[];
	}>();
	expect(manifest).toMatchObject({ start_url: '/', scope: '/', display: 'standalone' });
	for (const { src, sizes, type, purpose } of manifest.icons) {
		const { headers, rawPayload } = await site.reader.get(src);
		expect(headers['content-type']).toBe(type);
		const image = sharp(rawPayload);
		const { width, height } = await image.metadata();
		expect(sizes).toBe(type === 'image/svg+xml' ? 'any' : `${width}x${height}`);
		const [, , , alpha] = await image
			.ensureAlpha()
			.extract({ left: 0, top: 0, width: 1, height: 1 })
			.raw()
			.toBuffer();
		expect(alpha).toBe(purpose === 'maskable' ? 255 : 0);
	}
});

test('workers and manifests come from the site alone', async () => {
	const { headers } = await site.reader.visit('/');
	expect(headers['content-security-policy']).toMatch(/manifest-src 'self';.*worker-src 'self'/);
});

test('what stands in for a missing page is nobody’s', async () => {
	const { statusCode, body } = await site.reader.visit('/offline');
	expect(statusCode).toBe(200);
	expect(body).toContain('Not on this device');
	expect(body).toContain('<meta name="robots" content="noindex"');
});

test('a request that names another account than the one signed in does nothing', async () => {
	const [author, voter] = [await site.join('author'), await site.join('voter')];
	const { id } = await define(author);
	const url = `/api/posts/${id}/upvote`;
	const send = (client: { send: typeof voter.send }, account: number) =>
		client.send({ method: 'PUT', url, headers: { 'weigh-in-account': String(account) } });
	expectProblem(await send(voter, author.id), 401);
	expectProblem(await send(site.reader, voter.id), 401);
	expect((await read(author, id)).score).toBe(0);
	expect((await send(voter, voter.id)).statusCode).toBe(200);
	expect((await read(author, id)).score).toBe(1);
});

test('an icon is drawn also where a picture was the first thing that was asked for', async () => {
	const other = await createTestApp();
	await upload(await other.join('painter'));
	for (const path of ['/favicon.ico', '/icon-512.png'])
		expect((await other.reader.get(path)).statusCode).toBe(200);
	await closeSite(other);
});
