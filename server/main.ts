import { enableCompileCache, registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Packages of many files that are all ES modules and name each other by their whole relative path. */
const large = /\/node_modules\/(drizzle-orm|typebox)\//;

// before anything else is loaded: what Node has compiled once it need not compile at the next start
enableCompileCache(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
// nor need it read all of a package's package.json, 180 kB in one case, for each file to know what it is
registerHooks({
	resolve(specifier, context, next) {
		const { parentURL } = context;
		if (!specifier.startsWith('.') || !parentURL || !large.test(parentURL))
			return next(specifier, context);
		return { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true };
	},
});
await import('./start.ts');
