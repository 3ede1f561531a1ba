import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import type { Renderer } from '../renderer.ts';
import { icons, manifest } from './icons.ts';

/** Seconds that icons are kept: their addresses stay when they change. */
const iconsLast = 86_400;

type File = { body: Buffer; etag: string };

/** Reads a file once, however often it is sent. */
function once(read: () => Promise<Buffer>): () => Promise<File> {
	let file: Promise<File> | undefined;
	return () =>
		(file ??= read().then((body) => ({
			body,
			etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
		})));
}

function sendFile(
	{ request, reply }: { request: FastifyRequest; reply: FastifyReply },
	{ body, etag }: File,
	{ type, cacheControl }: { type: string; cacheControl: string },
): FastifyReply {
	reply.header('etag', etag).header('cache-control', cacheControl).type(type);
	if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
	return reply.send(body);
}

/** What makes the site an app: its icons, its manifest, and the worker that keeps its pages. */
export function registerOfflineRoutes(app: App, { clientFolder }: Renderer): void {
	for (const { path, type, draw } of icons) {
		const file = once(draw);
		app.get(path, async (request, reply) =>
			sendFile({ request, reply }, await file(), {
				type,
				cacheControl: `public, max-age=${iconsLast}`,
			}),
		);
	}

	const text = once(async () => Buffer.from(JSON.stringify(manifest)));
	app.get('/manifest.webmanifest', async (request, reply) =>
		sendFile({ request, reply }, await text(), {
			type: 'application/manifest+json',
			cacheControl: 'no-cache',
		}),
	);

	if (!clientFolder) return;
	const worker = once(() => readFile(join(clientFolder, 'service-worker.js')));
	app.get('/service-worker.js', async (request, reply) =>
		sendFile({ request, reply }, await worker(), {
			type: 'text/javascript; charset=utf-8',
			cacheControl: 'no-cache',
		}),
	);
}
