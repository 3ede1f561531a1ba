import { expect, test } from 'vitest';
import { playChaos } from './chaos.ts';

test.each(['postgres', 'redis'] as const)(
	'with %s as the bus, every socket has every event and the right state, whatever was killed',
	async (bus) => {
		const outcome = await playChaos({ seconds: 12, sockets: 40, writers: 8, bus });
		expect(outcome.problems).toEqual([]);
		expect(outcome.restarts).toEqual({ postgres: 1, redis: bus === 'redis' ? 2 : 0 });
		expect(outcome.kills).toBeGreaterThan(2);
		expect(outcome.connections).toBeGreaterThan(40);
		expect(outcome.visible).toBeGreaterThan(0);
	},
	300_000,
);
