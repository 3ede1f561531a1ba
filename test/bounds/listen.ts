import type { AddressInfo } from 'node:net';
import type { TestApp } from '../support/app.ts';

/** The origin of a site at a port: what arrives there comes in pieces, as from anywhere. */
export async function listen({ app }: TestApp): Promise<string> {
	if (!app.server.listening) await app.listen({ port: 0, host: '127.0.0.1' });
	return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}
