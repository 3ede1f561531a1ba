import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeAtEnd } from './closing.ts';

export type Bucket = {
	/** the address to configure, with the bucket's name in it */
	endpoint: string;
	objects: Map<string, { data: Buffer; type: string | undefined }>;
	close(): Promise<void>;
};

/** A server that keeps objects as S3 does, for requests that are signed (AWS Signature Version 4). */
export const openBucket = (keyId: string): Promise<Bucket> => closeAtEnd(serveBucket(keyId));

async function serveBucket(keyId: string): Promise<Bucket> {
	const objects: Bucket['objects'] = new Map();
	const signed = new RegExp(
		`^AWS4-HMAC-SHA256 Credential=${keyId}/\\d{8}/nowhere-1/s3/aws4_request, ?SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, ?Signature=[0-9a-f]{64}$`,
	);
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { pathname } = new URL(request.url!, 'http://bucket');
		const [, name, ...rest] = pathname.split('/');
		const key = rest.join('/');
		if (!signed.test(request.headers.authorization ?? '') || name !== 'pictures')
			return response.writeHead(403).end();
		if (request.method === 'PUT')
			objects.set(key, { data: Buffer.concat(chunks), type: request.headers['content-type'] });
		const object = objects.get(key);
		if (request.method === 'DELETE') {
			objects.delete(key);
			return response.writeHead(204).end();
		}
		if (!object) return response.writeHead(404).end();
		return response.writeHead(200).end(request.method === 'GET' ? object.data : undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		endpoint: `http://127.0.0.1:${port}/pictures`,
		objects,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
