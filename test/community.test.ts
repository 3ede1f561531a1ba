import { expect, test } from 'vitest';
import { playCommunity } from './community.ts';
import { openSetUp } from './support/set-up.ts';
import { startSite } from './support/server.ts';

test('twenty members at once leave one and the same story in sockets, API, pages and rows', async () => {
	const site = await startSite({ SEED: 'none' });
	try {
		const databaseUrl = await site.readDatabaseUrl();
		const outcome = await playCommunity({
			url: site.url,
			setUp: await openSetUp(databaseUrl),
			databaseUrl,
		});
		expect(outcome.problems).toEqual([]);
		expect(outcome).toMatchObject({ sockets: 60 });
		expect(outcome.posts).toBeGreaterThan(100);
		expect(outcome.upvotes).toBeGreaterThan(50);
		expect(outcome.features).toBeGreaterThan(5);
		expect(site.complaints()).toEqual([]);
	} finally {
		await site.close();
	}
}, 120_000);
