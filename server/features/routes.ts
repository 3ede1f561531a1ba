import { Type } from 'typebox';
import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import { IdParams } from '../schema.ts';
import { FeatureChange, PostFeature } from './schema.ts';
import { deleteFeature, setFeature } from './service.ts';

export function registerFeatureRoutes(app: App): void {
	app.put(
		'/api/posts/:id/feature',
		{
			config: { for: 'moderator', audit: 'post.featured' },
			schema: {
				summary: 'Feature a post (moderators)',
				tags: ['features'],
				params: IdParams,
				body: FeatureChange,
				response: {
					200: PostFeature,
					...problems(404, 422),
				},
			},
		},
		async (request, reply) => {
			const postId = request.params.id;
			const feature = await setFeature(request.context, request.actor, {
				postId,
				change: request.body,
			});
			return reply.answer(200, { postId, feature }, `/posts/${postId}`);
		},
	);

	app.delete(
		'/api/posts/:id/feature',
		{
			config: { for: 'moderator', audit: 'post.unfeatured' },
			schema: {
				summary: 'Take a feature back (moderators)',
				tags: ['features'],
				params: IdParams,
				response: {
					204: Type.Null(),
					...problems(404),
				},
			},
		},
		async (request, reply) => {
			await deleteFeature(request.context, request.actor, request.params.id);
			return reply.answer(204, null, `/posts/${request.params.id}`);
		},
	);
}
