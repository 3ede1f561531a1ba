import { Type } from 'typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressKey } from '../addresses.ts';
import type { App } from '../app.ts';
import type { Caches } from '../cursor-cache.ts';
import { NotFound } from '../errors.ts';
import { readOrigin } from '../origins.ts';
import { findPost } from '../posts/queries.ts';
import { IdParams } from '../schema.ts';
import { findThread, findThreadById, listThreads } from '../threads/queries.ts';
import { SlugParams } from '../threads/schema.ts';
import { type Card, describeCard, questionCard, siteCard } from './card.ts';
import { createImages } from './images.ts';
import { findLastId, listAnswerTimes } from './queries.ts';
import {
	describeAnswers,
	describeSitemaps,
	describeThreads,
	mostParts,
	partOf,
} from './sitemap.ts';

/** Seconds that others may keep an image: a crawler asks again within the hour, and shows the old one meanwhile. */
const cacheControl = 'public, max-age=3600, stale-while-revalidate=86400';

/** Images for those who show a link to a page, and what crawlers ask for. */
export function registerSharingRoutes(app: App, caches?: Caches): void {
	const { context, config, limits } = app;
	const { db } = context;
	const images = createImages(caches);
	app.addHook('onClose', () => images.close());

	async function sendImage(request: FastifyRequest, reply: FastifyReply, card: Card) {
		const tag = images.tag(card);
		const isKnown = request.headers['if-none-match']?.includes(`"${tag}"`);
		if (!isKnown && !images.isReady(tag))
			await limits.count('drawingByAddress', addressKey(request.ip));
		const image = isKnown ? null : await images.draw(tag, card);
		reply
			.header('etag', `"${tag}"`)
			.header('cache-control', cacheControl)
			.header('cross-origin-resource-policy', 'cross-origin');
		return image ? reply.type('image/png').send(image) : reply.code(304).send();
	}

	app.get('/posts/:id/image.png', { schema: { params: IdParams } }, async (request, reply) => {
		const post = await findPost(db, request.params.id, null);
		const thread = post && (await findThreadById(db, post.threadId));
		if (!thread || post.html === '') throw new NotFound('There is no such post.');
		return sendImage(request, reply, describeCard(post, thread));
	});

	app.get(
		'/threads/:slug/image.png',
		{ schema: { params: SlugParams } },
		async (request, reply) => {
			const thread = await findThread(db, request.params.slug);
			if (!thread) throw new NotFound('There is no such thread.');
			return sendImage(request, reply, questionCard(thread));
		},
	);

	app.get('/image.png', (request, reply) => sendImage(request, reply, siteCard));

	app.get('/robots.txt', (request, reply) =>
		reply
			.type('text/plain; charset=utf-8')
			.header('cache-control', 'public, max-age=86400')
			.send(
				[
					'User-agent: *',
					'Allow: /api/docs',
					'Disallow: /api/',
					`Sitemap: ${readOrigin(request, config.origin)}/sitemap.xml`,
					'',
				].join('\n'),
			),
	);

	app.get('/.well-known/security.txt', (request, reply) => {
		if (!config.securityContact) throw new NotFound();
		const origin = readOrigin(request, config.origin);
		return reply
			.type('text/plain; charset=utf-8')
			.header('cache-control', 'public, max-age=86400')
			.send(describeSecurity(origin, config.securityContact));
	});

	const sendSitemap = (reply: FastifyReply, sitemap: string) =>
		reply
			.type('application/xml; charset=utf-8')
			.header('cache-control', 'public, max-age=3600')
			.send(sitemap);

	app.get('/sitemap.xml', async (request, reply) => {
		const lastId = await findLastId(db);
		const origin = readOrigin(request, config.origin);
		return sendSitemap(reply, describeSitemaps(origin, lastId));
	});

	app.get('/sitemaps/threads.xml', async (request, reply) => {
		const { items } = await listThreads(db, { limit: 1000 });
		const origin = readOrigin(request, config.origin);
		return sendSitemap(reply, describeThreads(origin, items));
	});

	app.get(
		'/sitemaps/posts-:part.xml',
		{ schema: { params: Type.Object({ part: Type.Integer({ minimum: 0, maximum: mostParts }) }) } },
		async (request, reply) => {
			const answers = await listAnswerTimes(db, partOf(request.params.part));
			const origin = readOrigin(request, config.origin);
			return sendSitemap(reply, describeAnswers(origin, answers));
		},
	);
}

/** How long a copy of `security.txt` is to be believed, in ms. */
const securityLastsMs = 180 * 86_400_000;

/** RFC 9116. */
function describeSecurity(origin: string, contact: string): string {
	const expires = new Date(Date.now() + securityLastsMs).toISOString();
	return [
		`Contact: ${contact}`,
		`Expires: ${expires}`,
		'Preferred-Languages: en',
		`Canonical: ${origin}/.well-known/security.txt`,
		'',
	].join('\n');
}
