import { expect, test } from 'vitest';
import { playKills } from './kill.ts';

test('kill -9 during writes loses nothing that was acknowledged and needs no hand to start again', async () => {
	const outcome = await playKills({ rounds: 4 });
	expect(outcome.problems).toEqual([]);
	expect(outcome.rounds).toBe(4);
	expect(outcome.acknowledged).toBeGreaterThan(40);
	expect(outcome.repeated).toBeGreaterThan(0);
}, 180_000);
