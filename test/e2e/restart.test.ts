import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, signIn, visit } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';
import { openSetUp } from '../support/set-up.ts';

let site: Site;
let browser: Browser;
let host: Participant;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	host = new Participant(site.url, 'the_host');
	await host.signUp(await openSetUp(await site.readDatabaseUrl()));
}, 120_000);
test('pages that were open when the server was killed catch up by themselves', async () => {
	const voter = new Participant(site.url, 'the_voter');
	await voter.signUp();
	const definition = { kind: 'definition', body: 'Being there when it breaks.' };
	const { id } = (await host.send('POST', '/api/threads/ownership/posts', definition)).body as {
		id: number;
	};

	const [list, conversation] = [await visit(browser, site.url), await visit(browser, site.url)];
	await list.page.goto('/');
	await conversation.page.goto(`/posts/${id}`);
	await list.untilLive();
	await conversation.untilLive();
	const written = 'Half of what I wanted to say';
	await list.page.getByLabel('Ownership means').fill(written);
	await list.page.waitForFunction(
		(text) => Object.values(localStorage).some((kept) => String(kept).includes(text)),
		written,
	);
	const before = [list, conversation].map(({ requests }) => requests.length);

	await site.stop('SIGKILL');
	await list.page.getByText('Not live since').waitFor();
	await conversation.page.getByText('Not live since').waitFor();
	await list.page.context().setOffline(true);
	await conversation.page.context().setOffline(true);
	await site.start();
	await voter.send('PUT', `/api/posts/${id}/upvote`);
	await voter.send('POST', `/api/posts/${id}/replies`, { body: 'I was, twice.' });
	await voter.send('POST', '/api/threads/ownership/posts', { kind: 'definition', body: 'Twice.' });
	await list.page.context().setOffline(false);
	await conversation.page.context().setOffline(false);

	const item = list.page
		.getByRole('region', { name: 'Definitions' })
		.getByRole('listitem')
		.filter({ hasText: 'Being there when it breaks.' });
	await item.getByRole('button', { name: 'Upvote, 1' }).waitFor();
	await item.getByText('1 reply').waitFor();
	await list.page.getByRole('button', { name: '1 new definition' }).waitFor();
	expect(await list.page.getByText('Not live since').count()).toBe(0);
	expect(await list.page.getByLabel('Ownership means').inputValue()).toBe(written);

	await conversation.page.getByRole('button', { name: 'Upvote, 1' }).waitFor();
	await conversation.page.getByRole('button', { name: '1 new reply' }).click();
	await conversation.page.getByText('I was, twice.').waitFor();
	expect(await conversation.page.getByText('Not live since').count()).toBe(0);
	expect([list, conversation].map(({ requests }, n) => requests.slice(before[n]))).toEqual([
		[],
		[],
	]);

	await voter.send('DELETE', `/api/posts/${id}/upvote`);
	await item.getByRole('button', { name: 'Upvote, 0' }).waitFor();
	for (const visitor of [list, conversation]) {
		visitor.excuse(/WebSocket connection to .*(REFUSED|RESET|DISCONNECTED|CLOSED)/);
		visitor.excuse(/\/health\/live/);
		expect(visitor.complaints).toEqual([]);
		await visitor.close();
	}
	expect(site.complaints()).toEqual([]);
}, 90_000);

test('a page of an older build in which something is typed stays until its reader goes on', async () => {
	const visitor = await visit(browser, site.url);
	const context = visitor.page.context();
	await signIn(context, site.url, host);
	const openOlder = async (page: Page) => {
		await page.route(
			'**/threads',
			async (route) => {
				const response = await route.fetch();
				const body = (await response.text()).replace(/"version":"[^"]+"/, '"version":"older"');
				await route.fulfill({ response, body });
			},
			{ times: 1 },
		);
		await page.goto('/threads', { waitUntil: 'networkidle' });
	};
	const versionOf = (page: Page) =>
		page.evaluate(() => (history.state as { page: { version: string } }).page.version);
	const [typed, untouched, elsewhere] = [
		visitor.page,
		await context.newPage(),
		await context.newPage(),
	];
	await openOlder(typed);
	await openOlder(untouched);
	expect([await versionOf(typed), await versionOf(untouched)]).toEqual(['older', 'older']);
	const words = 'Half of what I wanted to ask';
	await typed.getByLabel('Introduction').fill(words);

	const told = typed.waitForResponse((response) => response.status() === 409);
	await context.clearCookies();
	await elsewhere.goto('/');
	await told;
	await untouched.getByRole('banner').getByRole('link', { name: 'Join' }).waitFor();
	expect(await versionOf(untouched)).not.toBe('older');
	expect(await versionOf(typed)).toBe('older');
	expect(await typed.getByLabel('Introduction').inputValue()).toBe(words);

	await typed.getByRole('link', { name: 'The question' }).first().click();
	await typed.getByLabel('Ownership means').waitFor();
	expect(await versionOf(typed)).toBe(await versionOf(untouched));
	visitor.excuse(/status of 409/);
	expect(visitor.complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
	await visitor.close();
});
