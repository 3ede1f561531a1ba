/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const source = (name: string) => fileURLToPath(new URL(`client/${name}`, import.meta.url));

/**
 * Has the functions of the first script compiled on another thread while it arrives, not each at its first call, see
 * https://v8.dev/blog/explicit-compile-hints. The comment counts at the very beginning only, where Vite writes too.
 */
const compileAhead: Plugin = {
	name: 'compile-ahead',
	enforce: 'post',
	generateBundle: {
		order: 'post',
		handler(_options, bundle) {
			for (const chunk of Object.values(bundle))
				if (chunk.type === 'chunk' && chunk.isEntry)
					chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
		},
	},
};

export default defineConfig(({ isSsrBuild }) => ({
	root: 'client',
	plugins: [
		svelte({
			configFile: false,
			compilerOptions: {
				runes: true,
				// Half as long as they are by default: each element of a document has one.
				cssHash: ({ hash, filename }) => `s${hash(filename).slice(0, 4)}`,
			},
		}),
		compileAhead,
	],
	resolve: {
		alias: [
			{
				find: /^(es-toolkit(\/compat)?|laravel-precognition)$/,
				replacement: source('lib/inertia-needs.ts'),
			},
		],
	},
	appType: 'custom',
	server: { middlewareMode: true },
	build: {
		outDir: isSsrBuild ? '../dist/server' : '../dist/client',
		emptyOutDir: true,
		manifest: !isSsrBuild,
		target: 'es2022',
		assetsInlineLimit: 0,
		// Each style sheet more is a round trip before the first words show.
		cssCodeSplit: false,
		modulePreload: { polyfill: false },
		rolldownOptions: {
			input: source(isSsrBuild ? 'entry-server.ts' : 'entry-client.ts'),
			checks: { bundlerTimings: false },
			// What every page needs stands in one file, with Svelte and Inertia, what two need in another; of small files each costs its headers.
			output: isSsrBuild
				? {}
				: {
						codeSplitting: {
							groups: [
								{ name: 'entry-client', tags: ['$initial'], priority: 1 },
								{
									name: 'shared',
									test: /\/client\/(?!editor|completion|offline|outbox|lib\/draft)/,
									minShareCount: 2,
								},
							],
						},
					},
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
