import { Type } from 'typebox';
import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import { requireMember } from '../requests.ts';
import { IdParams } from '../schema.ts';
import { FeatureChange, PostFeature } from './schema.ts';
import { deleteFeature, setFeature } from './service.ts';

export function registerFeatureRoutes(app: App): void {
	const { limits } = app;

	app.put(
		'/api/posts/:id/feature',
		{
			config: { audit: 'post.featured' },
			schema: {
				summary: 'Feature a post (moderators)',
				tags: ['features'],
				params: IdParams,
				body: FeatureChange,
				response: {
					200: PostFeature,
					...problems(401, 403, 404, 422, 429),
				},
			},
		},
		async (request, reply) => {
			const member = requireMember(request);
			await limits.count('writeByAccount', member.id);
			const postId = request.params.id;
			const feature = await setFeature(request.context, member, { postId, change: request.body });
			return reply.answer(200, { postId, feature }, `/posts/${postId}`);
		},
	);

	app.delete(
		'/api/posts/:id/feature',
		{
			config: { audit: 'post.unfeatured' },
			schema: {
				summary: 'Take a feature back (moderators)',
				tags: ['features'],
				params: IdParams,
				response: {
					204: Type.Null(),
					...problems(401, 403, 404, 429),
				},
			},
		},
		async (request, reply) => {
			const member = requireMember(request);
			await limits.count('writeByAccount', member.id);
			await deleteFeature(request.context, member, request.params.id);
			return reply.answer(204, null, `/posts/${request.params.id}`);
		},
	);
}
