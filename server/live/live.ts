import type { FastifyBaseLogger } from 'fastify';
import type { Db } from '../../db/client.ts';
import type { Bus } from './bus.ts';
import { Live } from './hub.ts';
import { Presence } from './presence.ts';
import { Sockets } from './sockets.ts';

export type LiveParts = {
	live: Live;
	presence: Presence;
	sockets: Sockets;
	close(): Promise<void>;
};

/** In ms; an absent one is as long as its part says. */
export type Intervals = {
	/** between two looks for events that the bus has lost */
	poll?: number;
	/** between two looks for sessions whose end the bus has lost */
	check?: number;
	/** between two signs of a server's life */
	heartbeat?: number;
	/** from the last key until somebody counts as not writing any more */
	typing?: number;
};

/** Puts the live parts of one server together and connects them to the bus. */
export function createLive(
	options: {
		db: Db;
		log: FastifyBaseLogger;
		bus: Bus;
		intervals?: Intervals;
		/** is asked where the site is */
		onLocate(id: string): void;
	} & Pick<
		ConstructorParameters<typeof Sockets>[0],
		'readActiveSessions' | 'onEnd' | 'onLimit' | 'rateLimit'
	>,
): LiveParts {
	const { bus, intervals = {} } = options;
	const live = new Live({ ...options, pollInterval: intervals.poll });
	const presence = new Presence({
		...options,
		typingTime: intervals.typing,
		heartbeatInterval: intervals.heartbeat,
		announce: (topic, state) => live.broadcast(topic, { type: 'presence', topic, ...state }),
	});
	const sockets = new Sockets({ ...options, live, presence, checkInterval: intervals.check });
	bus.listen({
		receive(message) {
			if (message.type === 'events') {
				live.receive(message.events);
				live.wake(message.topic, message.cursor);
			} else if (message.type === 'presence') presence.refresh(message.topic);
			else if (message.type === 'locate') options.onLocate(message.id);
			else sockets.closeHere(message);
		},
		resume: () => void live.resume(),
		lose: () => live.lose(),
	});
	const close = async () => {
		live.close();
		await presence.close();
		await bus.close();
	};
	return { live, presence, sockets, close };
}
