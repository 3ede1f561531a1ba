import { expect, test } from 'vitest';
import { type Claim, CursorCache } from '../server/cursor-cache.ts';

const topic = 'thread:1';

/** A cache on a topic whose cursor the test sets. */
function open() {
	const live = {
		cursor: 1,
		keep: async () => {},
		readCursor: () => live.cursor,
		askCursor: async () => live.cursor,
	};
	const cache = new CursorCache<string>({ live, most: 100, sizeOf: ({ length }) => length });
	const claim = async () => (await cache.claim('key')) as Claim<string>;
	const keep = (value: string, cursor = live.cursor) => ({ key: 'key', topic, cursor, value });
	return { live, cache, claim, keep };
}

test('what was made is kept until the next event', async () => {
	const { live, cache, claim, keep } = open();
	await (await claim()).end(keep('first'));
	expect(cache.get('key')).toBe('first');
	live.cursor = 2;
	expect(cache.get('key')).toBeUndefined();
});

test('who asks while it is made gets it, unless it was begun before an event that they have seen', async () => {
	const { live, cache, claim, keep } = open();
	const first = await claim();
	const waiting = cache.claim('key');
	await first.end(keep('first'));
	expect(await waiting).toMatchObject({ value: 'first' });

	live.cursor = 2;
	const old = await claim();
	live.cursor = 3;
	const late = [cache.claim('key'), cache.claim('key')];
	await old.end(keep('old', 2));
	const own = (await late[0]) as Claim<string>;
	await own.end(keep('new'));
	expect(await late[1]).toMatchObject({ value: 'new' });
});

test('what was being made when everything was forgotten is not kept', async () => {
	const { cache, claim, keep } = open();
	const before = await claim();
	cache.clear();
	const after = await claim();
	await before.end(keep('before'));
	expect(cache.get('key')).toBeUndefined();
	await after.end(keep('after'));
	expect(cache.get('key')).toBe('after');
});

test('what could not be made is for each to make', async () => {
	const { cache, claim } = open();
	const first = await claim();
	const waiting = cache.claim('key');
	await first.end(null);
	expect(await waiting).toBeNull();
	expect(await claim()).toHaveProperty('end');
});

test('what was made for another key is kept for nobody', async () => {
	const { cache, claim, keep } = open();
	const first = await claim();
	const waiting = cache.claim('key');
	await first.end({ ...keep('another'), key: 'other' });
	expect(await waiting).toBeNull();
	expect([cache.get('key'), cache.get('other')]).toEqual([undefined, undefined]);
});

test('switched off, each makes their own and nothing is kept', async () => {
	const { live, keep } = open();
	const options = { live, most: 100, sizeOf: () => 1, caches: 'off' } as const;
	const cache = new CursorCache<string>(options);
	const claims = [await cache.claim('key'), await cache.claim('key')] as Claim<string>[];
	for (const claim of claims) await claim.end(keep('mine'));
	expect(cache.get('key')).toBeUndefined();
	expect(await cache.confirm('key')).toBeUndefined();
});
