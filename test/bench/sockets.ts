/** Many sockets in a process of their own, which notes when the last of them got a live event. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { serve } from './processes.ts';

export type SocketsOptions = {
	url: string;
	sockets: number;
	/** the topic to follow; absent: the server sends without being asked */
	topic?: string;
};

export type Receipt = {
	/** when the last socket got the event, in ms since 1970 */
	last: number;
	/** what it was */
	frame: Uint8Array;
};

const openAtOnce = 100;
const patience = 30_000;

let open = 0;
let subscribed = 0;
let received = 0;
let receipt: Receipt | null = null;
let problem: string | null = null;

function follow(address: string, topic: string | undefined): WebSocket {
	const socket = new WebSocket(address, { perMessageDeflate: false, skipUTF8Validation: true });
	socket.on('open', () => {
		open++;
		if (topic) socket.send(JSON.stringify({ type: 'subscribe', topic }));
	});
	socket.on('message', (data: Buffer) => {
		const type = data.toString('latin1', 9, 14);
		if (type === 'event') {
			received++;
			receipt = { last: performance.timeOrigin + performance.now(), frame: data };
		} else if (type === 'subsc') subscribed++;
	});
	socket.on('error', (error) => (problem ??= error.message));
	socket.on('close', () => (problem ??= 'The server has closed a socket.'));
	return socket;
}

async function until(holds: () => boolean): Promise<void> {
	for (const end = Date.now() + patience; !holds(); await sleep(2)) {
		if (problem) throw new Error(problem);
		if (Date.now() > end) throw new Error(`${received} of ${open} sockets got the event.`);
	}
}

serve({
	/** Opens so many more sockets. */
	async open({ url, sockets, topic }: SocketsOptions) {
		const address = `${url.replace('http', 'ws')}/api/live`;
		const wanted = open + sockets;
		while (open < wanted) {
			const count = Math.min(openAtOnce, wanted - open);
			const next = Array.from({ length: count }, () => follow(address, topic));
			await Promise.all(next.map((socket) => once(socket, 'open')));
			if (topic) await until(() => subscribed === open);
		}
	},
	/** Forgets the events so far. */
	arm() {
		received = 0;
		receipt = null;
	},
	/** Waits until all sockets have one event. */
	async receive(): Promise<Receipt> {
		await until(() => received >= open);
		if (received > open) throw new Error(`${open} sockets got ${received} events.`);
		return { ...receipt!, frame: new Uint8Array(receipt!.frame) };
	},
});
