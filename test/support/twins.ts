import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Database, openDatabase } from '../../db/client.ts';
import { migrateDatabase } from '../../db/migrate.ts';
import { hashToken } from '../../server/accounts/sessions.ts';
import { type App, buildApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { fillInstallation } from '../../server/installation.ts';
import { createPostgresBus } from '../../server/live/bus-postgres.ts';
import { createBuiltRenderer } from '../../server/renderer.ts';
import { startPostgres } from './servers.ts';

/** Names and values in turn, as they go over the wire. */
export type RawHeaders = string[];
export type Asked = {
	method: string;
	path: string;
	headers: RawHeaders;
	body?: string | Buffer;
};
export type Answered = { status: number; headers: [name: string, value: string][]; body: Buffer };

/** A session, and how many days it has left. */
export type Aged = { token: string; accountId: number; days: number };

/** One of the two servers; the other has the same database. */
type Twin = {
	ask(asked: Asked): Promise<Answered>;
	/** Makes a session one that has so many days left, behind the back of the server, which then reads it anew. */
	age(session: Aged): Promise<void>;
	/** Empties every cache. */
	forget(): void;
};

export type Twins = {
	/** keeps what it can; every write goes to it */
	kept: Twin;
	/** with every cache off */
	plain: Twin;
	databaseUrl: string;
	/** What the servers complained of. */
	complaints: string[];
	close(): Promise<void>;
};

/** Two servers in this process on a PostgreSQL of their own, with the ownership thread and nobody in it. */
export async function startTwins(): Promise<Twins> {
	const closing: (() => Promise<unknown>)[] = [];
	const close = async () => {
		for (let end = closing.pop(); end; end = closing.pop()) await end();
	};
	try {
		const postgres = await startPostgres();
		closing.push(postgres.close);
		const dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-twins-'));
		closing.push(() => rm(dataDir, { recursive: true, force: true }));
		await migrateDatabase(postgres.url);
		const config = {
			...readConfig({
				SEED: 'none',
				LOG_LEVEL: 'warn',
				RATE_LIMIT: 'off',
				TRUST_PROXY: '127.0.0.1',
			}),
			dataDir,
		};
		const renderer = await createBuiltRenderer();
		const complaints: string[] = [];
		const start = async (caches: 'on' | 'off'): Promise<Twin> => {
			const database = openDatabase(postgres.url);
			closing.push(() => database.close());
			if (caches === 'on') await fillInstallation(config, database);
			const bus = createPostgresBus({
				url: postgres.url,
				log: { warn: (_details, message) => void complaints.push(message) },
			});
			const stream = { write: (line: string) => void complaints.push(line) };
			const logger = { level: config.logLevel, stream };
			const app = await buildApp({ config, database, renderer, bus, caches, logger });
			closing.push(() => app.close());
			await app.listen({ host: '127.0.0.1', port: 0 });
			return toTwin({ app, pool: database.pool, closing });
		};
		return {
			kept: await start('on'),
			plain: await start('off'),
			complaints,
			databaseUrl: postgres.url,
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

type Parts = { app: App; pool: Database['pool']; closing: (() => Promise<unknown>)[] };

function toTwin({ app, pool, closing }: Parts): Twin {
	const { port } = app.server.address() as AddressInfo;
	const agent = new Agent({ keepAlive: true });
	closing.push(async () => agent.destroy());
	return {
		async ask({ method, path, headers, body }) {
			const asking = send({
				host: '127.0.0.1',
				port,
				agent,
				method,
				path,
				setHost: false,
				headers,
			});
			const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
			asking.once('response', resolve).once('error', reject).end(body);
			const answer = await promise;
			const { statusCode, rawHeaders } = answer;
			const pairs = rawHeaders.flatMap((name, at) =>
				at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1]!] as [string, string]] : [],
			);
			return { status: statusCode!, headers: pairs, body: await buffer(answer) };
		},
		async age({ token, accountId, days }) {
			await pool.query(
				`insert into sessions (id, account_id, expires_at)
				 values ($1, $2, now() + make_interval(days => $3))
				 on conflict (id) do update set expires_at = excluded.expires_at`,
				[hashToken(token), accountId, days],
			);
			app.sessions.forget();
		},
		forget: () => app.context.sockets.closeHere({}),
	};
}

/** Made anew for each page of a member, so that a form on it is sent once. */
const formKey = /"formKey":"([0-9a-f-]{36})"/;

const timeOfDay = new Set(['date', 'server-timing']);

/**
 * An answer as it is compared: as it came, but for the time of day, the key of a member's forms, and the length
 * and compression of a page that has such a key. Of an answer without its body that cannot be seen: it counts as one.
 */
export function toComparable({ status, headers, body }: Answered, method: string): string {
	const encoding = headers.find(([name]) => name === 'content-encoding')?.[1];
	const text = decode(body, encoding);
	const isHead = method === 'HEAD' && encoding !== undefined;
	const key = formKey.exec(text)?.[1];
	const isOpen = isHead || key !== undefined;
	const shown = headers
		.filter(([name]) => !timeOfDay.has(name) && !(isOpen && name === 'content-length'))
		.map((header) => header.join(': '));
	const comparable = key === undefined ? body.toString('latin1') : text.replaceAll(key, '…');
	return [status, ...shown, '', comparable].join('\n');
}

function decode(body: Buffer, encoding: string | undefined): string {
	if (body.length === 0) return '';
	if (encoding === 'br') return brotliDecompressSync(body).toString();
	if (encoding === 'gzip') return gunzipSync(body).toString();
	return body.toString();
}
