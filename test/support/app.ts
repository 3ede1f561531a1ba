import { eq } from 'drizzle-orm';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { accounts } from '../../db/schema.ts';
import { issueSetUp } from '../../server/accounts/hosts.ts';
import type { Role } from '../../server/accounts/schema.ts';
import { type App, type AppOptions, buildApp } from '../../server/app.ts';
import { type Config, readConfig } from '../../server/config.ts';
import { fillInstallation } from '../../server/installation.ts';
import { createPostgresBus } from '../../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../../server/renderer.ts';
import { closeAtEnd } from './closing.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export const password = 'correct horse battery staple';

export type TestApp = {
	app: App;
	database: TestDatabase;
	/** What the server logged at level warn and above. */
	complaints: string[];
	/** Every line of its log. */
	log: string[];
	/** Someone without an account. */
	reader: Client;
	/** Signs up a new account, with any handle; the first is the host, unless `role` says otherwise. */
	join(handle: string, role?: Role): Promise<Client>;
	/** Makes the server forget what it keeps in memory: its database was changed behind its back. */
	forget(): void;
	close(): Promise<void>;
};

/**
 * A whole site on a database of its own, with the ownership thread and nobody in it.
 *
 * @param settings differ from those of a test: no rate limits, nothing logged but complaints
 */
export function createTestApp(
	settings: Partial<Config> = {},
	options: Pick<AppOptions, 'bodyTime' | 'fetching'> = {},
): Promise<TestApp> {
	return closeAtEnd(openApp(settings, options));
}

async function openApp(
	settings: Partial<Config>,
	options: Pick<AppOptions, 'bodyTime' | 'fetching'>,
): Promise<TestApp> {
	const database = await createTestDatabase();
	const config: Config = {
		...readConfig({ SEED: 'none', LOG_LEVEL: 'warn', RATE_LIMIT: 'off' }),
		...settings,
	};
	await fillInstallation(config, database);
	const complaints: string[] = [];
	const log: string[] = [];
	const write = (line: string) => {
		log.push(line);
		if (JSON.parse(line).level >= 40) complaints.push(line);
	};
	const app = await buildApp({
		...options,
		config,
		database,
		renderer: await createBuiltRenderer(),
		bus: createPostgresBus({
			url: database.url,
			log: { warn: (_details, message) => void complaints.push(message) },
		}),
		logger: {
			level: config.logLevel,
			stream: { write },
		},
	});
	const reader = new Client(app);
	const join = (handle: string, role?: Role) => signUp(app, database, { handle, role });
	const forget = () => app.context.sockets.closeHere({});
	const close = async () => {
		await app.close();
		await database.close();
	};
	return { app, database, complaints, log, reader, join, forget, close };
}

/**
 * Signs up; on a site without a host by a link for setting it up. Handles that nobody may take are given afterwards,
 * as whoever runs an installation can.
 */
export async function signUp(
	app: App,
	{ db }: Pick<TestDatabase, 'db'>,
	{ handle, role }: { handle: string; role?: Role },
): Promise<Client> {
	const client = new Client(app);
	const setUp = (await issueSetUp(db)) ?? undefined;
	const plain = `x${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`;
	const account = { handle: plain, name: plain, email: `${handle}@example.com`, password, setUp };
	const response = await client.post('/api/accounts', account);
	if (response.statusCode !== 201) throw new Error(response.body);
	client.id = response.json<{ id: number }>().id;
	await db
		.update(accounts)
		.set({ handle, name: handle, ...(role && { role }) })
		.where(eq(accounts.id, client.id));
	app.context.sockets.closeHere({});
	return client;
}

type Body = Record<string, unknown>;

/** Someone with a cookie jar who talks to the site as a program or, with `form`, as a browser without scripts. */
export class Client {
	readonly #app: App;
	readonly #cookies = new Map<string, { value: string; path: string }>();
	id = 0;

	constructor(app: App) {
		this.#app = app;
	}

	/** What it sends to every address. */
	get cookie(): string {
		return this.#cookiesFor('/');
	}

	#cookiesFor(url: string): string {
		return [...this.#cookies]
			.filter(([, { path }]) => url.startsWith(path))
			.map(([name, { value }]) => `${name}=${value}`)
			.join('; ');
	}

	get = (url: string, headers?: InjectOptions['headers']) =>
		this.send({ method: 'GET', url, headers });
	post = (url: string, payload?: Body, headers?: InjectOptions['headers']) =>
		this.send({ method: 'POST', url, payload, headers });
	put = (url: string, payload?: Body) => this.send({ method: 'PUT', url, payload });
	patch = (url: string, payload?: Body) => this.send({ method: 'PATCH', url, payload });
	delete = (url: string) => this.send({ method: 'DELETE', url });

	/** Visits a page as a browser does. */
	visit = (url: string) => this.get(url, { accept: 'text/html' });

	/** Sends a form as a browser without scripts does. */
	form = (url: string, fields: Record<string, string>) =>
		this.send({
			method: 'POST',
			url,
			payload: new URLSearchParams(fields).toString(),
			headers: {
				accept: 'text/html',
				'content-type': 'application/x-www-form-urlencoded',
				'sec-fetch-site': 'same-origin',
			},
		});

	async send(options: InjectOptions): Promise<LightMyRequestResponse> {
		const cookie = this.#cookiesFor(String(options.url));
		const headers = { ...(cookie && { cookie }), ...options.headers };
		const response = await this.#app.inject({ ...options, headers });
		for (const { name, value, path = '/' } of response.cookies)
			if (value) this.#cookies.set(name, { value, path });
			else this.#cookies.delete(name);
		return response;
	}
}
