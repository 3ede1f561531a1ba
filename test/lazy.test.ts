import { glob, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

/** What hands its imports to `lazy` itself. */
const tables = new Set(['client/first-use.ts', 'client/pages.ts']);

test('every script that is loaded when it is needed is asked for again where it did not come', async () => {
	const found: string[] = [];
	for await (const path of glob('client/**/*.{ts,svelte}')) {
		if (tables.has(path)) continue;
		const lines = (await readFile(path, 'utf8')).split('\n');
		const imports = lines.filter((line) => /(?<!typeof )\bimport\(['"`]/.test(line));
		found.push(...imports.map((line) => `${path}: ${line.trim()}`));
	}
	expect(found.length).toBeGreaterThan(5);
	expect(found.filter((line) => !/lazy\(\(\) => import\(/.test(line))).toEqual([]);
});
