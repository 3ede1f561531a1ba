import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser, signIn, visit, type Visitor } from '../support/browser.ts';
import { readFocus, tabTo, walk } from '../support/focus.ts';
import { drawPicture } from '../support/pictures.ts';
import { openSmallForum, type SmallForum } from '../support/small-forum.ts';

let forum: SmallForum;
let browser: Browser;
const visitors: Visitor[] = [];
const password = 'a row of five tiles';
const patience = { timeout: 15_000 };

beforeAll(async () => {
	[forum, browser] = await Promise.all([openSmallForum(), openBrowser()]);
}, 120_000);
afterEach(async () => {
	const closing = visitors.splice(0);
	const complaints = closing.flatMap((visitor) => visitor.complaints);
	for (const visitor of closing) await visitor.close();
	expect(complaints).toEqual([]);
	expect(forum.site.complaints()).toEqual([]);
});

async function open(
	as?: keyof SmallForum['people'],
	circumstances?: Parameters<typeof visit>[2],
): Promise<Visitor> {
	const visitor = await visit(browser, forum.site.url, circumstances);
	visitors.push(visitor);
	if (as) await signIn(visitor.page.context(), forum.site.url, forum.people[as]);
	return visitor;
}

/** Waits until the focus is on something of that name, seen and in sight. */
async function expectFocus(page: Page, name: RegExp): Promise<void> {
	await expect
		.poll(async () => {
			const stop = await readFocus(page);
			return stop.problem === '' && name.test(stop.name) ? 'there' : `${stop.name} ${stop.problem}`;
		}, patience)
		.toBe('there');
}

/** Waits until a page that was gone to has the focus on its heading; the link to it may have the same name. */
async function expectHeading(page: Page, name: string): Promise<void> {
	await expect.poll(() => readFocus(page), patience).toMatchObject({ tag: 'H1', name });
}

const pressed = (page: Page) =>
	page.evaluate(() =>
		document
			.activeElement!.closest('li, article')!
			.querySelector('[data-key="u"]')!
			.getAttribute('aria-pressed'),
	);

test('from the first visit to a definition, an upvote and the way out', async () => {
	const { page, untilLive } = await open();
	await page.goto('/');
	await untilLive();
	await tabTo(page, 'Skip to the content');
	await page.keyboard.press('Enter');
	expect(await readFocus(page)).toMatchObject({ tag: 'MAIN' });
	await tabTo(page, 'Weigh-In', 'Shift+Tab');
	await tabTo(page, 'Join');
	await page.keyboard.press('Enter');
	await expectHeading(page, 'Join');

	const answers = {
		Name: 'Kay Board',
		Handle: 'kay_board',
		'E-mail': 'kay@example.com',
		Password: password,
	};
	for (const [label, answer] of Object.entries(answers)) {
		await tabTo(page, label);
		await page.keyboard.type(answer);
	}
	await page.keyboard.press('Enter');
	await page.getByRole('button', { name: 'Sign out' }).waitFor();
	await untilLive();

	await page.keyboard.press('c');
	await expectFocus(page, /Ownership means/);
	await page.keyboard.type('Being asked last, because it is done.');
	await tabTo(page, 'Put my name to it');
	await page.keyboard.press('Enter');
	await page.getByRole('status').getByText('Signed').waitFor();
	await expectFocus(page, /Being asked last/);

	await page.keyboard.press('j');
	await expectFocus(page, /And what do you say/);
	await page.keyboard.press('j');
	await expectFocus(page, /The pallet in the rain/);
	await page.keyboard.press('k');
	await expectFocus(page, /And what do you say/);
	expect(await pressed(page)).toBe('false');
	await page.keyboard.press('u');
	await expect.poll(() => pressed(page), patience).toBe('true');
	await page.keyboard.press('u');
	await expect.poll(() => pressed(page), patience).toBe('false');
	await tabTo(page, /^Upvote/);
	await page.keyboard.press('Space');
	await expect.poll(() => pressed(page), patience).toBe('true');
	await page.keyboard.press('Enter');
	await expect.poll(() => pressed(page), patience).toBe('false');
	await expectFocus(page, /^Upvote/);

	await tabTo(page, 'System');
	await page.keyboard.press('ArrowRight');
	await page.locator('html[data-theme="light"]').waitFor();
	await expectFocus(page, /^Light$/);
	await page.keyboard.press('ArrowLeft');
	await page.locator('html[data-theme="system"]').waitFor();

	await tabTo(page, 'Sign out', 'Shift+Tab');
	await page.keyboard.press('Enter');
	await page.getByRole('banner').getByRole('link', { name: 'Join' }).waitFor();
});

test('a conversation: reply, mention, fold, edit', async () => {
	const { page, untilLive } = await open('member');
	await page.goto(`/posts/${forum.posts.definition.id}`);
	await untilLive();
	const posts = await page
		.locator('main article[id^="post-"]')
		.evaluateAll((articles) => articles.map(({ id }) => id));
	const expectPost = async (index: number) => {
		await expect
			.poll(() => page.evaluate(() => document.activeElement!.id), patience)
			.toBe(posts[index]);
	};
	for (const index of [0, 1, 2]) {
		await page.keyboard.press('j');
		await expectPost(index);
		expect((await readFocus(page)).problem).toBe('');
	}
	await page.keyboard.press('k');
	await expectPost(1);
	expect(posts[1]).toBe(`post-${forum.posts.deletedReply.id}`);
	await page.keyboard.press('r');
	await expectPost(1);
	await page.keyboard.press('j');
	await page.keyboard.press('r');
	await expectFocus(page, /^Your reply to /);
	await page.keyboard.type('As @aut');
	await page.getByRole('listbox').waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('listbox').waitFor({ state: 'detached' });
	await expectFocus(page, /^Your reply to /);
	await page.keyboard.type(', or @aut');
	await page.getByRole('listbox').waitFor();
	await page.keyboard.press('Enter');
	await page.getByRole('listbox').waitFor({ state: 'detached' });
	await page.keyboard.type('says.');
	const field = () => page.evaluate(() => (document.activeElement as HTMLTextAreaElement).value);
	expect(await field()).toBe('As @aut, or @author says.');
	await tabTo(page, 'Reply');
	await page.keyboard.press('Enter');
	await page.getByRole('article').getByText('or @author says.').waitFor();
	await expectFocus(page, /^Reply by Writer member/);
	expect(await page.evaluate(() => document.activeElement!.textContent)).toContain('or @author');

	await page.keyboard.press('k');
	await tabTo(page, /^Fold /, 'Shift+Tab');
	await page.keyboard.press('Enter');
	await expectFocus(page, /folded$/);
	await page.keyboard.press('Enter');
	await expectFocus(page, /^Fold /);

	await tabTo(page, /^More to do/);
	await page.keyboard.press('Enter');
	await tabTo(page, 'Edit');
	await page.keyboard.press('Enter');
	await expectFocus(page, /^Your reply, revised/);
	await page.keyboard.press('Control+End');
	await page.keyboard.type(' Still.');
	await tabTo(page, 'Revise');
	await page.keyboard.press('Enter');
	await page.locator('.words', { hasText: 'Still.' }).waitFor();
	await expectFocus(page, /^Reply by Writer member/);
});

test('a story, its formatting and its links', async () => {
	const { page, untilLive } = await open('member');
	await page.goto('/');
	await untilLive();
	await tabTo(page, /^Tell a story/);
	await page.keyboard.press('Enter');
	await expectHeading(page, 'Tell a story');
	await tabTo(page, /^Title/);
	await page.keyboard.type('By hand');
	await page.locator('[contenteditable="true"]').waitFor();
	await tabTo(page, 'Bold');
	await page.keyboard.press('ArrowRight');
	await expectFocus(page, /^Italic$/);
	await page.keyboard.press('ArrowLeft');
	await page.keyboard.press('Enter');
	await expectFocus(page, /^The story/);
	await page.keyboard.type('Loud');
	await page.keyboard.press('Control+b');
	await page.keyboard.type(' and ');
	await page.keyboard.press('Control+k');
	await expectFocus(page, /^Address of the link$/);
	await page.keyboard.press('Escape');
	await expectFocus(page, /^The story/);
	await page.keyboard.press('Control+k');
	await expectFocus(page, /^Address of the link$/);
	await page.keyboard.type('example.com/yard');
	await page.keyboard.press('Enter');
	await expectFocus(page, /^The story/);
	await page.keyboard.press('Escape');
	await tabTo(page, /^See the whole job/);
	await page.keyboard.press('Space');
	await tabTo(page, 'Put my name to it');
	await page.keyboard.press('Enter');
	await expectFocus(page, /^By hand$/);
	const words = page.getByRole('article').first();
	await words.getByRole('link', { name: 'example.com/yard' }).waitFor();
	expect(await words.locator('strong').innerText()).toBe('Loud');
});

test('r on a featured reply in a list opens its form on the page of its conversation', async () => {
	const { page, untilLive } = await open('author');
	await page.goto('/');
	await untilLive();
	await page.locator(`#featured-${forum.posts.reply.id}`).focus();
	await page.keyboard.press('r');
	await page.waitForURL(`**/posts/${forum.posts.reply.id}#*`);
	await expectFocus(page, /^Your reply to/);
});

test('a moderator features and removes', async () => {
	const { page, untilLive } = await open('host');
	await page.goto(`/posts/${forum.posts.story.id}`);
	await untilLive();
	await tabTo(page, 'Moderate');
	await page.keyboard.press('Enter');
	await tabTo(page, 'The line to mark');
	await page.keyboard.type('Who called?');
	await forum.people.host.send('PUT', `/api/posts/${forum.posts.story.id}/feature`, {
		note: 'Three whole days.',
	});
	await expect.poll(() => page.getByLabel('Your note').inputValue()).toBe('Three whole days.');
	await tabTo(page, 'Your note');
	await page.keyboard.press('Control+End');
	await page.keyboard.type(' Three.');
	await tabTo(page, 'Change the feature');
	await page.keyboard.press('Enter');
	await page.getByRole('note').getByText('Three whole days. Three.').waitFor();
	expect(await page.locator('mark').innerText()).toBe('Who called?');
	await expectFocus(page, /^Change the feature$/);
	await tabTo(page, 'Why this is removed');
	await page.keyboard.type('Asked for by its author.');
	await tabTo(page, 'Remove');
	await page.keyboard.press('Enter');
	await page.getByText('Removed by a moderator.').waitFor();
	await expectFocus(page, /Asked for by its author/);
	await tabTo(page, 'Restore');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: 'The pallet in the rain' }).waitFor();
	await expectFocus(page, /It stood there for three days/);
});

test('a moderator takes a picture away, and puts it back', async () => {
	const { author } = forum.people;
	const file = new FormData();
	file.set(
		'file',
		new Blob([new Uint8Array(await drawPicture())], { type: 'image/jpeg' }),
		'a.jpg',
	);
	const answer = await fetch(`${forum.site.url}/api/images`, {
		method: 'POST',
		body: file,
		headers: { cookie: author.cookie },
	});
	const { url } = (await answer.json()) as { url: string };
	const story = { kind: 'story', title: 'In the yard', body: `It stood here.\n\n![](${url})` };
	const { id } = await author.send<{ id: number }>('POST', '/api/threads/ownership/posts', story);
	const { page, untilLive } = await open('host');
	await page.goto(`/posts/${id}`);
	await untilLive();
	await tabTo(page, 'Moderate');
	await page.keyboard.press('Enter');
	await tabTo(page, 'Take its picture away');
	await page.keyboard.press('Enter');
	await tabTo(page, 'Why this picture is taken away');
	await page.keyboard.type('It shows a customer.');
	await tabTo(page, 'Take the picture away');
	await page.keyboard.press('Enter');
	await page.getByRole('status').getByText('Taken away').waitFor();
	await tabTo(page, /^Put it back on/);
	await page.keyboard.press('Enter');
	await expectHeading(page, 'Writer author');
	await page.getByText('It shows a customer.').waitFor();
	await tabTo(page, 'Put it back');
	await page.keyboard.press('Enter');
	await page.getByText('It shows a customer.').waitFor({ state: 'detached' });
	await expect.poll(async () => (await readFocus(page)).tag, patience).toBe('HEADER');
});

test('a table wider than its column scrolls by keys, with and without scripts, and the page does not', async () => {
	const { author } = forum.people;
	const line = (word: string) => `| ${`${word} | `.repeat(9)}\n`;
	const body = `Everybody counts.\n\n${line('Wednesday')}${line('---')}${line('Everything')}`;
	const story = { kind: 'story', title: 'A week of calls', body };
	const { id } = await author.send<{ id: number }>('POST', '/api/threads/ownership/posts', story);
	for (const javaScriptEnabled of [true, false]) {
		const { page } = await open(undefined, { width: 390, javaScriptEnabled });
		await page.goto(`/posts/${id}`, { waitUntil: 'networkidle' });
		const table = page.getByRole('group', { name: /^Table: Wednesday, Wednesday/ });
		await tabTo(page, /^Table: Wednesday/);
		const measure = () =>
			table.evaluate((group) => ({
				moved: group.scrollLeft > 0,
				page: document.documentElement.scrollWidth,
				column: group.clientWidth < group.scrollWidth,
			}));
		expect(await measure()).toEqual({ moved: false, page: 390, column: true });
		await page.keyboard.press('ArrowRight');
		await expect.poll(measure, patience).toEqual({ moved: true, page: 390, column: true });
		await expect.poll(() => table.getByRole('table').getByRole('row').count()).toBe(2);
	}
});

test('the list of keys opens, keeps the focus and gives it back', async () => {
	const { page, untilLive } = await open();
	await page.goto('/');
	await untilLive();
	await tabTo(page, 'Stories');
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
	for (let presses = 0; presses < 5; presses++) {
		await page.keyboard.press('Tab');
		const isInside = await page.evaluate(
			() => !!document.activeElement!.closest('[role="dialog"]'),
		);
		expect(isInside).toBe(true);
		expect((await readFocus(page)).problem).toBe('');
	}
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	await expectFocus(page, /^Stories$/);
	await tabTo(page, 'Keys');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor();
	await tabTo(page, 'Close');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').waitFor({ state: 'detached' });
	await expectFocus(page, /^Keys$/);
});

test('on a phone nothing under the sheet gets the focus', async () => {
	const { page, untilLive } = await open('member', { width: 390, height: 844, hasTouch: true });
	await page.goto(`/posts/${forum.posts.definition.id}`);
	await untilLive();
	await page.locator(`#post-${forum.posts.reply.id}`).focus();
	await page.keyboard.press('j');
	await page.keyboard.press('r');
	await expectFocus(page, /^Your reply to /);
	const { problems, stops } = await walk(page);
	expect(problems).toEqual([]);
	expect(stops.length).toBeGreaterThan(10);
	await tabTo(page, 'Skip to the content');
	const again = await walk(page);
	expect(again.problems).toEqual([]);
	expect(again.stops.map(({ name }) => name)).toContain('Put aside');
});

/** How large a control has to be to be hit with a finger, in pixels. */
const finger = 44;

test('with a finger every control can be hit', async () => {
	const small: string[] = [];
	for (const [path, as] of pages()) {
		const { page } = await open(as, { width: 390, height: 844, hasTouch: true });
		await page.goto(path, { waitUntil: 'networkidle' });
		const found = await page.evaluate((finger) => {
			for (const details of document.querySelectorAll('main details'))
				details.setAttribute('open', '');
			const controls = document.querySelectorAll<HTMLElement>(
				'button, summary, input:not([type="hidden"]), textarea, select, nav a, .act, .button',
			);
			return [...controls]
				.filter((control) => control.checkVisibility() && !control.closest('.sr-only'))
				.flatMap((control) => {
					const [label] = (control as HTMLInputElement).labels ?? [];
					const target = label?.contains(control) ? label : control;
					const { width, height } = target.getBoundingClientRect();
					// The rule beside a branch is as wide as its indentation, and as long as the branch.
					const least = control.matches('.rule') ? 24 : finger;
					const isLarge = Math.round(width) >= least && Math.round(height) >= finger;
					return isLarge ? [] : [`${control.outerHTML.slice(0, 120)} ${width} × ${height}`];
				});
		}, finger);
		small.push(...found.map((control) => `${path} ${as}: ${control}`));
	}
	expect(small).toEqual([]);
});

const pages = () => {
	const { definition, story, reply } = forum.posts;
	return [
		['/', undefined],
		[`/posts/${definition.id}`, undefined],
		['/sign-up', undefined],
		['/', 'member'],
		[`/posts/${definition.id}`, 'member'],
		['/threads/ownership/stories/new', 'member'],
		[`/posts/${reply.id}/edit`, 'member'],
		[`/posts/${story.id}`, 'host'],
		['/threads', 'host'],
		['/members/author', 'host'],
	] as const;
};

test.each([
	{ width: 1280, height: 800 },
	{ width: 390, height: 844, hasTouch: true },
])(
	'at $width pixels the focus goes through every page, is always seen, and comes out',
	async (size) => {
		const problems: string[] = [];
		for (const [path, as] of pages()) {
			const { page } = await open(as, size);
			await page.goto(path, { waitUntil: 'networkidle' });
			for (const summary of await page.locator('main summary').all())
				await summary.evaluate((element) => element.parentElement!.setAttribute('open', ''));
			const { stops, problems: found } = await walk(page);
			problems.push(...found.map((problem) => `${path} ${as}: ${problem}`));
			expect(stops.length).toBeGreaterThan(10);
		}
		expect(problems).toEqual([]);
	},
	120_000,
);

test('after “More replies” the focus is on the first of them', async () => {
	const { author, host } = forum.people;
	const story = { kind: 'story', title: 'Fifty-one calls', body: 'One a day.' };
	const { id } = await author.send<{ id: number }>('POST', '/api/threads/ownership/posts', story);
	for (let call = 1; call <= 51; call++)
		await host.send('POST', `/api/posts/${id}/replies`, { body: `Call ${call}.` });
	const { page, untilLive } = await open();
	await page.goto(`/posts/${id}?sort=new`);
	await untilLive();
	await page.getByRole('link', { name: 'More replies' }).press('Enter');
	await page.locator('article:focus', { hasText: 'Call 1.' }).waitFor();
});
