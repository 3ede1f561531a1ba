import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import type { Post } from '../server/posts/schema.ts';
import { openBrowser, signIn, visit } from './support/browser.ts';
import { type Site, startSite } from './support/server.ts';

const password = 'correct horse battery staple';
const eventsPerSecond = 20;
const shortText = 'Mine until it is done.';
const longText =
	'When the customer calls at six in the evening, it is still mine, also the part that another ' +
	'department has promised and forgotten, and I say so before anybody asks. That is the whole of it.';
const words = 'Every key of this has to come. ';

/** Someone who uses the API. */
export class Person {
	readonly #url: string;
	#cookie = '';

	constructor(url: string) {
		this.#url = url;
	}

	get cookie() {
		return this.#cookie;
	}

	async send<T = unknown>(method: string, address: string, body?: unknown): Promise<T> {
		const response = await fetch(this.#url + address, {
			method,
			headers: {
				...(this.#cookie && { cookie: this.#cookie }),
				...(body !== undefined && { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const set = response.headers.getSetCookie()[0];
		if (set) this.#cookie = set.split(';')[0]!;
		const text = await response.text();
		if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${text}`);
		return (text ? JSON.parse(text) : undefined) as T;
	}
}

export type Stage = {
	site: Site;
	host: Person;
	writers: Person[];
	answer: Post;
	/** posts with who wrote them */
	posts: { post: Post; author: Person }[];
	close(): Promise<void>;
};

/** @param setUp the token of a link that makes its bearer the host */
export async function join(url: string, handle: string, setUp?: string): Promise<Person> {
	const person = new Person(url);
	await person.send('POST', '/api/accounts', {
		handle,
		name: `Writer ${handle}`,
		email: `${handle}@example.com`,
		password,
		setUp,
	});
	return person;
}

/** A server with the demo content, a host, writers and an answer under which replies go eight levels deep. */
export async function setStage(): Promise<Stage> {
	const site = await startSite({ LOG_LEVEL: 'warn' });
	const host = new Person(site.url);
	const hostPassword = await readFile(path.join(site.dataDir, 'demo-host-password'), 'utf8');
	const email = 'host@weigh-in.example';
	await host.send('POST', '/api/session', { email, password: hostPassword.trim() });
	const writers: Person[] = [];
	for (let i = 0; i < 8; i++) writers.push(await join(site.url, `writer_${i}`));
	const posts: Stage['posts'] = [];
	const write = async (author: Person, address: string, body: object) => {
		const post = await author.send<Post>('POST', address, body);
		posts.push({ post, author });
		return post;
	};
	for (const [i, writer] of writers.entries())
		await write(writer, '/api/threads/ownership/posts', {
			kind: 'definition',
			body: i % 2 ? shortText : longText,
		});
	const answer = await write(writers[0]!, '/api/threads/ownership/posts', {
		kind: 'story',
		title: 'The pallet in the rain',
		body: `${longText}\n\n`.repeat(4),
	});
	for (let i = 0; i < 8; i++) {
		let parent = answer.id;
		for (let depth = 0; depth < (i % 4 === 1 ? 8 : 3); depth++) {
			const body = (i + depth) % 2 ? shortText : longText;
			const author = writers[(i + depth) % writers.length]!;
			parent = (await write(author, `/api/posts/${parent}/replies`, { body })).id;
		}
	}
	return { site, host, writers, answer, posts, close: () => site.close() };
}

/** Lets twenty things a second happen until it is stopped; returns how many did. */
export function makeEvents(
	{ host, writers, posts, answer }: Stage,
	{ spare = [], perSecond = eventsPerSecond }: { spare?: number[]; perSecond?: number } = {},
) {
	const counts: Record<string, number> = {};
	const failures: string[] = [];
	const voted = new Set<string>();
	const removed = new Set<number>();
	let seed = 7;
	const random = (below: number) => {
		seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
		return Math.floor((seed / 2 ** 31) * below);
	};
	const pick = <T>(items: T[]): T => items[random(items.length)]!;
	const changeable = () =>
		pick(posts.filter(({ post }) => !spare.includes(post.id) && !removed.has(post.id)));
	const standing = () => pick(posts.filter(({ post }) => !removed.has(post.id)));

	const acts: Record<string, () => Promise<unknown>> = {
		async vote() {
			const { post, author } = standing();
			const voter = pick(writers.filter((writer) => writer !== author));
			const key = `${post.id} ${writers.indexOf(voter)}`;
			const method = voted.delete(key) ? 'DELETE' : (voted.add(key), 'PUT');
			await voter.send(method, `/api/posts/${post.id}/upvote`);
		},
		async reply() {
			const { post } = pick(
				posts.filter(({ post }) => post.answerId === answer.id && !removed.has(post.id)),
			);
			await pick(writers).send('POST', `/api/posts/${post.id}/replies`, {
				body: pick([shortText, longText]),
			});
		},
		story: () =>
			pick(writers).send('POST', '/api/threads/ownership/posts', {
				kind: 'story',
				title: 'What came of it',
				body: longText,
			}),
		async edit() {
			const { post, author } = changeable();
			const body = pick([shortText, longText, `${longText} ${longText}`]);
			await author.send('PATCH', `/api/posts/${post.id}`, { body: `${body} ${random(1000)}` });
		},
		async feature() {
			const { post } = changeable();
			await host.send('PUT', `/api/posts/${post.id}/feature`, {
				...(random(2) && { note: longText }),
			});
		},
		async unfeature() {
			const { post } = changeable();
			await host.send('DELETE', `/api/posts/${post.id}/feature`).catch(() => {});
		},
		async remove() {
			const { post } = changeable();
			if (removed.size > 8 || post.id === answer.id) return;
			removed.add(post.id);
			await host.send('PUT', `/api/posts/${post.id}/removal`, { reason: 'Off the question' });
		},
		async restore() {
			const [id] = removed;
			if (id === undefined) return;
			await host.send('DELETE', `/api/posts/${id}/removal`);
			removed.delete(id);
		},
	};
	const program = [
		'vote',
		'reply',
		'vote',
		'edit',
		'vote',
		'feature',
		'vote',
		'reply',
		'remove',
		'edit',

		'vote',
		'story',
		'vote',
		'unfeature',
		'reply',
		'vote',
		'edit',
		'restore',
		'vote',
		'feature',
	];
	let made = 0;
	const running = new Set<Promise<void>>();
	const timer = setInterval(() => {
		const name = program[made++ % program.length]!;
		const run: Promise<void> = acts[name]!()
			.then(
				() => void (counts[name] = (counts[name] ?? 0) + 1),
				(error: Error) => void failures.push(error.message),
			)
			.finally(() => running.delete(run));
		running.add(run);
	}, 1000 / perSecond);
	return {
		get made() {
			return made;
		},
		async stop() {
			clearInterval(timer);
			await Promise.all(running);
			return { counts, failures };
		},
	};
}

/** Signs a new member in on a page of the given width. */
export async function openReader(
	browser: Browser,
	{ site, handle, width }: { site: Site; handle: string; width: number },
) {
	const person = await join(site.url, handle);
	const visitor = await visit(browser, site.url, { width, height: width < 600 ? 844 : 800 });
	await signIn(visitor.page.context(), site.url, person);
	return { ...visitor, person };
}

type Watch = {
	shifts: { value: number; recent: boolean; sources: string[] }[];
	moved: number;
	lost: number;
};

/** Notes every layout shift and, in every frame, how far the elements matching `selector` have moved. */
export async function watchPage(page: Page, selector: string): Promise<void> {
	await page.evaluate((selector) => {
		const watch: Watch & { keep?: boolean } = { shifts: [], moved: 0, lost: 0 };
		(window as unknown as { watch: Watch }).watch = watch;
		const name = (node: Node | null) => {
			const element = node instanceof Element ? node : node?.parentElement;
			const post = element?.closest('[id]')?.id ?? '';
			return `${post} ${element?.tagName}.${element?.className} ${node?.textContent?.slice(0, 20)}`;
		};
		new PerformanceObserver((list) => {
			for (const entry of list.getEntries() as unknown as {
				value: number;
				hadRecentInput: boolean;
				sources: { node: Node | null; previousRect: DOMRect; currentRect: DOMRect }[];
			}[])
				watch.shifts.push({
					value: entry.value,
					recent: entry.hadRecentInput,
					sources: entry.sources.map(
						({ node, previousRect: a, currentRect: b }) =>
							`${name(node)} ${a.x},${a.y},${a.height}→${b.x},${b.y},${b.height}`,
					),
				});
		}).observe({ type: 'layout-shift' });
		const start = document.querySelector(selector)!.getBoundingClientRect().top;
		const look = () => {
			const element = document.querySelector(selector);
			if (!element) watch.lost += 1;
			else
				watch.moved = Math.max(watch.moved, Math.abs(element.getBoundingClientRect().top - start));
			requestAnimationFrame(look);
		};
		look();
	}, selector);
}

export const readWatch = (page: Page): Promise<Watch> =>
	page.evaluate(() => (window as unknown as { watch: Watch }).watch);

export type Result = {
	name: string;
	shift: number;
	moved: number;
	lost: number;
	sources: string[];
	problem: string;
	complaints: string[];
};

/** Puts the middle one of the elements that match into the middle of the window and returns its post's id. */
async function settleOn(page: Page, selector: string): Promise<number> {
	return page.evaluate((selector) => {
		const all = [...document.querySelectorAll<HTMLElement>(selector)];
		const element = all[Math.floor(all.length / 2)]!;
		element.scrollIntoView({ block: 'center', behavior: 'instant' });
		element.querySelector('.words')!.setAttribute('data-watched', '');
		return Number(element.id.replace('post-', ''));
	}, selector);
}

/** Reads and writes on open pages while twenty things happen a second, and tells what has moved. */
export async function measure(
	browser: Browser,
	stage: Stage,
	{ seconds, widths = [1280, 390] }: { seconds: number; widths?: number[] },
): Promise<{ results: Result[]; counts: Record<string, number>; failures: string[] }> {
	const { site, answer } = stage;
	const conversation = `/posts/${answer.id}`;
	const pages: { name: string; open: Awaited<ReturnType<typeof openReader>>; typing: boolean }[] =
		[];
	const spare: number[] = [];
	for (const width of widths) {
		const reader = async (name: string, address: string) => {
			const handle = `r${name}${width}_${Math.floor(Math.random() * 1e6)}`;
			const open = await openReader(browser, { site, handle, width });
			await open.page.goto(address, { waitUntil: 'networkidle' });
			return open;
		};
		const answers = await reader('answers', '/');
		spare.push(await settleOn(answers.page, 'li[id^=post-]:has(.rank)'));
		pages.push({ name: `answers ${width}`, open: answers, typing: false });

		const replies = await reader('replies', conversation);
		spare.push(await settleOn(replies.page, 'article[id^=post-]:not(.story)'));
		pages.push({ name: `replies ${width}`, open: replies, typing: false });

		const box = await reader('box', conversation);
		const id = await settleOn(box.page, 'article[id^=post-]:not(.story)');
		spare.push(id);
		await box.page.locator(`#post-${id} .act`, { hasText: 'Reply' }).first().click();
		await box.page.locator(`#reply-${id} textarea`).focus();
		await box.page.locator(`#reply-${id} textarea`).evaluate((box) => {
			box.scrollIntoView({ block: 'center', behavior: 'instant' });
			box.setAttribute('data-typed', '');
		});
		pages.push({ name: `reply box ${width}`, open: box, typing: true });

		const story = await reader('story', '/threads/ownership/stories/new');
		await story.page.locator('textarea[name=body]').focus();
		const editor = story.page.locator('.ProseMirror');
		await editor.click();
		await editor.evaluate((box) => box.setAttribute('data-typed', ''));
		pages.push({ name: `story form ${width}`, open: story, typing: true });
	}
	await sleep(1500);
	for (const { open, typing } of pages)
		await watchPage(open.page, typing ? '[data-typed]' : '[data-watched]');

	const events = makeEvents(stage, { spare });
	const end = Date.now() + seconds * 1000;
	const problems = await Promise.all(
		pages.map(async ({ open: { page }, typing }) => {
			let written = '';
			while (typing && Date.now() < end) {
				if (written.length < 120) {
					await page.keyboard.type(words, { delay: 50 });
					written += words;
				} else {
					for (const _ of words) await page.keyboard.press('Backspace', { delay: 25 });
					written = written.slice(0, -words.length);
				}
			}
			await sleep(Math.max(0, end - Date.now()));
			if (!typing) return '';
			return page.evaluate((written) => {
				const box = document.querySelector<HTMLElement>('[data-typed]')!;
				if (document.activeElement !== box) return 'The focus is lost.';
				const isField = box instanceof HTMLTextAreaElement;
				const value = isField ? box.value : box.textContent;
				if (value !== written) return `Typed ${written}, found ${value}`;
				const { focusNode, focusOffset } = getSelection()!;
				const before = document.createRange();
				before.selectNodeContents(box);
				if (!isField && focusNode) before.setEnd(focusNode, focusOffset);
				const caret = isField ? box.selectionStart : String(before).length;
				if (caret !== written.length) return 'The caret has moved.';
				return '';
			}, written);
		}),
	);
	const { counts, failures } = await events.stop();
	const results: Result[] = [];
	for (const [i, { name, open, typing }] of pages.entries()) {
		const { shifts, moved, lost } = await readWatch(open.page);
		const counted = shifts.filter(({ recent }) => !typing || !recent);
		results.push({
			name,
			shift: counted.reduce((sum, { value }) => sum + value, 0),
			moved,
			lost,
			sources: counted.flatMap(({ sources }) => sources).slice(0, 12),
			problem: problems[i]!,
			complaints: [...open.complaints],
		});
		await open.close();
	}
	return { results, counts, failures };
}

if (import.meta.main) {
	const seconds = Number(process.argv[2] ?? 30);
	const stage = await setStage();
	const browser = await openBrowser();
	try {
		const { results, counts, failures } = await measure(browser, stage, { seconds });
		for (const result of results) console.log(JSON.stringify(result, null, 1));
		console.log(counts, failures);
		const isStill = results.every(
			({ shift, moved, problem }) => shift === 0 && moved < 1 && problem === '',
		);
		process.exitCode = isStill ? 0 : 1;
	} finally {
		await browser.close();
		await stage.close();
	}
}
