import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { findPost } from '../posts/queries.ts';
import { Post } from '../posts/schema.ts';
import { readOnce, requireMember } from '../requests.ts';
import { IdParams, listOf } from '../schema.ts';
import { listReplies } from './queries.ts';
import { NewReply, RepliesQuery } from './schema.ts';
import { createReply } from './service.ts';

export function registerReplyRoutes(app: App): void {
	const { context, limits } = app;

	app.get(
		'/api/posts/:id/replies',
		{
			schema: {
				summary: 'List the replies below a post, as a tree in reading order',
				tags: ['replies'],
				params: IdParams,
				querystring: RepliesQuery,
				response: {
					200: listOf(Post),
					...problems(400, 404, 422),
				},
			},
		},
		async ({ params, query, member }) => {
			const post = await findPost(context.db, params.id, member);
			if (!post) throw new NotFound('There is no such post.');
			const branch = { ...query, postId: post.id, answerId: post.answerId };
			return listReplies(context.db, branch, member);
		},
	);

	app.post(
		'/api/posts/:id/replies',
		{
			config: { takesKey: true },
			schema: {
				summary: 'Reply to a post',
				tags: ['replies'],
				params: IdParams,
				body: NewReply,
				response: {
					201: Post,
					...problems(401, 403, 404, 422, 429),
				},
			},
		},
		async (request, reply) => {
			const member = requireMember(request);
			await limits.count('writeByAccount', member.id);
			const post = await createReply(context, member, {
				parentId: request.params.id,
				body: request.body.body,
				once: readOnce(request),
			});
			return reply.answer(201, post, `/posts/${post.id}#post-${post.id}`);
		},
	);
}
