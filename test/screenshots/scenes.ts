import type { Page } from 'playwright-core';
import type { Stage, Who } from './stage.ts';

export type Scene = {
	name: string;
	who: Who;
	path: string;
	/** What is done on the page before its picture is taken. */
	act?: (page: Page, width: number) => Promise<unknown>;
	/** on the empty installation */
	isEmpty?: boolean;
	/** the window alone, not the whole page */
	isWindow?: boolean;
	/** as it is printed: once, in the light */
	isPrint?: boolean;
};

const press = (name: string | RegExp) => (page: Page) =>
	page.getByRole('button', { name }).first().click();

async function moderate(page: Page) {
	await page.getByText('Moderate', { exact: true }).click();
	await page.getByLabel('Your note').first().waitFor();
}

async function openReply(page: Page) {
	const reply = page.locator('article .acts').getByRole('link', { name: 'Reply', exact: true });
	await reply.nth(2).click();
	await page.keyboard.type('What did the customer say when you called?');
}

async function writeStory(page: Page) {
	await page.getByLabel('Title').fill('The renewal I lost in a corridor');
	await page.getByRole('textbox', { name: 'The story' }).focus();
	const editor = page.locator('[contenteditable="true"]');
	await editor.click();
	await page.keyboard.press('ControlOrMeta+A');
	await page.keyboard.type(
		'I had told support that I would tell the customer.\n## What I owned\nThe sentence:\n- to him\nto her',
	);
}

async function type(page: Page) {
	const box = page.getByLabel('Ownership means');
	await box.fill('picking up the phone before they do, with the number in front of me');
}

async function lose(page: Page) {
	await page.context().setOffline(true);
	await page.getByText('Not live since').first().waitFor();
}

/** Every page and state worth looking at, in the order of a visit. The last ones break the empty installation. */
export function listScenes({ at, breakEmpty }: Stage): Scene[] {
	const reader = 'reader';
	const member = 'member';
	const host = 'host';
	return [
		{ name: 'Question, signed out', who: reader, path: '/' },
		{ name: 'Question, first screen', who: reader, path: '/', isWindow: true },
		{ name: 'Question, answered', who: member, path: '/' },
		{ name: 'Question, writing', who: host, path: '/', act: type, isWindow: true },
		{ name: 'Question, not live', who: reader, path: '/', act: lose, isWindow: true },
		{ name: 'Definitions', who: reader, path: '/?tab=definitions' },
		{ name: 'Definitions, of the week', who: reader, path: '/?tab=definitions&period=week' },
		{ name: 'Stories', who: member, path: '/?tab=stories' },
		{
			name: 'Stories, one practice',
			who: reader,
			path: '/?tab=stories&practice=sell-with-the-company',
		},
		{ name: 'Featured', who: reader, path: '/?tab=featured' },
		{ name: 'Threads', who: reader, path: '/threads' },
		{ name: 'Threads, host', who: host, path: '/threads' },
		{ name: 'Locked thread', who: member, path: '/threads/locked' },
		{ name: 'Thread, long words', who: reader, path: '/threads/odd' },
		{ name: 'Definition', who: reader, path: at.definition },
		{ name: 'Definition, first screen', who: member, path: at.definition, isWindow: true },
		{ name: 'Definition, featured', who: reader, path: at.featured },
		{ name: 'Definition, own', who: member, path: at.ownDefinition },
		{ name: 'Definition, long words', who: reader, path: at.odd },
		{ name: 'Story', who: reader, path: at.story },
		{ name: 'Story, own, with a picture', who: member, path: at.ownStory },
		{ name: 'Deep reply', who: reader, path: at.deep, isWindow: true },
		{
			name: 'Reply form',
			who: member,
			path: at.definition,
			act: openReply,
			isWindow: true,
		},
		{ name: 'Conversation, not live', who: reader, path: at.definition, act: lose },
		{ name: 'Tombstones', who: reader, path: at.gone },
		{ name: 'Tombstones, author', who: member, path: at.gone },
		{ name: 'Moderating an answer', who: host, path: at.definition, act: moderate, isWindow: true },
		{
			name: 'Moderating a reply',
			who: host,
			path: at.gone,
			act: (page) => page.locator('summary', { hasText: 'More' }).first().click(),
		},
		{ name: 'Revisions', who: reader, path: `${at.ownDefinition}/revisions` },
		{ name: 'Revising a definition', who: member, path: `${at.ownDefinition}/edit` },
		{ name: 'Revising a story', who: member, path: `${at.ownStory}/edit` },
		{ name: 'Telling a story', who: host, path: '/threads/ownership/stories/new' },
		{
			name: 'Telling a story, writing',
			who: member,
			path: '/threads/ownership/stories/new',
			act: writeStory,
		},
		{ name: 'Member', who: reader, path: '/members/hanne_d' },
		{ name: 'Member, for the host', who: host, path: '/members/hanne_d' },
		{ name: 'Member, own page', who: member, path: '/members/nadia' },
		{ name: 'Joining', who: reader, path: '/sign-up' },
		{
			name: 'Joining, failed',
			who: reader,
			path: '/sign-up',
			async act(page) {
				await page.getByLabel('Name', { exact: true }).fill('Nadia Ferreira');
				await page.getByLabel('Handle').fill('nadia');
				await page.getByLabel('E-mail').fill('someone@example.com');
				await page.getByLabel('Password').fill('password12');
				await press('Join')(page);
				await page.locator('[aria-invalid="true"]').first().waitFor();
			},
		},
		{ name: 'Signing in', who: reader, path: '/sign-in' },
		{
			name: 'Signing in, failed',
			who: reader,
			path: '/sign-in',
			async act(page) {
				await page.getByLabel('E-mail').fill('someone@example.com');
				await page.getByLabel('Password').fill('not the one');
				await press('Sign in')(page);
				await page.getByRole('alert').first().waitFor();
			},
		},
		{
			name: 'Keys',
			who: member,
			path: at.definition,
			isWindow: true,
			async act(page) {
				await page.keyboard.press('?');
				await page.getByRole('dialog').waitFor();
			},
		},
		{ name: 'Not found', who: reader, path: '/nothing-here' },
		{ name: 'Not allowed', who: member, path: `${at.definition}/edit` },
		{ name: 'Question, printed', who: reader, path: '/', isPrint: true },
		{ name: 'Definition, printed', who: reader, path: at.definition, isPrint: true },
		{ name: 'Story, printed', who: reader, path: at.story, isPrint: true },
		{ name: 'Member, printed', who: reader, path: '/members/hanne_d', isPrint: true },
		{ name: 'Empty', who: reader, path: '/', isEmpty: true },
		{ name: 'Empty, host', who: host, path: '/', isEmpty: true },
		{ name: 'Empty, stories', who: reader, path: '/?tab=stories', isEmpty: true },
		{ name: 'Empty, featured', who: reader, path: '/?tab=featured', isEmpty: true },
		{ name: 'Empty, member', who: reader, path: '/members/host', isEmpty: true },
		{
			name: 'Broken',
			who: reader,
			path: '/sign-in',
			isEmpty: true,
			act: (page) => showBroken(page, 'XX000'),
		},
		{
			name: 'Database away',
			who: reader,
			path: '/sign-in',
			isEmpty: true,
			act: (page) => showBroken(page, '57P03'),
		},
	];

	async function showBroken(page: Page, state: string) {
		await breakEmpty(state);
		await page.goto('/threads');
	}
}
