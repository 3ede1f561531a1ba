// Runs the command that is named first. JavaScript for the reason that main.js is.
import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

enableCompileCache(fileURLToPath(new URL('../dist/compiled', import.meta.url)));
const [name] = process.argv.splice(2, 1);
await import(`./commands/${name}.ts`);
