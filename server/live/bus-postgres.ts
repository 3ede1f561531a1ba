import pg from 'pg';
import {
	type Bus,
	type BusHandlers,
	type BusLog,
	type BusMessage,
	Outgoing,
	parseMessages,
	withoutEvents,
} from './bus.ts';

const channel = 'weigh_in_live';
/** PostgreSQL's limit for a notification is 7,999 bytes. */
const maxPayloadBytes = 7_900;
const retryDelaysMs = [100, 250, 500, 1_000, 2_000];

/**
 * The bus of PostgreSQL's LISTEN and NOTIFY, on one connection of its own. Notifications are sent after the
 * commit that they speak of, many in one statement: inside it, they would make all commits wait in line.
 */
export function createPostgresBus({ url, log }: { url: string; log: BusLog }): Bus {
	let handlers: BusHandlers = { receive() {}, resume() {}, lose() {} };
	let client: pg.Client | null = null;
	let retry: NodeJS.Timeout | undefined;
	let closed = false;
	let ready: Promise<void> = Promise.resolve();

	const reconnect = (attempt: number) => {
		if (closed) return;
		const delay = retryDelaysMs[Math.min(attempt, retryDelaysMs.length - 1)]!;
		retry = setTimeout(() => (ready = connect(attempt + 1)), delay);
	};

	const connect = async (attempt: number): Promise<void> => {
		const next = new pg.Client({
			connectionString: url,
			application_name: 'weigh-in live',
			connectionTimeoutMillis: 5_000,
			keepAlive: true,
		});
		let own: number | undefined;
		let lost = false;
		const lose = (cause?: Error) => {
			if (lost) return;
			lost = true;
			client = null;
			handlers.lose();
			if (!closed) log.warn({ err: cause }, 'The live bus is away; live updates come by the poll');
			next.end().catch(() => {});
			reconnect(attempt);
		};
		next.on('error', lose);
		next.on('end', () => lose());
		next.on('notification', ({ payload, processId }) => {
			if (processId !== own) parseMessages(payload ?? '[]').forEach(handlers.receive);
		});
		try {
			await next.connect();
			// a commit that only notifies has nothing to be kept, and would wait for the disk like any other
			const { rows } = await next.query<{ pid: number }>(
				`select pg_backend_pid() as pid, set_config('synchronous_commit', 'off', false)`,
			);
			own = rows[0]!.pid;
			await next.query(`listen ${channel}`);
		} catch (error) {
			return lose(error as Error);
		}
		client = next;
		attempt = 0;
		if (closed) return void (await next.end());
		handlers.resume();
		void outgoing.flush();
	};

	const outgoing = new Outgoing(async (messages) => {
		if (!client) throw new Error('The bus is away.');
		await client.query(
			`select pg_notify('${channel}', payload) from unnest($1::text[]) as payload`,
			[pack(messages)],
		);
	});

	return {
		publish(message) {
			if (!closed) outgoing.add(message);
		},
		listen(given) {
			handlers = given;
			ready = connect(0);
		},
		async close() {
			closed = true;
			clearTimeout(retry);
			await ready;
			await outgoing.close();
			await client?.end();
		},
	};
}

/** As few payloads as hold the messages; one that is too large for any goes without its events. */
function pack(messages: BusMessage[]): string[] {
	const payloads: string[] = [];
	let open: string[] = [];
	let bytes = 2;
	for (const message of messages) {
		let text = JSON.stringify(message);
		if (Buffer.byteLength(text) + 2 > maxPayloadBytes)
			text = JSON.stringify(withoutEvents(message));
		const size = Buffer.byteLength(text) + 1;
		if (bytes + size > maxPayloadBytes) {
			payloads.push(`[${open.join()}]`);
			open = [];
			bytes = 2;
		}
		open.push(text);
		bytes += size;
	}
	payloads.push(`[${open.join()}]`);
	return payloads;
}
