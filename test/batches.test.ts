import { expect, test } from 'vitest';
import { Batches } from '../server/batches.ts';

type Item = { key: string; value: number };

/** Batches whose writing ends when it is told to, and what was written. */
function open(fail: (items: Item[]) => unknown = () => null) {
	const written: number[][] = [];
	const told: string[] = [];
	const ends: (() => void)[] = [];
	const batches = new Batches<Item, string>({
		keyOf: ({ key }) => key,
		async write(items) {
			written.push(items.map(({ value }) => value));
			await new Promise<void>((resolve) => ends.push(resolve));
			const error = fail(items);
			if (error) throw error;
			return items.map(({ value }) => `wrote ${value}`);
		},
		tell: (_items, results) => told.push(...results),
	});
	const turn = () => new Promise((resolve) => setTimeout(resolve, 1));
	const end = async () => {
		await turn();
		ends.shift()?.();
		await turn();
	};
	const add = (value: number, key = String(value)) => batches.add({ key, value });
	return { written, told, add, end };
}

test('what arrives while a batch is on its way goes together, and each gets its own result', async () => {
	const { written, add, end } = open();
	const first = add(1);
	await end();
	expect(await first).toBe('wrote 1');
	const second = add(2);
	await new Promise((resolve) => setImmediate(resolve));
	const others = [add(3), add(4), add(5)];
	await end();
	expect(await second).toBe('wrote 2');
	await end();
	expect(await Promise.all(others)).toEqual(['wrote 3', 'wrote 4', 'wrote 5']);
	expect(written).toEqual([[1], [2], [3, 4, 5]]);
});

test('what was written is told and answered while the next is on its way, in that order', async () => {
	const { written, told, add, end } = open();
	const seen: unknown[] = [];
	const first = add(1).then(() => seen.push([...told], [...written]));
	await new Promise((resolve) => setImmediate(resolve));
	const second = add(2);
	await end();
	await first;
	expect(seen).toEqual([['wrote 1'], [[1], [2]]]);
	await end();
	await second;
	expect(told).toEqual(['wrote 1', 'wrote 2']);
});

test('of one key there is one at a time, in the order of arrival', async () => {
	const { written, add, end } = open();
	const all = [add(1, 'a'), add(2, 'b'), add(3, 'a'), add(4, 'a'), add(5, 'c')];
	for (const _ of all) await end();
	await Promise.all(all);
	expect(written).toEqual([[1, 2, 5], [3], [4]]);
});

test('one that fails leaves the others alone', async () => {
	const { written, add, end } = open(
		(items) => items.some(({ value }) => value === 2) && new Error('two'),
	);
	const all = Promise.allSettled([add(1), add(2), add(3)]);
	for (let n = 0; n < 4; n++) await end();
	expect(await all).toMatchObject([
		{ value: 'wrote 1' },
		{ reason: { message: 'two' } },
		{ value: 'wrote 3' },
	]);
	expect(written).toEqual([[1, 2, 3], [1], [2], [3]]);
});

test('a database that is away is not asked again for each', async () => {
	const away = Object.assign(new Error('terminating connection'), { code: '57P01' });
	const { written, add, end } = open(() => away);
	const all = Promise.allSettled([add(1), add(2), add(3)]);
	await end();
	expect(await all).toMatchObject([{ reason: away }, { reason: away }, { reason: away }]);
	expect(written).toEqual([[1, 2, 3]]);
});
