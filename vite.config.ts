/// <reference types="vitest/config" />
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin, type UserConfig } from 'vite';

const source = (name: string) => fileURLToPath(new URL(`client/${name}`, import.meta.url));

export default defineConfig(({ isSsrBuild = false, mode }) =>
	mode === 'server' ? server : describeClient(isSsrBuild),
);

const server: UserConfig = {
	root: fileURLToPath(new URL('.', import.meta.url)),
	plugins: [keepAddresses()],
	ssr: { noExternal: true },
	build: {
		ssr: 'server/start.ts',
		target: 'node24',
		minify: false,
		rolldownOptions: {
			// Programs for this machine, and what is not needed to serve.
			external: [
				'@fastify/swagger-ui',
				'@node-rs/argon2',
				'@resvg/resvg-js',
				'pg-native',
				'pino',
				'pino-pretty',
				'sharp',
				'subset-font',
				'vite',
			],
			output: { chunkFileNames: '[name]-[hash].js' },
			checks: { bundlerTimings: false },
		},
	},
};

/** A file beside a source is found there, wherever the code of that source has gone. */
function keepAddresses(): Plugin {
	let folder: string;
	return {
		name: 'keep-addresses',
		configResolved({ build }) {
			folder = build.outDir;
		},
		transform: {
			filter: { id: /\/(server|db)\/.*\.ts$/, code: 'import.meta.url' },
			handler(code, id) {
				const address = `new URL(${JSON.stringify(relative(folder, id))}, import.meta.url).href`;
				return code.replaceAll('import.meta.url', address);
			},
		},
	};
}

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

const describeClient = (isSsrBuild: boolean): UserConfig => ({
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
		setupFiles: './test/support/close-after-file.ts',
		testTimeout: 30_000,
		hookTimeout: 120_000,
		maxWorkers: 2,
	},
});
