import { aroundAll } from 'vitest';
import { closeAll } from './closing.ts';

// Around a file and not after it: where one of its `afterAll` fails, those before it do not run any more.
aroundAll(async (runFile) => {
	await runFile();
	await closeAll();
});
