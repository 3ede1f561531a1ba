import { afterAll, beforeAll, expect, test } from 'vitest';
import { playBounds } from './bounds.ts';
import { constant, elsewhere, rows } from './bounds/rows.ts';
import { createTestApp, type TestApp } from './support/app.ts';
import { listRoutes } from './support/routes.ts';
import { closeSite } from './support/scenes.ts';

let site: TestApp;

beforeAll(async () => {
	site = await createTestApp();
});
afterAll(() => closeSite(site));

test('every route is named where its work is bounded, and no other is', () => {
	const routes = listRoutes(site.app).filter((route) => !route.endsWith(' /malformed-address'));
	const named = [
		...rows.flatMap((row) => row.routes),
		...Object.keys(elsewhere),
		...Object.keys(constant),
	];
	expect(routes.length).toBeGreaterThan(50);
	expect([...new Set(named)].sort()).toEqual(routes.sort());
});

test('nothing that is sent takes more time, memory or output than its bound', async () => {
	const { problems, inputs, worst } = await playBounds(site, { most: 4 });
	expect(problems).toEqual([]);
	expect(inputs).toBeGreaterThan(3 * rows.length);
	expect(worst.every(({ ratio }) => ratio > 0)).toBe(true);
}, 240_000);
