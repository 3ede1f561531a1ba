/**
 * A process that uses the embedded database like the server (`hold`) or a command (`join`):
 * prints one line of JSON, { url } or { refusal }, waits for SIGTERM, and stops.
 *
 * node embedded-server.ts <data folder> <hold | join> [settings as JSON]
 */
import { EmbeddedDatabaseError, startEmbedded } from '../../db/embedded.ts';

const [dataDir = '', mode, settings = '{}'] = process.argv.slice(2);
const log = { info: console.error, error: console.error };

try {
	const database = await startEmbedded({
		dataDir,
		hold: mode === 'hold',
		log,
		settings: JSON.parse(settings),
	});
	process.once('SIGTERM', () => void database.stop());
	console.log(JSON.stringify({ url: database.url }));
} catch (error) {
	if (!(error instanceof EmbeddedDatabaseError)) throw error;
	console.log(JSON.stringify({ refusal: error.message }));
}
