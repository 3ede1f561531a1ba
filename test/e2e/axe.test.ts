import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { openDatabase } from '../../db/client.ts';
import { buildApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createPostgresBus } from '../../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../../server/renderer.ts';
import { audit } from '../support/axe.ts';
import { openBrowser, signIn, visit, type Visitor } from '../support/browser.ts';
import { drawPicture } from '../support/pictures.ts';
import { type Site, startSite } from '../support/server.ts';
import { openReset } from '../support/set-up.ts';
import { openSmallForum, type SmallForum } from '../support/small-forum.ts';

type State = {
	path: string;
	/** 200 unless given */
	status?: number;
	/** what is done on the page before it is looked at */
	after?: string;
	act?: (visitor: Visitor) => Promise<unknown>;
};

const isLive = /^\/(posts\/\d+)?$/;
const sizes = { desk: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

let forum: SmallForum;
let browser: Browser;

beforeAll(async () => {
	[forum, browser] = await Promise.all([openSmallForum(), openBrowser()]);
}, 120_000);
/** Goes through the states at both widths in both schemes; only colours depend on the scheme. */
async function look(
	states: State[],
	{
		site = forum.site,
		as,
		js = true,
	}: { site?: Pick<Site, 'url'>; as?: keyof SmallForum['people']; js?: boolean } = {},
): Promise<string[]> {
	const found: string[] = [];
	for (const [size, viewport] of Object.entries(sizes)) {
		const visitor = await visit(browser, site.url, {
			...viewport,
			javaScriptEnabled: js,
			hasTouch: size === 'phone',
		});
		const { page, untilLive } = visitor;
		if (as) await signIn(page.context(), site.url, forum.people[as]);
		for (const { path, status = 200, after, act } of states) {
			const answer = await page.goto(path);
			expect(answer!.status(), path).toBe(status);
			if (act) await (isLive.test(path) ? untilLive() : page.waitForLoadState('networkidle'));
			await act?.(visitor);
			const name = [path, after, size].filter(Boolean).join(', ');
			for (const line of await audit(page, { scripts: js })) found.push(`${name}: ${line}`);
			await page.emulateMedia({ colorScheme: 'dark' });
			for (const line of await audit(page, { rule: 'color-contrast', scripts: js }))
				found.push(`${name}, dark: ${line}`);
			await page.emulateMedia({ colorScheme: 'light' });
		}
		await visitor.close();
	}
	return found;
}

const table =
	'| Day | Calls that came in | Calls that went out |\n|---|---|---|\n| Monday | 3 | Nobody’s |';

/** A story of the author's with a table and a picture, written anew once; each call makes another. */
async function tellWithTable(): Promise<{ id: number; imageId: string }> {
	const { author } = forum.people;
	const form = new FormData();
	form.set(
		'file',
		new Blob([new Uint8Array(await drawPicture())], { type: 'image/jpeg' }),
		'a.jpg',
	);
	const answer = await fetch(`${forum.site.url}/api/images`, {
		method: 'POST',
		body: form,
		headers: { cookie: author.cookie },
	});
	const image = (await answer.json()) as { id: string; url: string };
	const { id } = await author.send<{ id: number }>('POST', '/api/threads/ownership/posts', {
		kind: 'story',
		title: 'A week of calls',
		body: `Everybody counts.\n\n${table}\n\n![The list](${image.url})`,
	});
	const body = `Nothing of this was known before.\n\n${table}\n\n${table}\n\n![The list](${image.url})`;
	await author.send('PATCH', `/api/posts/${id}`, { body });
	return { id, imageId: image.id };
}

const main = (page: Page) => page.getByRole('main');
const press = (page: Page, name: string | RegExp) =>
	main(page).getByRole('button', { name }).first().click();
const openDetails = (page: Page, text: string) =>
	main(page).locator('summary', { hasText: text }).first().click();

test('a reader meets nothing that axe objects to', async () => {
	const { posts } = forum;
	const answer = `/posts/${posts.definition.id}`;
	const { id } = await tellWithTable();
	const resetToken = await openReset(await forum.site.readDatabaseUrl(), 'author');
	const account = async (page: Page, name: string) => {
		for (const label of ['Name', 'Handle'])
			if (name === 'Join') await page.getByLabel(label, { exact: true }).fill('author');
		await page.getByLabel('E-mail').fill('author@example.com');
		await page.getByLabel('Password').fill('not this one');
		await press(page, name);
		await main(page)
			.getByText(/taken|do not match|already|wrong|belong/i)
			.first()
			.waitFor();
	};
	const found = await look([
		{ path: '/' },
		...[
			'tab=definitions',
			'tab=definitions&sort=new',
			'tab=definitions&sort=top&period=week',
			'tab=stories',
			'tab=stories&practice=sell-with-the-company',
			'tab=featured',
		].map((query) => ({ path: `/?${query}` })),
		{ path: '/threads' },
		{ path: '/threads/handover' },
		{ path: answer },
		{ path: answer, after: 'folded', act: ({ page }) => press(page, /^Fold/) },
		{ path: answer, after: 'keys', act: ({ page }) => openKeys(page) },
		{
			path: answer,
			after: 'link without a connection',
			async act({ page }) {
				await page.context().setOffline(true);
				await page
					.getByRole('navigation', { name: 'Site', exact: true })
					.getByText('Threads')
					.click();
				await page.getByRole('alert').waitFor();
				await page.context().setOffline(false);
			},
		},
		{ path: `${answer}/revisions` },
		{ path: `/posts/${id}` },
		{ path: `/posts/${id}/revisions` },
		{ path: `/posts/${posts.story.id}` },
		{ path: `/posts/${posts.reply.id}?branch` },
		{ path: `/posts/${posts.removed.id}` },
		{ path: '/members/author' },
		{ path: '/members/suspended' },
		{ path: '/sign-up' },
		{ path: '/sign-up?definition=My+words' },
		{ path: '/sign-up', after: 'refused', act: ({ page }) => account(page, 'Join') },
		{ path: '/sign-in' },
		{ path: '/sign-in', after: 'refused', act: ({ page }) => account(page, 'Sign in') },
		{ path: '/sign-up?setUp=spent' },
		{ path: `/password-resets/${resetToken}` },
		{ path: `/password-resets/${'0'.repeat(43)}`, status: 410 },
		{ path: '/nowhere', status: 404 },
	]);
	expect(found).toEqual([]);
}, 180_000);

test('nor does a member', async () => {
	const { posts, people } = forum;
	const { definition, reply, story } = posts;
	const answer = `/posts/${definition.id}`;
	const form = '/threads/ownership/stories/new';
	const own = (page: Page) => page.locator(`#post-${reply.id}`);
	const box = (page: Page) => page.locator('[contenteditable="true"]');
	const openReply = async (page: Page) => {
		await page.getByRole('link', { name: 'Reply', exact: true }).last().click();
		await page.getByLabel(/^Your reply to/).waitFor();
	};
	const write = async (page: Page) => {
		await box(page).focus();
		await page.keyboard.type('## What happened');
		await page.keyboard.press('Enter');
		await page.keyboard.type('It stood there for three days.');
	};
	const found = await look(
		[
			{ path: '/' },
			{
				path: '/',
				after: 'too long',
				async act({ page }) {
					await page.getByLabel('Ownership means').fill('Far too much. '.repeat(40));
					await press(page, 'Put my name to it');
					await page.getByRole('alert').waitFor();
				},
			},
			{ path: '/?tab=stories' },
			{ path: '/threads/handover' },
			{ path: answer },
			{ path: answer, after: 'replying', act: ({ page }) => openReply(page) },
			{
				path: answer,
				after: 'mentioning',
				async act({ page }) {
					await page.getByLabel('Your reply', { exact: true }).focus();
					await page.keyboard.type('As @aut');
					await page.getByRole('listbox').waitFor();
				},
			},
			{
				path: answer,
				after: 'its own reply’s menu',
				async act({ page }) {
					await own(page).locator('summary').click();
					await own(page).getByRole('button', { name: 'Delete for good' }).waitFor();
				},
			},
			{
				path: answer,
				after: 'editing a reply',
				async act({ page }) {
					await own(page).locator('summary').click();
					await own(page).getByRole('link', { name: 'Edit' }).click();
					await page.getByLabel('Your reply, revised').waitFor();
				},
			},
			{
				path: answer,
				after: 'new replies',
				async act({ page }) {
					for (const { id } of [definition, reply])
						await people.host.send('POST', `/api/posts/${id}/replies`, { body: 'One more.' });
					await page
						.getByRole('button', { name: /new repl/ })
						.nth(1)
						.waitFor();
					await press(page, '1 new reply');
					await page.getByRole('group', { name: 'New replies' }).waitFor();
				},
			},
			{
				path: '/',
				after: 'a new story',
				async act({ page }) {
					const body = { kind: 'story', title: 'News', body: 'It came in the afternoon.' };
					await people.host.send('POST', '/api/threads/ownership/posts', body);
					await page.getByRole('button', { name: '1 new story' }).waitFor();
				},
			},
			{ path: `/posts/${reply.id}/edit` },
			{ path: form },
			{ path: form, after: 'written', act: ({ page }) => write(page) },
			{
				path: form,
				after: 'linking',
				async act({ page }) {
					await write(page);
					await page.keyboard.press('Control+k');
					await page.getByLabel('Address of the link').fill('not an address');
					await page.keyboard.press('Enter');
				},
			},
			{
				path: form,
				after: 'with a picture',
				async act({ page }) {
					await write(page);
					const file = { name: 'a.jpg', mimeType: 'image/jpeg', buffer: await drawPicture() };
					await page.getByLabel('Choose pictures').setInputFiles(file);
					await page.locator('.ProseMirror img').waitFor();
				},
			},
			{
				path: form,
				after: 'refused',
				async act({ page }) {
					await page.getByLabel('Title').fill('It');
					await write(page);
					await press(page, 'Put my name to it');
					await main(page)
						.getByText(/at least 3/)
						.first()
						.waitFor();
				},
			},
			{ path: `/posts/${story.id}` },
			{ path: '/members/member' },
			{
				path: answer,
				after: 'signing out with words that are not saved',
				async act({ page }) {
					await page.route('**/api/drafts/**', (route) => route.abort());
					await page.getByLabel('Your reply', { exact: true }).fill('Half a reply.');
					await page.getByRole('button', { name: 'Sign out' }).click();
					await page.getByRole('alertdialog').waitFor();
				},
			},
			{
				path: answer,
				after: 'offline',
				async act({ page }) {
					await page.context().setOffline(true);
					await page.getByText('Not live since').first().waitFor();
				},
			},
		],
		{ as: 'member' },
	);
	expect(found).toEqual([]);
}, 180_000);

test('nor an author, nor somebody suspended', async () => {
	const { definition, story, removed } = forum.posts;
	const { host } = forum.people;
	const { id, imageId } = await tellWithTable();
	for (const path of [`/api/images/${imageId}/removal`, '/api/members/author/removals/name'])
		await host.send('PUT', path, { reason: 'A customer’s.' });
	const found = [
		...(await look(
			[
				{ path: '/' },
				{ path: '/members/author' },
				{ path: `/posts/${id}` },
				{
					path: `/posts/${id}/edit`,
					after: 'in a table',
					async act({ page }) {
						await page.locator('[contenteditable="true"] td').first().click();
						await page.getByRole('button', { name: 'Add a row' }).waitFor();
					},
				},
				{
					path: `/posts/${definition.id}`,
					after: 'deleting',
					act: ({ page }) => openDetails(page, 'Delete'),
				},
				{ path: `/posts/${definition.id}/edit` },
				{
					path: `/posts/${story.id}/edit`,
					after: 'begun',
					async act({ page }) {
						await page.getByLabel('Title').fill('The pallet');
						await page.reload();
						await page.getByText('The change you began is back.').waitFor();
					},
				},
			],
			{ as: 'author' },
		)),
		...(await look(
			[
				{ path: '/' },
				{
					path: `/posts/${removed.id}`,
					after: 'reading what was removed',
					act: ({ page }) => openDetails(page, 'Read what was removed'),
				},
				{ path: `/posts/${definition.id}` },
				{ path: '/members/suspended' },
			],
			{ as: 'suspended' },
		)),
	];
	await host.send('DELETE', '/api/members/author/removals/name');
	expect(found).toEqual([]);
}, 180_000);

test('nor a host', async () => {
	const { definition, removed, reply } = forum.posts;
	const { id } = await tellWithTable();
	const found = await look(
		[
			{ path: '/' },
			{ path: '/threads' },
			{
				path: '/threads',
				after: 'refused',
				async act({ page }) {
					await page.getByLabel('Question').fill('Who answers for a handover?');
					await page.getByLabel('Introduction').fill('Again.');
					await page.getByLabel('Address').fill('Not an address');
					await press(page, 'Open the thread');
					await main(page)
						.getByText(/form that cannot/)
						.first()
						.waitFor();
				},
			},
			{
				path: `/posts/${definition.id}`,
				after: 'moderating',
				async act({ page }) {
					await openDetails(page, 'Moderate');
					await page.getByLabel('The line to mark').first().fill('Not there.');
					await press(page, 'Change the feature');
					await main(page).getByText('This passage does not occur').first().waitFor();
				},
			},
			{
				path: `/posts/${id}`,
				after: 'taking a picture away',
				async act({ page }) {
					await openDetails(page, 'Moderate');
					await openDetails(page, 'Take its picture away');
					await page.getByLabel('Why this picture is taken away').waitFor();
				},
			},
			{
				path: `/posts/${definition.id}`,
				after: 'moderating a reply',
				act: ({ page }) => page.locator(`#post-${reply.id} summary`).click(),
			},
			{
				path: `/posts/${removed.id}`,
				after: 'restoring',
				act: ({ page }) => openDetails(page, 'Moderate'),
			},
			{
				path: '/members/author',
				after: 'hiding a name',
				act: ({ page }) => openDetails(page, 'Hide the name'),
			},
			{
				path: '/members/author',
				after: 'naming',
				async act({ page }) {
					await openDetails(page, 'Suspend');
					await openDetails(page, 'Change the role');
				},
			},
			{ path: '/members/host' },
		],
		{ as: 'host' },
	);
	expect(found).toEqual([]);
}, 180_000);

test('nor where no scripts run', async () => {
	const { definition, story } = forum.posts;
	const found = [
		...(await look(
			[
				{ path: '/' },
				{ path: `/posts/${definition.id}` },
				{ path: `/posts/${definition.id}?reply=${forum.posts.reply.id}` },
				{ path: `/posts/${forum.posts.reply.id}/edit` },
				{ path: '/threads/ownership/stories/new' },
				{ path: '/members/member' },
			],
			{ as: 'member', js: false },
		)),
		...(await look([{ path: '/' }, { path: `/posts/${story.id}` }, { path: '/sign-up' }], {
			js: false,
		})),
	];
	expect(found).toEqual([]);
}, 180_000);

test('nor in an empty installation, nor where something is refused or broken', async () => {
	const site = await startSite({ SEED: 'none' });
	try {
		const pages = ['/', '/?tab=stories', '/?tab=featured', '/sign-up'].map((path) => ({ path }));
		const found = await look(pages, { site });
		found.push(
			...(await look([{ path: `/posts/${forum.posts.story.id}/edit`, status: 403 }], {
				as: 'member',
			})),
		);
		const database = new pg.Client({ connectionString: await site.readDatabaseUrl() });
		await database.connect();
		await database.query('alter table threads rename to strands');
		await database.end();
		found.push(...(await look([{ path: '/threads', status: 500 }], { site })));
		expect(found).toEqual([]);
	} finally {
		await site.close();
	}
}, 180_000);

test('nor while the database is away', async () => {
	const url = 'postgres://nobody@127.0.0.1:1/nothing';
	const database = openDatabase(url);
	const app = await buildApp({
		config: readConfig({ LOG_LEVEL: 'silent', RATE_LIMIT: 'off' }),
		database,
		renderer: await createBuiltRenderer(),
		bus: createPostgresBus({ url, log: { warn() {} } }),
	});
	try {
		const site = { url: await app.listen({ port: 0, host: '127.0.0.1' }) };
		expect(await look([{ path: '/', status: 503 }], { site })).toEqual([]);
	} finally {
		await app.close();
		await database.close();
	}
}, 60_000);

async function openKeys(page: Page): Promise<void> {
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
}
