import type { AddressInfo } from 'node:net';
import { openDatabase } from '../../db/client.ts';
import { type App, buildApp } from '../../server/app.ts';
import { readConfig } from '../../server/config.ts';
import { fillInstallation } from '../../server/installation.ts';
import type { Bus, BusLog } from '../../server/live/bus.ts';
import { createPostgresBus } from '../../server/live/bus-postgres.ts';
import type { Intervals } from '../../server/live/live.ts';
import { createBuiltRenderer } from '../../server/renderer.ts';
import { Client, signUp } from './app.ts';
import { closeAtEnd } from './closing.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { LiveSocket } from './live-socket.ts';

/** Several servers on one database, each with its own pool and bus, without ports. */
export type Forum = {
	apps: App[];
	database: TestDatabase;
	/** the topic of its one thread */
	topic: string;
	/** What the servers logged at level warn and above, but that a bus is away. */
	complaints: string[];
	/** Signs up an account through a server; the first is the host. */
	join(handle: string, at?: number): Promise<Client>;
	/** Somebody's session at another server. */
	at(client: Client, server: number): Pick<Client, 'get' | 'post' | 'put' | 'patch' | 'delete'>;
	/** A socket at a server, with somebody's session or nobody's. */
	connect(server: number, client?: Client): Promise<LiveSocket>;
	close(): Promise<void>;
};

type OpenBus = (options: { url: string; log: BusLog }) => Bus;

const noPoll: Intervals = { poll: 3_600_000 };

/**
 * @param options.intervals by default no server looks by itself for what the bus has lost, so that nothing
 *   but the bus can have brought an event
 */
export const createForum = (options: ForumOptions = {}): Promise<Forum> =>
	closeAtEnd(openForum(options));

type ForumOptions = { servers?: number; openBus?: OpenBus; intervals?: Intervals };

async function openForum({
	servers = 3,
	openBus = createPostgresBus,
	intervals = noPoll,
}: ForumOptions): Promise<Forum> {
	const database = await createTestDatabase();
	const config = readConfig({ SEED: 'none', LOG_LEVEL: 'warn', RATE_LIMIT: 'off' });
	await fillInstallation(config, database);
	const complaints: string[] = [];
	const stream = {
		write: (line: string) => void (line.includes('bus is away') || complaints.push(line)),
	};
	const renderer = await createBuiltRenderer();
	const pools = Array.from({ length: servers }, () => openDatabase(database.url, { max: 8 }));
	const apps = await Promise.all(
		pools.map((pool) =>
			buildApp({
				config,
				renderer,
				intervals,
				database: pool,
				bus: openBus({ url: database.url, log: { warn: () => {} } }),
				logger: { level: 'warn', stream },
			}),
		),
	);
	for (const app of apps) await app.listen({ port: 0, host: '127.0.0.1' });
	const sockets: LiveSocket[] = [];
	const { id } = (await apps[0]!.inject('/api/threads/ownership')).json<{ id: number }>();
	return {
		apps,
		database,
		complaints,
		topic: `thread:${id}`,
		join(handle, at = 0) {
			return signUp(apps[at]!, database, { handle });
		},
		at(client, server) {
			const other = new Client(apps[server]!);
			const { send } = other;
			other.send = (options) =>
				send.call(other, { ...options, headers: { cookie: client.cookie, ...options.headers } });
			return other;
		},
		async connect(server, client) {
			const { port } = apps[server]!.server.address() as AddressInfo;
			const socket = await LiveSocket.open(`http://127.0.0.1:${port}`, client?.cookie);
			sockets.push(socket);
			return socket;
		},
		async close() {
			for (const socket of sockets) socket.close();
			for (const app of apps) await app.close();
			for (const pool of pools) await pool.close();
			await database.close();
		},
	};
}
