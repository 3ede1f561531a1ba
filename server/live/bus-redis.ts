import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { type Bus, type BusHandlers, type BusLog, Outgoing, parseMessages } from './bus.ts';

/** How long messages that are on their way may take when the bus is closed, in ms. */
const closeMs = 1_000;

/**
 * The bus of Redis' publish and subscribe.
 *
 * @param options.installation keeps installations that share a Redis apart
 */
export function createRedisBus({
	url,
	installation,
	log,
}: {
	url: string;
	installation: string;
	log: BusLog;
}): Bus {
	const channel = `weigh-in:${installation}`;
	const socket = {
		connectTimeout: 5_000,
		reconnectStrategy: (retries: number) => Math.min(2_000, 50 * 2 ** retries) + Math.random() * 50,
	};
	const publisher = createClient({ url, socket, disableOfflineQueue: true });
	const subscriber = createClient({ url, socket });
	let away = false;
	let closed = false;

	let handlers: BusHandlers = { receive() {}, resume() {}, lose() {} };
	const lose = (error: Error) => {
		handlers.lose();
		if (!away && !closed)
			log.warn({ err: error }, 'The live bus is away; live updates come by the poll');
		away = true;
	};
	publisher.on('error', lose);
	subscriber.on('error', lose);

	const outgoing = new Outgoing((messages) => publisher.publish(channel, JSON.stringify(messages)));
	publisher.on('ready', () => void outgoing.flush());

	return {
		publish(message) {
			if (!closed) outgoing.add(message);
		},
		listen(given) {
			handlers = given;
			const hear = (text: string) => parseMessages(text).forEach(given.receive);
			const resume = () => {
				away = false;
				given.resume();
			};
			// with every connection, as the first may have been lost before it was subscribed
			subscriber.on('ready', () => subscriber.subscribe(channel, hear).then(resume, lose));
			for (const client of [publisher, subscriber]) client.connect().catch(lose);
		},
		async close() {
			closed = true;
			await outgoing.close();
			// An answer that a Redis owes which is away would be waited for without end.
			const closing = Promise.allSettled([publisher.close(), subscriber.close()]);
			await Promise.race([closing, sleep(closeMs, undefined, { ref: false })]);
			for (const client of [publisher, subscriber]) if (client.isOpen) client.destroy();
		},
	};
}
