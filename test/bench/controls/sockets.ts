/** Control: a bare `ws` server that keeps its sockets and sends bytes to all of them. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { serve } from '../processes.ts';

let server: WebSocketServer;

serve({
	async open() {
		server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
		await once(server, 'listening');
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	},
	/** Sends a text to all sockets; answers when it began, in ms since 1970. */
	broadcast(text: Uint8Array) {
		const start = performance.timeOrigin + performance.now();
		for (const socket of server.clients) socket.send(text, { binary: false });
		return start;
	},
});
