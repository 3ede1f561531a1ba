import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { openBrowser, visit } from '../support/browser.ts';
import { drawPicture } from '../support/pictures.ts';
import { type Site, startSite } from '../support/server.ts';

/** A slow line, in bytes a second and ms. */
const line = { downloadThroughput: 50_000, uploadThroughput: 50_000, latency: 150, offline: false };
const password = 'a row of five tiles';

let site: Site;
let browser: Browser;
let story: string;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite(), openBrowser()]);
	const { page, close } = await visit(browser, site.url);
	const account = { handle: 'driver', name: 'Nadia Ferreira', email: 'driver@example.com' };
	await page.request.post('/api/accounts', { data: { ...account, password } });
	const file = async (width: number, height: number) => ({
		name: 'lorry.jpg',
		mimeType: 'image/jpeg',
		buffer: await drawPicture({ width, height }),
	});
	await page.request.put('/api/me/avatar', { multipart: { file: await file(600, 600) } });
	const pictures = await Promise.all(
		[600, 1600].map(async (width) => {
			const sent = { multipart: { file: await file(width, 900) } };
			const { url } = await (await page.request.post('/api/images', sent)).json();
			return `![The lorry, ${width} wide](${url})`;
		}),
	);
	const body = `I drove after the *lorry*.\n\n${pictures.join('\n\nIt was **gone**.\n\n')}\n\nWe lost a morning.`;
	const told = await page.request.post('/api/threads/ownership/posts', {
		data: { kind: 'story', title: 'Forty crates and a wrong postcode', body },
	});
	const { id } = await told.json();
	story = `/posts/${id}`;
	const words = 'I would have called the yard first, and *then* driven. '.repeat(8);
	await page.request.post(`/api/posts/${id}/replies`, { data: { body: words } });
	await close();
}, 120_000);
/** Notes every shift of the layout from the first paint on, with what has moved. */
function watch() {
	const shifts: string[] = [];
	Object.assign(window, { shifts });
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries() as (PerformanceEntry & LayoutShift)[])
			for (const { node, previousRect, currentRect } of entry.sources) {
				const { nodeName, textContent } = node ?? { nodeName: 'gone', textContent: '' };
				const rects = [previousRect, currentRect].map(({ x, y, width, height }) =>
					[x, y, width, height].join(),
				);
				shifts.push(
					`${entry.value.toFixed(4)} ${nodeName} “${textContent?.trim().slice(0, 40)}” ${rects.join(' → ')}`,
				);
			}
	}).observe({ type: 'layout-shift', buffered: true });
}
type LayoutShift = {
	value: number;
	sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
};

/** Waits until all that a page shows has come, and the frame after it. */
async function settle(page: Page) {
	await page.evaluate(async () => {
		for (const image of document.images) {
			image.scrollIntoView();
			await image.decode();
		}
		await document.fonts.ready;
		scrollTo(0, 0);
		await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
	});
}

const pages = ['/', '/?tab=stories', 'story', '/members/driver', '/sign-up', '/threads'];
const widths = [390, 1280];

test.for(pages.flatMap((path) => widths.map((width) => ({ path, width }))))(
	'nothing of $path at $width px moves while it comes over a slow line',
	{ timeout: 60_000 },
	async ({ path, width }) => {
		const { page, complaints, close } = await visit(browser, site.url, { width });
		const session = await page.context().newCDPSession(page);
		await session.send('Network.enable');
		await session.send('Network.setCacheDisabled', { cacheDisabled: true });
		await session.send('Network.emulateNetworkConditions', line);
		await page.addInitScript(watch);
		await page.goto(path === 'story' ? story : path, { waitUntil: 'networkidle' });
		await settle(page);
		expect(await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts)).toEqual(
			[],
		);
		expect(complaints).toEqual([]);
		await close();
	},
);
