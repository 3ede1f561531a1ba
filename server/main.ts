import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// before anything else is loaded: what Node has compiled once it need not compile at the next start
enableCompileCache(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
await import('./start.ts');
