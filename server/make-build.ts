import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('../', import.meta.url));
const settings = { configFile: join(root, 'vite.config.ts'), logLevel: 'warn' } as const;

async function makeClient(draft: string): Promise<void> {
	const { subsetFonts } = await import('./build-fonts.ts');
	await build({ ...settings, build: { outDir: join(draft, 'client') } });
	await build({ ...settings, build: { outDir: join(draft, 'server'), ssr: true } });
	await build({
		configFile: false,
		logLevel: 'warn',
		build: {
			outDir: join(draft, 'client'),
			emptyOutDir: false,
			target: 'es2022',
			rolldownOptions: {
				input: join(root, 'client/offline/service-worker.ts'),
				output: { format: 'iife', entryFileNames: 'service-worker.js' },
			},
		},
	});
	const assets = join(draft, 'client', 'assets');
	await Promise.all([compressFiles(assets), subsetFonts(assets)]);
}

async function makeServer(draft: string): Promise<void> {
	await build({ ...settings, mode: 'server', build: { outDir: draft } });
}

/** Puts a `.br` and a `.gz` beside every script and style sheet, as small as they get. */
async function compressFiles(folder: string): Promise<void> {
	const files = await Array.fromAsync(glob('*.{js,css}', { cwd: folder }));
	await Promise.all(
		files.map(async (file) => {
			const path = join(folder, file);
			const content = await readFile(path);
			const params = {
				[constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
				[constants.BROTLI_PARAM_SIZE_HINT]: content.length,
			};
			const level = constants.Z_BEST_COMPRESSION;
			await writeFile(`${path}.br`, await promisify(brotliCompress)(content, { params }));
			await writeFile(`${path}.gz`, await promisify(gzip)(content, { level }));
		}),
	);
}

// nobody waits for it any more
process.once('disconnect', () => process.exit(1));
process.channel?.unref();

const [kind, folder] = process.argv.slice(2);
if (kind === 'server') await makeServer(folder!);
else await makeClient(folder!);
