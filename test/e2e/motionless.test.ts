import type { Browser } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { measureAbsence } from '../absence.ts';
import { measure, setStage, type Stage } from '../motionless.ts';
import { openBrowser } from '../support/browser.ts';

/** `test/motionless.ts` and `test/absence.ts` are the long forms. */
const seconds = 8;

let stage: Stage;
let browser: Browser;

beforeAll(async () => {
	[stage, browser] = await Promise.all([setStage(), openBrowser()]);
});

test('twenty events a second move nothing that is read or written', async () => {
	const { results, counts } = await measure(browser, stage, { seconds });
	expect(Object.keys(counts).toSorted()).toEqual(
		['edit', 'feature', 'remove', 'reply', 'restore', 'story', 'unfeature', 'vote'].toSorted(),
	);
	for (const { name, shift, moved, lost, sources, problem, complaints } of results)
		expect({ name, shift, moved: Math.floor(moved), lost, sources, problem, complaints }).toEqual({
			name,
			shift: 0,
			moved: 0,
			lost: 0,
			sources: [],
			problem: '',
			complaints: [],
		});
}, 120_000);

test('after an absence with 500 events the page is right, where it was, without a reload', async () => {
	const absence = await measureAbsence(browser, stage, { seconds: 0 });
	expect(absence.shown).toBeGreaterThan(10);
	expect({ ...absence, moved: Math.floor(absence.moved) }).toMatchObject({
		wrong: [],
		moved: 0,
		lost: 0,
		isSameDocument: true,
	});
}, 120_000);
