import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { isModerator, requireActive } from '../accounts/permissions.ts';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { requireMember } from '../requests.ts';
import { Image, ImageParams } from './schema.ts';
import { createImage } from './service.ts';
import { readUpload, registerUploads } from './upload.ts';

const noPicture = 'There is no such picture.';
/** With the ten seconds that a server remembers it, a picture that is taken away is gone within a minute. */
const sharing = 'public, max-age=45';
const own = 'private, no-cache';
const open = { 'cross-origin-resource-policy': 'cross-origin' };

/** Stands in the place of a picture that a moderator has taken away. */
const removedMark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" role="img" aria-label="A moderator took this picture away.">
<style>rect{fill:#eef0f3}path,text{stroke:none;fill:#59606d}.o{fill:none;stroke:#59606d}@media(prefers-color-scheme:dark){rect{fill:#22262e}path,text{fill:#a6aebb}.o{fill:none;stroke:#a6aebb}}</style>
<rect width="400" height="200"/><path class="o" stroke-width="4" stroke-linejoin="round" d="M172 50h56v40h-56zM164 98l72-56"/>
<text x="200" y="132" text-anchor="middle" font-family="system-ui,sans-serif" font-size="17">A moderator took this picture away.</text></svg>`;

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
						...problems(401, 403, 413, 415, 422, 429, 503, 507),
					},
				},
			},
			async (request, reply) => {
				const member = requireMember(request);
				requireActive(member);
				await limits.count('writeByAccount', member.id);
				const image = await context.uploads.hold(
					{ accountId: member.id, ip: request.ip },
					async () => {
						await limits.count('uploadByAccount', member.id);
						const file = await readUpload(request);
						return createImage(request.context, member, { file, shape: 'story' });
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
				return reply.code(410).headers(open).type('image/svg+xml').send(removedMark);
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
