import { Type } from 'typebox';
import { Me } from '../accounts/schema.ts';
import type { App } from '../app.ts';
import { readUpload, registerUploads } from '../images/upload.ts';
import { problems } from '../openapi.ts';
import { deleteAvatar, setAvatar } from './service.ts';

export function registerAvatarRoutes(app: App): void {
	const { context, limits } = app;

	registerUploads(app, (app) => {
		app.put(
			'/api/me/avatar',
			{
				config: { takesFile: true, audit: 'avatar.changed' },
				schema: {
					summary: 'Set one’s own picture',
					tags: ['accounts'],
					response: {
						200: Me,
						...problems(413, 415, 422, 503, 507),
					},
				},
			},
			async (request, reply) => {
				const { actor } = request;
				const me = await context.uploads.hold({ accountId: actor.id, ip: request.ip }, async () => {
					await limits.count('uploadByAccount', actor.id);
					return setAvatar(request.context, actor, await readUpload(request));
				});
				return reply.answer(200, me);
			},
		);
	});

	app.delete(
		'/api/me/avatar',
		{
			config: { audit: 'avatar.deleted' },
			schema: {
				summary: 'Take one’s own picture away',
				tags: ['accounts'],
				response: { 204: Type.Null() },
			},
		},
		async (request, reply) => {
			await deleteAvatar(request.context, request.actor);
			return reply.answer(204, null);
		},
	);
}
