/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const source = (name: string) => fileURLToPath(new URL(`client/${name}`, import.meta.url));

export default defineConfig(({ isSsrBuild }) => ({
	root: 'client',
	plugins: [svelte({ configFile: false })],
	appType: 'custom',
	server: { middlewareMode: true },
	build: {
		outDir: isSsrBuild ? '../dist/server' : '../dist/client',
		emptyOutDir: true,
		manifest: !isSsrBuild,
		target: 'es2022',
		assetsInlineLimit: 0,
		rolldownOptions: {
			input: source(isSsrBuild ? 'entry-server.ts' : 'entry-client.ts'),
		},
	},
	ssr: {
		noExternal: isSsrBuild ? true : ['@inertiajs/svelte', '@inertiajs/core', '@lucide/svelte'],
	},
	test: {
		root: '.',
		include: ['test/**/*.test.ts'],
		globalSetup: './test/support/global-setup.ts',
		testTimeout: 30_000,
		hookTimeout: 120_000,
		maxWorkers: 2,
	},
}));
