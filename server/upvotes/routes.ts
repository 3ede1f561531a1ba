import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import { IdParams } from '../schema.ts';
import { Upvote } from './schema.ts';
import { setUpvote } from './service.ts';

export function registerUpvoteRoutes(app: App): void {
	const { context } = app;
	for (const [method, upvoted] of [
		['PUT', true],
		['DELETE', false],
	] as const)
		app.route({
			method,
			url: '/api/posts/:id/upvote',
			compress: false,
			config: { audit: { unwritten: 'nobody is told who upvotes what' } },
			schema: {
				summary: upvoted ? 'Upvote a post' : 'Take an upvote back',
				tags: ['upvotes'],
				params: IdParams,
				response: {
					200: Upvote,
					...problems(404),
				},
			},
			handler: async (request, reply) => {
				const postId = (request.params as IdParams).id;
				const upvote = await setUpvote(context, request.actor, { postId, upvoted });
				return reply.answer(200, upvote, `${request.form.from.split('#')[0]}#post-${postId}`);
			},
		});
}
