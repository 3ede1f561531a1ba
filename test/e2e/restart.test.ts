import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, visit } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
}, 120_000);
afterAll(async () => {
	await browser?.close();
	await site?.close();
});

test('pages that were open when the server was killed catch up by themselves', async () => {
	const [host, voter] = [
		new Participant(site.url, 'the_host'),
		new Participant(site.url, 'the_voter'),
	];
	await host.signUp();
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
		expect(visitor.complaints).toEqual([]);
		await visitor.close();
	}
	expect(site.complaints()).toEqual([]);
}, 90_000);
