import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Runs the files beside it, which fail at their ends, as the tests are run. */
export default defineConfig({
	test: {
		root: fileURLToPath(new URL('../../..', import.meta.url)),
		include: ['test/support/left-open/fails-*.ts'],
		setupFiles: './test/support/close-after-file.ts',
		hookTimeout: 120_000,
	},
});
