import { openDatabase } from '../../db/client.ts';
import { type App, buildApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { createPostgresBus } from '../../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../../server/renderer.ts';

/** A statement as it was sent, with its parameters. */
export type Statement = { text: string; values: unknown[] };

/** The whole site on a database, without a port, that tells what it reads there. */
export type ListeningApp = {
	app: App;
	/** Asks for an address; returns the answer's body and the reading statements that it took. */
	ask(url: string, cookie?: string): Promise<{ body: string; statements: Statement[] }>;
	/** What is read while something else is done. */
	listen(act: () => Promise<unknown>): Promise<Statement[]>;
	close(): Promise<void>;
};

/** Opens a site whose live parts do not read by themselves for an hour. */
export async function openListeningApp(url: string): Promise<ListeningApp> {
	let statements: Statement[] = [];
	const database = openDatabase(url, {
		onQuery: (text, values) => {
			if (/^\s*(select|with)\b/i.test(text)) statements.push({ text, values });
		},
	});
	const hour = 3_600_000;
	const app = await buildApp({
		config: readConfig({ RATE_LIMIT: 'off', LOG_LEVEL: 'silent' }),
		database,
		bus: createPostgresBus({ url, log: { warn: () => {} } }),
		renderer: await createBuiltRenderer(),
		intervals: { poll: hour, check: hour, heartbeat: hour },
	});
	const listen = async (act: () => Promise<unknown>) => {
		statements = [];
		await act();
		return statements;
	};
	return {
		app,
		listen,
		async ask(url, cookie) {
			let body = '';
			const asked = await listen(async () => {
				const headers = { accept: 'text/html', ...(cookie && { cookie }) };
				const response = await app.inject({ url, headers });
				if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode}`);
				({ body } = response);
			});
			return { body, statements: asked };
		},
		async close() {
			await app.close();
			await database.close();
		},
	};
}
