import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { App } from './app.ts';
import type { Config } from './config.ts';
import { type Installation, tellServers } from './installation.ts';

/** Where a site is: what `ORIGIN` of a server says, or else where it listens. */
export type Location = { address: string; isOrigin: boolean };

const channel = 'weigh_in_location';
/** Longest that the servers are waited for, in ms. */
const longestAnswer = 2_000;

/** Answers {@link askLocation}, by the database: who shares only a Redis with us is not to say where passwords are set. */
export function answerLocation({ config, context, server, log }: App, id: string): void {
	const bound = server.address();
	if (!bound || typeof bound === 'string') return;
	const answer = config.origin
		? [id, 'origin', config.origin]
		: [id, 'listening', addressOf(loopbacks[bound.address] ?? bound.address, bound.port)];
	context.db
		.execute(sql`select pg_notify(${channel}, ${answer.join(' ')})`)
		.catch((error) => log.debug({ err: error }, 'Where the site is could not be answered'));
}

/** Asks the servers that run on an installation where its site is; null where none answers. */
export async function askLocation(
	config: Config,
	installation: Installation,
): Promise<Location | null> {
	const id = randomUUID();
	const { promise: answered, resolve } = Promise.withResolvers<Location | null>();
	const client = await installation.pool.connect();
	client.on('error', () => resolve(null));
	client.on('notification', ({ processId, payload = '' }) => {
		const [of, kind, address = ''] = payload.split(' ');
		if (of !== id) return;
		// every role that may connect to the database may notify
		client
			.query('select from pg_stat_activity where pid = $1 and usename = current_user', [processId])
			.then(({ rowCount }) => rowCount && resolve({ address, isOrigin: kind === 'origin' }))
			.catch(() => resolve(null));
	});
	try {
		await client.query(`listen ${channel}`);
		await tellServers(config, { installation, message: { type: 'locate', id } });
		return await Promise.race([answered, sleep(longestAnswer, null, { ref: false })]);
	} finally {
		client.release(true);
	}
}

/** What leads to a server on its own machine that listens at all its addresses. */
const loopbacks: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export const addressOf = (host: string, port: number) =>
	`http://${host.includes(':') ? `[${host}]` : host}:${port}`;
