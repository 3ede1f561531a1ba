import { expect, test } from 'vitest';
import { cloneDeep, get, has, isEqual, set, toPath } from '../client/lib/inertia-needs.ts';

test('a copy shares no list and no object with what it is of, and hands on the rest', () => {
	const act = () => {};
	const address = new URL('https://example.com');
	const original = { list: [{ n: 1 }, null], act, address, bare: Object.create(null) as object };
	const copy = cloneDeep(original);
	expect(copy).toEqual(original);
	expect(copy.list).not.toBe(original.list);
	expect(copy.list[0]).not.toBe(original.list[0]);
	expect(copy.act).toBe(act);
	expect(copy.address).toBe(address);
});

test.each([
	[{ a: [1, { b: null }] }, { a: [1, { b: null }] }, true],
	[{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
	[Number.NaN, Number.NaN, true],
	[{ a: 1 }, { a: 1, b: undefined }, false],
	[{ b: undefined }, { a: undefined }, false],
	[[1, 2], [2, 1], false],
	[[], {}, false],
	[{}, [], false],
	[{}, null, false],
	['1', 1, false],
])('%j and %j are equal: %s', (one, other, equal) => {
	expect(isEqual(one, other)).toBe(equal);
});

test('a path leads through objects and lists', () => {
	const holder = { stories: { items: [{ id: 7 }], next: undefined } };
	expect(toPath('stories.items[0].id')).toEqual(['stories', 'items', '0', 'id']);
	expect(get(holder, 'stories.items[0].id')).toBe(7);
	expect(get(holder, ['stories', 'items', 0, 'id'])).toBe(7);
	expect(get(holder, 'stories.items.3.id', 'none')).toBe('none');
	expect(get(null, 'stories')).toBeUndefined();
	expect(has(holder, 'stories.next')).toBe(true);
	expect(has(holder, 'stories.last')).toBe(false);
	expect(has(holder, 'stories.next.id')).toBe(false);
});

test('what is put at a path finds its way there, and never into what all objects share', () => {
	expect(set({}, 'a.b', 1)).toEqual({ a: { b: 1 } });
	expect(set({}, 'list.1', 'x')).toEqual({ list: [undefined, 'x'] });
	expect(set({ a: { b: 1, c: 2 } }, 'a.b', 3)).toEqual({ a: { b: 3, c: 2 } });
	expect(set({ a: 5 }, 'a.b', 1)).toEqual({ a: { b: 1 } });
	set({}, '__proto__.polluted', true);
	set({}, 'constructor.prototype.polluted', true);
	expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
