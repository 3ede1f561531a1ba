import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Site, startSite } from '../server.ts';

let site: Site;

beforeAll(async () => {
	site = await startSite({ SEED: 'none' });
});
afterAll(() => site.close());
afterAll(() => expect(site.complaints()).toEqual(['something']));

test('the site is there', async () => {
	expect((await fetch(`${site.url}/health/ready`)).status).toBe(200);
});
