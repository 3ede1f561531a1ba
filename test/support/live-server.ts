/**
 * A server on an address's database with intervals of its own: prints its address, and runs until it is killed.
 *
 * node live-server.ts <database address> <intervals as JSON>
 */
import { openDatabase } from '../../db/client.ts';
import { buildApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createPostgresBus } from '../../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../../server/renderer.ts';

const [url = '', intervals = '{}'] = process.argv.slice(2);
const app = await buildApp({
	config: readConfig({ SEED: 'none', LOG_LEVEL: 'silent', RATE_LIMIT: 'off' }),
	database: openDatabase(url),
	bus: createPostgresBus({ url, log: { warn: () => {} } }),
	renderer: await createBuiltRenderer(),
	intervals: JSON.parse(intervals),
});
console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
