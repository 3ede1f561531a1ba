import { Type } from 'typebox';
import { requireActive } from '../accounts/permissions.ts';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { requireMember } from '../requests.ts';
import { Image } from './schema.ts';
import { createImage } from './service.ts';
import { readUpload, registerUploads } from './upload.ts';

const ImageParams = Type.Object({ id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }) });

export function registerImageRoutes(app: App): void {
	const { context, limits } = app;

	registerUploads(app, (app) => {
		app.post(
			'/api/images',
			{
				config: { takesFile: true },
				schema: {
					summary: 'Upload a picture to show in a post',
					tags: ['images'],
					response: {
						201: Image,
						...problems(401, 403, 413, 415, 422, 429),
					},
				},
			},
			async (request, reply) => {
				const member = requireMember(request);
				requireActive(member);
				await limits.count('writeByAccount', member.id);
				await limits.count('uploadByAccount', member.id);
				const file = await readUpload(request);
				const image = await createImage(context, member, { file, shape: 'story' });
				return reply.code(201).send(image);
			},
		);
	});

	app.get(
		'/images/:id.webp',
		{ schema: { hide: true, params: ImageParams } },
		async ({ params }, reply) => {
			const picture = await context.storage.read(params.id);
			if (!picture) throw new NotFound('There is no such picture.');
			return reply
				.headers({
					'cache-control': 'public, max-age=31536000, immutable',
					'cross-origin-resource-policy': 'cross-origin',
				})
				.type('image/webp')
				.send(picture);
		},
	);
}
