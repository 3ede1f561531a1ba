import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isModerator } from '../accounts/permissions.ts';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { removedText } from './markdown.ts';
import { Image, ImageParams } from './schema.ts';
import { createImage } from './service.ts';
import { readUpload, registerUploads } from './upload.ts';

const noPicture = 'There is no such picture.';
/** With the ten seconds that a server remembers it, a picture that is taken away is gone within a minute. */
const sharing = 'public, max-age=45';
const own = 'private, no-cache';
const open = { 'cross-origin-resource-policy': 'cross-origin' };

/**
 * Stands where another page, or one that is older than the removal, still shows a picture that was taken away. It has the
 * size and shape of that one: its words keep their size, and where they have no room its sign is alone.
 */
const removedMark = `<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="100%" role="img" aria-label="${removedText}">
<style>rect{fill:#eef0f3}path{fill:none;stroke:#59606d}text{display:none;fill:#59606d;font:16px system-ui,sans-serif;text-anchor:middle}@media(prefers-color-scheme:dark){rect{fill:#22262e}path{stroke:#a6aebb}text{fill:#a6aebb}}@media(min-width:260px) and (min-height:120px){text{display:block}path{transform:translateY(-14px)}}</style>
<rect width="100%" height="100%"/><svg x="50%" y="50%" overflow="visible"><path stroke-width="3" stroke-linejoin="round" d="M-18-13h36v26h-36zM-23 18l46-36"/></svg>
<text x="50%" y="50%" dy="32">${removedText}</text></svg>`;

/** With `original`, moderators see a picture that was taken away. */
const ImageQuery = Type.Object({ original: Type.Optional(Type.String({ maxLength: 0 })) });

export function registerImageRoutes(app: App): void {
	const { context, limits, sessions } = app;

	const findViewer = async ({ pageRequest: { token } }: FastifyRequest) =>
		(token && (await sessions.read(token))?.member) || null;

	registerUploads(app, (app) => {
		app.post(
			'/api/images',
			{
				config: { takesFile: true, audit: 'image.created' },
				schema: {
					summary: 'Upload a picture to show in a post',
					description:
						'A JPEG, PNG, WebP, GIF or AVIF of at most 10 MB and 25 megapixels, all frames together. A GIF or WebP keeps moving.',
					tags: ['images'],
					response: {
						201: Image,
						...problems(413, 415, 422, 503, 507),
					},
				},
			},
			async (request, reply) => {
				const { actor } = request;
				const image = await context.uploads.hold(
					{ accountId: actor.id, ip: request.ip },
					async () => {
						await limits.count('uploadByAccount', actor.id);
						const file = await readUpload(request);
						return createImage(request.context, actor, { file, shape: 'story' });
					},
				);
				return reply.code(201).send(image);
			},
		);
	});

	app.get(
		'/images/:id.webp',
		{ schema: { hide: true, params: ImageParams, querystring: ImageQuery } },
		async (request, reply) => {
			const { id } = request.params;
			const state = await context.imageStates.read(id);
			if (!state) throw new NotFound(noPicture);
			const isPublic = state.shown && !state.removed;
			// what everybody may see is the same for all, and asks for no session
			const viewer = isPublic ? null : await findViewer(request);
			const mayReview = isModerator(viewer);
			if (state.removed && !(mayReview && request.query.original !== undefined))
				return reply
					.headers({ ...open, 'cache-control': 'no-store' })
					.type('image/svg+xml')
					.send(removedMark);
			if (!isPublic && viewer?.id !== state.accountId && !mayReview) throw new NotFound(noPicture);
			// what an id names never changes, only who may see it
			const etag = `"${id}"`;
			reply.headers(isPublic ? { ...open, 'cache-control': sharing } : { 'cache-control': own });
			reply.header('etag', etag);
			if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
			const picture = await context.storage.read(id);
			if (!picture) throw new NotFound(noPicture);
			return reply.type('image/webp').send(picture);
		},
	);
}
