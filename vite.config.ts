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

/** In place of parts of Inertia that nothing here reaches: its window for developers, histories in cipher, pages fetched ahead. */
const unreached: Record<string, string> = {
	dialog: 'var dialog_default = { show() {} };',
	encryption: `var historySessionStorageKeys = { key: 'historyKey', iv: 'historyIv' };
		var encryptHistory = () => Promise.reject(new Error('No history here is in cipher.'));
		var decryptHistory = encryptHistory;`,
	poll: '',
	prefetched: `var none = () => null;
		var prefetchedRequests = {
			add: none,
			findCached: none,
			findInFlight: none,
			get: none,
			remove: none,
			removeAll: none,
			removeByTags: none,
			updateCachedOncePropsFromCurrentPage: none,
			use: none,
		};`,
	polls: 'var polls = { count: 0, add() {}, clear() {} };',
};

const trimInertia: Plugin = {
	name: 'trim-inertia',
	transform: {
		filter: { id: /\/@inertiajs\/core\/dist\/index\.js$/ },
		handler(code) {
			let trimmed = code;
			for (const [name, stub] of Object.entries(unreached)) {
				// what it imports may stand apart from what it is
				const parts = [
					...trimmed.matchAll(new RegExp(`// src/${name}\\.ts\n.*?\n(?=// src/)`, 'gs')),
				];
				if (parts.length === 0) this.error(`Inertia has no part ${name} any more.`);
				for (const [part] of parts) trimmed = trimmed.replace(part, '');
				trimmed += `${stub}\n`;
				for (const [, object, members] of stub.matchAll(/var (\w+) = (\{.*?\});/gs))
					for (const [used, member] of trimmed.matchAll(new RegExp(`\\b${object}\\.(\\w+)`, 'g')))
						if (!new RegExp(`\\b${member}\\b`).test(members!))
							this.error(`Inertia asks for ${used}, which what stands for it does not have.`);
			}
			return { code: trimmed, map: null };
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
		trimInertia,
	],
	resolve: {
		alias: [
			{
				find: /^(es-toolkit(\/compat)?|laravel-precognition)$/,
				replacement: source('lib/inertia-needs.ts'),
			},
			{ find: 'entities', replacement: source('editor/entities.ts') },
		],
	},
	appType: 'custom',
	server: { middlewareMode: true },
	// also what is loaded at first use: found then, it would have the page loaded anew under whoever uses it
	optimizeDeps: { entries: ['**/*.svelte', '**/*.ts'] },
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
			// Of what makes an extension, a schema or a parser, nothing happens by that alone.
			treeshake: {
				manualPureFunctions: [
					'Extension',
					'Node',
					'Mark',
					'PluginKey',
					'Schema',
					'MarkdownIt',
					'MarkdownParser',
					'MarkdownSerializer',
				],
			},
			// What every page needs stands in one file, with Svelte and Inertia, what two need in another; of small files each costs its headers.
			output: isSsrBuild
				? {}
				: {
						codeSplitting: {
							groups: [
								{ name: 'entry-client', tags: ['$initial'], priority: 1 },
								// What is asked for again when it has failed must need nothing that may have failed with it.
								{ name: 'draft', test: /\/client\/(lib\/draft|posts\/(draft-parts|DraftOther))/ },
								// The library under the editor changes less often than the editor.
								{ name: 'prosemirror', test: /\/node_modules\/prosemirror-(?!markdown)/ },
								{ name: 'keys', test: /\/client\/keyboard\/(keys|settings)\.ts/ },
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
		// a second, as it is by itself, is short on a machine that does other things as well
		expect: { poll: { timeout: 20_000 } },
		hookTimeout: 120_000,
		maxWorkers: 2,
	},
});
