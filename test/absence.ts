import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { Post } from '../server/posts/schema.ts';
import {
	makeEvents,
	openReader,
	readWatch,
	setStage,
	type Stage,
	watchPage,
} from './motionless.ts';
import { openBrowser } from './support/browser.ts';

/** Most events that the absent page misses, and how fast they are tried. */
const missed = { events: 520, perSecond: 150 };

export type Absence = {
	/** from the network's return until the page is right */
	milliseconds: number;
	/** posts on the page, and those whose score is not the API's */
	shown: number;
	wrong: number[];
	/** by how much what was read has moved, in px */
	moved: number;
	lost: number;
	isSameDocument: boolean;
};

/** Cuts a reader's network for some seconds while 500 events happen, and looks at what the page makes of it. */
export async function measureAbsence(
	browser: Browser,
	stage: Stage,
	{ seconds }: { seconds: number },
): Promise<Absence> {
	const { site, writers, host, answer, posts } = stage;
	const open = await openReader(browser, { site, handle: 'absent', width: 1280 });
	const { page } = open;
	await page.goto(`/posts/${answer.id}`, { waitUntil: 'networkidle' });
	const { post } = posts.at(-3)!;
	const selector = `#post-${post.id} .words`;
	await page
		.locator(selector)
		.evaluate((words) => words.scrollIntoView({ block: 'center', behavior: 'instant' }));
	await page.evaluate(() => Object.assign(window, { isSame: true }));
	await watchPage(page, selector);

	const end = Date.now() + seconds * 1000;
	await page.context().setOffline(true);
	await sleep(200);
	const events = makeEvents(stage, { spare: [post.id], perSecond: missed.perSecond });
	while (events.made < missed.events) await sleep(20);
	await events.stop();
	await writers[5]!.send('POST', `/api/posts/${answer.id}/replies`, { body: 'The last word.' });
	const { replyCount } = await host.send<Post>('GET', `/api/posts/${answer.id}`);
	await sleep(Math.max(0, end - Date.now()));

	const start = performance.now();
	await page.context().setOffline(false);
	await page
		.locator('#conversation', { hasText: new RegExp(`^\\s*${replyCount} replies\\s*$`) })
		.waitFor();
	const milliseconds = Math.round(performance.now() - start);

	const shown = await page.evaluate(() =>
		[...document.querySelectorAll('article:has(> .acts .score)')].map(({ id }) => ({
			id: Number(id.replace('post-', '')),
			score: Number(document.querySelector(`#${id} > .acts .score`)!.textContent),
		})),
	);
	const checks = shown.map(async ({ id, score }) => {
		const now = await host.send<Post>('GET', `/api/posts/${id}`);
		return now.score === score ? [] : [id];
	});
	const wrong = (await Promise.all(checks)).flat();
	const { moved, lost } = await readWatch(page);
	const isSameDocument = await page.evaluate(() => 'isSame' in window);
	await open.close();
	return { milliseconds, shown: shown.length, wrong, moved, lost, isSameDocument };
}

if (import.meta.main) {
	const seconds = Number(process.argv[2] ?? 120);
	const stage = await setStage();
	const browser = await openBrowser();
	try {
		const absence = await measureAbsence(browser, stage, { seconds });
		console.log(JSON.stringify({ seconds, ...absence }));
		const { milliseconds, wrong, moved, isSameDocument } = absence;
		const isRight = wrong.length === 0 && moved < 1 && isSameDocument;
		process.exitCode = isRight && milliseconds < 2_000 ? 0 : 1;
	} finally {
		await browser.close();
		await stage.close();
	}
}
