// JavaScript, so that Node need not load its TypeScript before it knows what it has compiled at an earlier start.
import { enableCompileCache } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
if (process.argv.includes('--dev')) await import('./start.ts');
else {
	const { ensureServerBuild } = await import('./build.ts');
	await import(pathToFileURL(await ensureServerBuild()).href);
}
