import { expect, test } from 'vitest';
import { playRequests } from './cache-safety.ts';

test('no cache changes an answer, whoever asked before, and whatever for', async () => {
	const outcome = await playRequests({ requests: 1_200 });
	expect(outcome.difference).toBeNull();
	expect(outcome.problems).toEqual([]);
	expect(outcome.requests).toBeGreaterThanOrEqual(1_200);
	expect(outcome.writes).toBeGreaterThan(15);
	for (const status of [200, 304, 400, 401, 404, 409])
		expect([status, outcome.statuses[status] ?? 0]).not.toEqual([status, 0]);
}, 120_000);
