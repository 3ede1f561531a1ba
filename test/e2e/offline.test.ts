import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { Participant } from '../community.ts';
import { openBrowser, signIn, visit, type Visitor } from '../support/browser.ts';
import { type Site, startSite } from '../support/server.ts';
import { openSetUp } from '../support/set-up.ts';

let site: Site;
let browser: Browser;
let host: Participant;
let answer: number;
const visitors: Visitor[] = [];

const words = 'Being there when it breaks.';
const later = 'Will be sent when the line is back';

/** How long a browser under load may take to keep or to send, in ms. */
const patience = { timeout: 20_000 };

beforeAll(async () => {
	[site, browser] = await Promise.all([startSite({ SEED: 'none' }), openBrowser()]);
	host = new Participant(site.url, 'the_host');
	await host.signUp(await openSetUp(await site.readDatabaseUrl()));
	const definition = { kind: 'definition', body: words };
	const created = await host.send('POST', '/api/threads/ownership/posts', definition);
	answer = (created.body as { id: number }).id;
}, 120_000);
afterEach(async () => {
	const closing = visitors.splice(0);
	for (const visitor of closing)
		visitor.excuse(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket connection to/);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(site.complaints()).toEqual([]);
});

/** A browser that keeps pages, signed in as `member` if one is given. */
async function open(member?: Participant): Promise<Visitor> {
	const visitor = await visit(browser, site.url, { worker: true });
	visitors.push(visitor);
	if (member) await signIn(visitor.page.context(), site.url, member);
	return visitor;
}

async function join(handle: string): Promise<Participant> {
	const member = new Participant(site.url, handle);
	await member.signUp();
	return member;
}

/** Waits until this page and what shows it without a connection are on the device. */
async function untilKept(page: Page, path: string): Promise<void> {
	await expect
		.poll(
			() =>
				page.evaluate(async (path) => {
					const builds = await (await caches.open('builds')).keys();
					const page = await caches.match(path);
					return builds.length > 0 && page !== undefined;
				}, path),
			patience,
		)
		.toBe(true);
}

async function visitAndKeep({ page, untilLive }: Visitor, path: string): Promise<void> {
	await page.goto(path);
	await untilLive();
	await untilKept(page, path);
}

const question = (page: Page) =>
	page.getByRole('heading', { level: 1, name: 'What does it truly mean to take ownership?' });
const bar = (page: Page) => page.getByRole('complementary', { name: 'Without a connection' });
const repliesOf = async (id: number) =>
	(
		await host.get<{ items: { body: string; author: { handle: string } }[] }>(
			`/api/posts/${id}/replies`,
		)
	).items;

test('pages that were visited open without a connection, by reload and by link', async () => {
	const visitor = await open();
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	await page.getByRole('link', { name: words }).first().click();
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	await untilKept(page, `/posts/${answer}`);

	await page.context().setOffline(true);
	await page.reload();
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	await bar(page).getByText('Kept on this device').waitFor();
	await page.getByRole('link', { name: 'The question' }).first().click();
	await question(page).waitFor();
	await bar(page).getByText('Kept on this device').waitFor();
	await page.getByRole('link', { name: words }).first().click();
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	expect(page.url()).toBe(`${site.url}/posts/${answer}`);

	await page.context().setOffline(false);
	await bar(page).waitFor({ state: 'detached' });
	await page.getByRole('heading', { name: 'No replies yet' }).waitFor();
});

test('a page that was not visited says so, names those that were, and opens when the line is back', async () => {
	const visitor = await open();
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	await page.context().setOffline(true);
	await page.getByRole('link', { name: 'Threads' }).first().click();
	await page.getByRole('alert').getByText('The page did not arrive.').waitFor();
	await question(page).waitFor();

	await page.goto('/threads');
	await page.getByRole('heading', { level: 1, name: 'Not on this device' }).waitFor();
	expect(page.url()).toBe(`${site.url}/threads`);
	expect(await page.title()).toBe('Not on this device · Weigh-In');
	await page.getByRole('list', { name: 'What is kept here' }).getByRole('link').click();
	await question(page).waitFor();
	await page.goBack();
	await page.getByRole('heading', { level: 1, name: 'Not on this device' }).waitFor();
	await page.context().setOffline(false);
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
});

test('a page whose words look like the end of a script is shown all the same', async () => {
	const body = 'Mind <!--<script> and </script> alike.';
	const member = await join('writes_scripts');
	const created = await member.send('POST', '/api/threads/ownership/posts', {
		kind: 'definition',
		body,
	});
	const path = `/posts/${(created.body as { id: number }).id}`;
	const visitor = await open();
	const { page } = visitor;
	await visitAndKeep(visitor, path);
	await page.context().setOffline(true);
	await page.goto(path);
	await bar(page).getByText('Kept on this device').waitFor();
	await page.getByRole('article').getByText(body).waitFor();
});

test('a page that is kept is shown by what is kept where the site is too slow for it', async () => {
	const visitor = await open();
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	const session = await page.context().newCDPSession(page);
	await page.goto('about:blank');
	await session.send('Network.clearBrowserCache');
	site.process.kill('SIGSTOP');
	try {
		await page.goto('/', { waitUntil: 'commit' });
		await bar(page).getByText('Kept on this device').waitFor();
	} finally {
		site.process.kill('SIGCONT');
	}
	await bar(page).waitFor({ state: 'detached' });
});

test('a page that is kept or missing gives way once a server that was down answers', async () => {
	const [kept, missing] = [await open(), await open()];
	await visitAndKeep(kept, `/posts/${answer}`);
	await visitAndKeep(missing, '/');
	await site.stop('SIGKILL');
	await kept.page.reload();
	await bar(kept.page).getByText('Kept on this device').waitFor();
	await missing.page.goto('/threads');
	await missing.page.getByRole('heading', { level: 1, name: 'Not on this device' }).waitFor();
	await site.start();
	await bar(kept.page).waitFor({ state: 'detached' });
	await kept.page.getByRole('heading', { name: 'No replies yet' }).waitFor();
	await missing.page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	for (const visitor of [kept, missing]) visitor.excuse(/ERR_CONNECTION_RE(FUSED|SET)/);
});

test('a reply written without a connection is sent once when it is back', async () => {
	const member = await join('writes_offline');
	const visitor = await open(member);
	const { page } = visitor;
	await visitAndKeep(visitor, `/posts/${answer}`);
	await page.context().setOffline(true);
	await page.getByLabel('Your reply').fill('I was there, twice.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await page.getByRole('article').getByText('I was there, twice.').waitFor();
	expect(await page.getByLabel('Your reply').inputValue()).toBe('');

	await page.context().setOffline(false);
	await bar(page).waitFor({ state: 'detached' });
	await page
		.locator('article:not([aria-busy])', { hasText: 'I was there, twice.' })
		.last()
		.waitFor();
	const written = (await repliesOf(answer)).filter(({ body }) => body === 'I was there, twice.');
	expect(written.map(({ author }) => author.handle)).toEqual(['writes_offline']);
	await page.reload({ waitUntil: 'networkidle' });
	expect(await page.getByText('I was there, twice.').count()).toBe(1);
	expect(await page.getByLabel('Your reply').inputValue()).toBe('');
});

test('what a server that is down does not answer waits for it as well, and is sent once', async () => {
	const member = await join('writes_meanwhile');
	const visitor = await open(member);
	const { page } = visitor;
	await visitAndKeep(visitor, `/posts/${answer}`);
	await site.stop('SIGKILL');
	await page.getByLabel('Your reply').fill('Nobody answers.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText('On its way: 1 reply').waitFor();
	expect(await page.getByLabel('Your reply').inputValue()).toBe('');

	await site.start();
	await bar(page).waitFor({ state: 'detached' });
	await page.locator('article:not([aria-busy])', { hasText: 'Nobody answers.' }).last().waitFor();
	const written = (await repliesOf(answer)).filter(({ body }) => body === 'Nobody answers.');
	expect(written.map(({ author }) => author.handle)).toEqual(['writes_meanwhile']);
	visitor.excuse(/ERR_CONNECTION_RE(FUSED|SET)/);
});

test('what waits is sent after its page was closed, once, though an answer was lost', async () => {
	const member = await join('closes_early');
	const visitor = await open(member);
	const { page } = visitor;
	const context = page.context();
	await visitAndKeep(visitor, `/posts/${answer}`);
	await context.setOffline(true);
	await page.getByLabel('Your reply').fill('Written on the train.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await page.reload();
	await bar(page).getByText('Kept on this device').waitFor();
	await bar(page).getByText(`${later}: 1 reply`).click();
	await bar(page).getByText('Written on the train.').waitFor();
	expect(await page.getByLabel('Your reply').inputValue()).toBe('');

	let tries = 0;
	await context.route('**/api/posts/*/replies', async (route) => {
		if (route.request().method() !== 'POST') return route.continue();
		tries += 1;
		if (tries > 1) return route.continue();
		await route.fetch();
		return route.abort();
	});
	// The browser takes a page that goes away for connected again: what it sends then counts as well.
	await page.goto('about:blank');
	await context.setOffline(false);
	const [first, second] = [await context.newPage(), await context.newPage()];
	await Promise.all([first.goto('/'), second.goto(`/posts/${answer}`)]);
	await expect.poll(() => tries, patience).toBe(2);
	await bar(first).waitFor({ state: 'detached' });
	await second.locator('article', { hasText: 'Written on the train.' }).waitFor();
	const written = (await repliesOf(answer)).filter(({ body }) => body === 'Written on the train.');
	expect(written).toHaveLength(1);
	expect(tries).toBe(2);
	await second.reload({ waitUntil: 'networkidle' });
	expect(await second.getByLabel('Your reply').inputValue()).toBe('');
});

test('a definition and votes made without a connection arrive, the votes as they were wished last', async () => {
	const member = await join('defines_offline');
	const other = await join('gets_votes');
	const created = await other.send('POST', '/api/threads/ownership/posts', {
		kind: 'definition',
		body: 'Asking before it breaks.',
	});
	const { id } = created.body as { id: number };
	const visitor = await open(member);
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	const vote = (id: number) => page.locator(`#post-${id}`).getByRole('button', { name: 'Upvote' });
	const pressed = (id: number) => vote(id).getAttribute('aria-pressed');
	await page.context().setOffline(true);
	await page.getByLabel('Ownership means').fill('Saying so without a signal.');
	await page.getByRole('button', { name: 'Put my name to it' }).click();
	await vote(answer).click();
	await vote(id).click();
	await bar(page).getByText(`${later}: 1 definition, 2 votes`).waitFor();
	await vote(id).click();
	await expect.poll(() => pressed(id), patience).toBe('false');
	await bar(page).getByText(`${later}: 1 definition, 2 votes`).click();
	await bar(page).getByRole('link', { name: 'Upvote taken back' }).waitFor();
	await page.reload();
	await bar(page).getByText(`${later}: 1 definition, 2 votes`).waitFor();
	await expect.poll(() => pressed(answer), patience).toBe('true');
	expect(await pressed(id)).toBe('false');

	await page.context().setOffline(false);
	await bar(page).waitFor({ state: 'detached' });
	const { items } = await member.get<{ items: any[] }>(
		'/api/threads/ownership/posts?kind=definition',
	);
	const found = items.map(({ body, score, viewer }) => [body, score, viewer.upvoted]);
	expect(found).toContainEqual(['Saying so without a signal.', 0, false]);
	expect(found).toContainEqual([words, 1, true]);
	expect(found).toContainEqual(['Asking before it breaks.', 0, false]);
	await page.reload();
	await page.getByRole('region', { name: 'Your definition' }).getByText('Saying so').waitFor();
});

test('what waits can be taken back, and what is refused keeps its words and says why', async () => {
	const member = await join('takes_back');
	const created = await host.send('POST', '/api/threads', {
		question: 'What did you learn late?',
		introduction: 'The thing nobody told you.',
	});
	const { slug } = created.body as { slug: string };
	const visitor = await open(member);
	const { page } = visitor;
	await visitAndKeep(visitor, `/threads/${slug}`);
	const field = page.getByRole('textbox').first();
	const sign = page.getByRole('button', { name: 'Put my name to it' });
	await page.context().setOffline(true);
	await field.fill('To ask early.');
	await sign.click();
	await bar(page).getByText(`${later}: 1 definition`).click();
	await bar(page).getByRole('button', { name: 'Take back' }).click();
	await page.getByRole('alert').getByText('Taken back. It was not sent.').waitFor();
	expect(await field.inputValue()).toBe('To ask early.');
	await bar(page).waitFor({ state: 'detached' });
	await page.reload();
	await expect.poll(() => field.inputValue(), patience).toBe('To ask early.');

	await sign.click();
	await bar(page).getByText(`${later}: 1 definition`).waitFor();
	await page.reload();
	await bar(page).getByText(`${later}: 1 definition`).waitFor();
	const elsewhere = { kind: 'definition', body: 'To ask.' };
	expect((await member.send('POST', `/api/threads/${slug}/posts`, elsewhere)).status).toBe(201);
	await page.context().setOffline(false);
	await bar(page).getByText('Not sent: 1 definition').waitFor();
	await bar(page).getByText('To ask early.').waitFor();
	await bar(page).locator('.refusal').getByText('already').waitFor();
	await bar(page).getByRole('button', { name: 'Take back' }).click();
	await bar(page).waitFor({ state: 'detached' });
	visitor.excuse(/status of 409/);
});

test('while a reply waits, more can be written: it is kept, sent as well, or stays a draft', async () => {
	const member = await join('writes_on');
	const visitor = await open(member);
	const { page } = visitor;
	const field = page.getByLabel('Your reply');
	const send = page.getByRole('button', { name: 'Reply', exact: true });
	await visitAndKeep(visitor, `/posts/${answer}`);
	await page.context().setOffline(true);
	await field.fill('The first.');
	await send.click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await field.fill('The second.');
	await page.reload();
	await expect.poll(() => field.inputValue(), patience).toBe('The second.');
	await send.click();
	await bar(page).getByText(`${later}: 2 replies`).waitFor();
	await field.fill('The third.');
	await page.context().setOffline(false);
	await bar(page).waitFor({ state: 'detached' });
	expect(await field.inputValue()).toBe('The third.');
	await page.reload({ waitUntil: 'networkidle' });
	expect(await field.inputValue()).toBe('The third.');
	const written = (await repliesOf(answer)).filter(({ author }) => author.handle === 'writes_on');
	expect(written.map(({ body }) => body).sort()).toEqual(['The first.', 'The second.']);
});

test('a draft that the server had under the key of what waited outlives its posting', async () => {
	const member = await join('writes_behind');
	const visitor = await open(member);
	const { page } = visitor;
	const context = page.context();
	const field = page.getByLabel('Your reply');
	const saved = async () => {
		const { items } = await member.get<{ items: { key: string }[] }>('/api/drafts');
		if (items.length === 0) return null;
		return (await member.get<{ content: { body: string } }>(`/api/drafts/${items[0]!.key}`)).content
			.body;
	};
	let isAway = true;
	await context.route('**/api/posts/*/replies', (route) =>
		isAway && route.request().method() === 'POST' ? route.abort() : route.continue(),
	);
	await visitAndKeep(visitor, `/posts/${answer}`);
	await field.fill('Long on its way.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText('On its way: 1 reply').waitFor();
	await field.fill('Not finished');
	await expect.poll(saved, patience).toBe('Not finished');
	await page.reload();
	await expect.poll(() => field.inputValue(), patience).toBe('Not finished');
	isAway = false;
	await bar(page).waitFor({ state: 'detached' });
	await expect.poll(saved, patience).toBe('Not finished');
	await page.reload({ waitUntil: 'networkidle' });
	expect(await field.inputValue()).toBe('Not finished');
	expect(await page.getByText('Long on its way.').count()).toBe(1);
});

test('a reply that is taken back is in its form again, before what was typed since, and on the device', async () => {
	const member = await join('thinks_again');
	const other = await join('is_answered');
	const asked = await other.send('POST', `/api/posts/${answer}/replies`, { body: 'And at night?' });
	const { id } = asked.body as { id: number };
	const visitor = await open(member);
	const { page } = visitor;
	const field = page.getByLabel('Your reply', { exact: true });
	const article = page.locator(`#post-${id}`);
	const below = article.getByLabel('Your reply to is answered');
	const takeBack = async () => {
		await bar(page).getByText(`${later}: 1 reply`).click();
		await bar(page).getByRole('button', { name: 'Take back' }).click();
		await bar(page).getByText('1 reply').waitFor({ state: 'detached' });
	};
	await visitAndKeep(visitor, '/');
	await visitAndKeep(visitor, `/posts/${answer}`);
	await page.context().setOffline(true);
	await article.getByRole('link', { name: 'Reply', exact: true }).click();
	await below.fill('At night I am asleep.');
	await article.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await below.waitFor({ state: 'detached' });
	await takeBack();
	await expect.poll(() => below.inputValue(), patience).toBe('At night I am asleep.');
	expect(await page.locator('article[aria-busy]').count()).toBe(0);
	await article.getByRole('link', { name: 'Cancel' }).click();

	await field.fill('Said too soon.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await page.getByRole('link', { name: 'The question' }).first().click();
	await question(page).waitFor();
	await page.getByRole('link', { name: words }).first().click();
	await field.fill('Typed since.');
	await takeBack();
	await expect.poll(() => field.inputValue()).toBe('Said too soon.\n\nTyped since.');
	await page.reload();
	await expect.poll(() => field.inputValue(), patience).toBe('Said too soon.\n\nTyped since.');
	await article.getByRole('link', { name: 'Reply', exact: true }).click();
	expect(await below.inputValue()).toBe('At night I am asleep.');
});

test('a reply whose page was left before it had to wait waits as well, and is no draft meanwhile', async () => {
	const member = await join('leaves_at_once');
	const other = await join('is_left');
	const asked = await other.send('POST', `/api/posts/${answer}/replies`, { body: 'And at noon?' });
	const { id } = asked.body as { id: number };
	const visitor = await open(member);
	const { page } = visitor;
	let fail = () => {};
	const failing = new Promise<void>((resolve) => (fail = resolve));
	await page
		.context()
		.route('**/api/posts/*/replies', (route) =>
			route.request().method() === 'POST' ? failing.then(() => route.abort()) : route.continue(),
		);
	const below = page.locator(`#post-${id}`).getByLabel('Your reply to is left');
	const openForm = () =>
		page.locator(`#post-${id}`).getByRole('link', { name: 'Reply', exact: true }).click();
	await visitAndKeep(visitor, '/');
	await visitAndKeep(visitor, `/posts/${answer}`);
	await openForm();
	await below.fill('At noon I am away.');
	await page.locator(`#reply-${id}`).getByRole('button', { name: 'Reply', exact: true }).click();
	await page.locator('article[aria-busy]').waitFor();
	await page.getByRole('link', { name: 'The question' }).first().click();
	await question(page).waitFor();
	await page.getByRole('link', { name: words }).first().click();
	await openForm();
	await expect.poll(() => below.inputValue(), patience).toBe('At noon I am away.');
	fail();
	await bar(page).getByText('On its way: 1 reply').click();
	await expect.poll(() => below.inputValue(), patience).toBe('');
	await bar(page).getByRole('button', { name: 'Take back' }).click();
	await expect.poll(() => below.inputValue(), patience).toBe('At noon I am away.');
	await bar(page).waitFor({ state: 'detached' });
});

test('a refusal says why beside the words, also where their form is open', async () => {
	const member = await join('comes_late');
	const created = await host.send('POST', '/api/threads', {
		question: 'When is it too late?',
		introduction: 'Not every answer can wait.',
	});
	const { slug } = created.body as { slug: string };
	const definition = { kind: 'definition', body: 'When nobody asks any more.' };
	const { body } = await host.send('POST', `/api/threads/${slug}/posts`, definition);
	const visitor = await open(member);
	const { page } = visitor;
	const field = page.getByLabel('Your reply');
	await visitAndKeep(visitor, `/posts/${(body as { id: number }).id}`);
	await page.context().setOffline(true);
	await field.fill('Never.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await field.fill('Or always.');
	await host.send('PUT', `/api/threads/${slug}/lock`);
	await page.context().setOffline(false);
	await bar(page).getByText('Not sent: 1 reply').waitFor();
	await bar(page).getByText('Never.').waitFor();
	await bar(page).locator('.refusal').getByText('locked').waitFor();
	await bar(page).getByRole('button', { name: 'Send again' }).waitFor();
	await page.locator('article[aria-busy]').waitFor({ state: 'detached' });
	expect(await field.inputValue()).toBe('Or always.');
	await bar(page).getByRole('button', { name: 'Take back' }).click();
	await bar(page).waitFor({ state: 'detached' });
	expect(await field.inputValue()).toBe('Never.\n\nOr always.');
	visitor.excuse(/status of 4\d\d/);
});

test('what one account has seen and written is nothing to the next', async () => {
	const [first, second] = [await join('leaves_first'), await join('comes_second')];
	const visitor = await open(first);
	const { page } = visitor;
	const context = page.context();
	await visitAndKeep(visitor, `/posts/${answer}`);
	await page.goto('/members/leaves_first');
	await untilKept(page, '/members/leaves_first');
	await context.setOffline(true);
	await page.goto(`/posts/${answer}`);
	await page.getByLabel('Your reply').fill('From the first to sign in.');
	await page.getByRole('button', { name: 'Reply', exact: true }).click();
	await bar(page).getByText(`${later}: 1 reply`).waitFor();
	await context.clearCookies();
	await page.goto('about:blank');
	await context.setOffline(false);
	await page.goto('/');
	await bar(page).getByText('Waits until whoever wrote it signs in: 1 reply.').waitFor();
	await untilKept(page, '/');
	await context.setOffline(true);
	await page.goto('/members/leaves_first');
	await page.getByRole('heading', { level: 1, name: 'Not on this device' }).waitFor();

	await context.setOffline(false);
	await page.getByRole('heading', { level: 1, name: 'leaves first' }).waitFor();
	await signIn(context, site.url, second);
	await page.goto('/', { waitUntil: 'networkidle' });
	await page.getByRole('link', { name: 'comes second' }).waitFor();
	await bar(page).waitFor({ state: 'detached' });
	expect((await repliesOf(answer)).map(({ body }) => body)).not.toContain(
		'From the first to sign in.',
	);

	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByRole('banner').getByRole('link', { name: 'Join' }).waitFor();
	await signIn(context, site.url, first);
	await page.goto('/');
	const authors = async () =>
		(await repliesOf(answer))
			.filter(({ body }) => body === 'From the first to sign in.')
			.map(({ author }) => author.handle);
	await expect.poll(authors, patience).toEqual(['leaves_first']);
	await bar(page).waitFor({ state: 'detached' });
});

test('signing out leaves none of its pages on the device', async () => {
	const visitor = await open(await join('signs_out'));
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	await visitAndKeep(visitor, `/posts/${answer}`);
	await page.getByRole('button', { name: 'Sign out' }).click();
	await page.getByRole('banner').getByRole('link', { name: 'Join' }).waitFor();
	await untilKept(page, `/posts/${answer}`);
	const kept = await page.evaluate(async () => {
		const texts: string[] = [];
		for (const name of await caches.keys())
			for (const response of await (await caches.open(name)).matchAll())
				texts.push(await response.text());
		return texts.filter((text) => text.includes('signs_out')).length;
	});
	expect(kept).toBe(0);
});

test('a page of an older build is shown by that build, and the oldest of many pages go', async () => {
	const visitor = await open();
	const { page } = visitor;
	await visitAndKeep(visitor, '/');
	await page.evaluate(async () => {
		const name = (await caches.keys()).find((name) => name.startsWith('pages'));
		const [builds, pages] = [await caches.open('builds'), await caches.open(name!)];
		const [shell] = await builds.matchAll();
		await builds.put('/offline?before', shell!);
		const kept = await (await pages.match('/'))!.json();
		kept.props.thread.question = 'What was asked before?';
		await pages.put(
			'/threads/before',
			Response.json({ ...kept, url: '/threads/before', version: 'before' }),
		);
		for (let n = 0; n < 80; n++)
			await pages.put(`/threads/${n}`, Response.json({ ...kept, url: `/threads/${n}` }));
	});
	const list = () =>
		page.evaluate(async () => {
			const name = (await caches.keys()).find((name) => name.startsWith('pages'));
			return (await (await caches.open(name!)).keys()).map(({ url }) => new URL(url).pathname);
		});
	await page.context().setOffline(true);
	await page.goto('/threads/before');
	await page.getByRole('heading', { level: 1, name: 'What was asked before?' }).waitFor();
	await page.goto('/threads');
	await page.getByRole('heading', { level: 1, name: 'Not on this device' }).waitFor();
	await page.context().setOffline(false);
	await page.getByRole('heading', { level: 1, name: 'Threads' }).waitFor();
	await expect.poll(list, patience).toHaveLength(60);
	expect(await list()).toContain('/threads');
	expect(await list()).not.toContain('/threads/before');
});

test('a browser that takes no worker shows the page all the same', async () => {
	const { page, untilLive } = await open();
	await page.addInitScript(() => {
		navigator.serviceWorker.register = async () => {
			throw new DOMException('No worker here.', 'SecurityError');
		};
	});
	await page.goto('/', { waitUntil: 'load' });
	await untilLive();
	await question(page).waitFor();
});

test('the site can be installed', async () => {
	const { page } = await open();
	await page.goto('/');
	const session = await page.context().newCDPSession(page);
	const { url, errors, data } = await session.send('Page.getAppManifest');
	expect(url).toBe(`${site.url}/manifest.webmanifest`);
	expect(errors).toEqual([]);
	const manifest = JSON.parse(data!) as { icons: { src: string; sizes: string }[] };
	const sizes = await page.evaluate(
		(icons) =>
			Promise.all(
				icons.map(async ({ src }) => {
					const image = new Image();
					image.src = src;
					await image.decode();
					return `${image.naturalWidth}x${image.naturalHeight}`;
				}),
			),
		manifest.icons.filter(({ sizes }) => sizes !== 'any'),
	);
	expect(sizes).toEqual(['192x192', '512x512', '512x512']);
	// The profile of a test is one that forgets, which newer browsers mention here.
	await expect
		.poll(async () => {
			const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
			return installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito');
		}, patience)
		.toEqual([]);
});
