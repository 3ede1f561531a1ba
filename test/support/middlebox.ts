import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { closeAtEnd } from './closing.ts';

/** What comes in place of the site's answer: one of its own, or the beginning of one and then the end of the line. */
type Interference = { status: number; type: string; body: string } | 'cut';

/** What stands between a browser and a site: a proxy, a filter, a portal. */
export type Middlebox = {
	url: string;
	/** Says what is answered in place of the site. */
	interfere: (path: string) => Interference | undefined;
	/** whether sockets get through; all do at first */
	takesSockets: boolean;
	/** the paths that were asked for, with their queries, also for sockets */
	requests: string[];
	close(): Promise<void>;
};

/** Opens one before `site`; it hands on everything until it is told otherwise. */
export const openMiddlebox = (site: string): Promise<Middlebox> => closeAtEnd(open(site));

async function open(site: string): Promise<Middlebox> {
	const { hostname, port } = new URL(site);
	const requests: string[] = [];
	const server = createServer((request, response) => {
		requests.push(request.url!);
		const interference = box.interfere(request.url!);
		if (interference === 'cut') cut(response);
		else if (interference)
			response
				.writeHead(interference.status, { 'content-type': interference.type })
				.end(interference.body);
		else handOn(request, response);
	});

	function handOn(request: IncomingMessage, response: ServerResponse) {
		const { method, url, headers } = request;
		const asked = ask({ hostname, port, method, path: url, headers }, (answer) => {
			response.writeHead(answer.statusCode!, answer.rawHeaders);
			answer.pipe(response);
			answer.on('error', () => response.destroy());
		});
		asked.on('error', () => response.destroy());
		response.on('close', () => asked.destroy());
		request.pipe(asked);
	}

	server.on('upgrade', ({ method, url, rawHeaders }, socket, head) => {
		requests.push(url!);
		if (!box.takesSockets) return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
		const line = connect(Number(port), hostname);
		const headers = Array.from({ length: rawHeaders.length / 2 }, (_, i) =>
			rawHeaders.slice(2 * i, 2 * i + 2).join(': '),
		);
		line.write(`${method} ${url} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
		line.write(head);
		socket.pipe(line).pipe(socket);
		for (const [end, other] of [[socket, line] as const, [line, socket] as const]) {
			end.on('error', () => other.destroy());
			end.on('close', () => other.destroy());
		}
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const box: Middlebox = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		interfere: () => undefined,
		takesSockets: true,
		requests,
		async close() {
			const closed = new Promise((resolve) => server.close(resolve));
			server.closeAllConnections();
			await closed;
		},
	};
	return box;
}

/** Browsers ask again by themselves where nothing at all came. */
function cut(response: ServerResponse): void {
	response.writeHead(200, { 'content-type': 'text/javascript', 'content-length': 5_000 });
	response.write('export', () => response.destroy());
}
