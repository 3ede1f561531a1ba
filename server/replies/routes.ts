import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { findRow } from '../posts/queries.ts';
import { maySee, presentList, toPost } from '../posts/rows.ts';
import { Post } from '../posts/schema.ts';
import { readOnce } from '../requests.ts';
import { IdParams, listOf } from '../schema.ts';
import { findThreadById } from '../threads/queries.ts';
import { readReplies } from './queries.ts';
import { NewReply, RepliesQuery } from './schema.ts';
import { createReply } from './service.ts';

export function registerReplyRoutes(app: App): void {
	const { context } = app;

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
			const key = JSON.stringify(['replies', params.id, query]);
			const { post, replies, own } = await context.readings.read(key, member, async (tx) => {
				const post = await findRow(tx, params.id);
				const thread = post && (await findThreadById(tx, post.post.threadId));
				if (!thread) throw new NotFound('There is no such post.');
				const { id: postId, answerId } = post.post;
				const replies = await readReplies(tx, { ...query, postId, answerId });
				return { thread, post, replies, rows: replies.items };
			});
			if (!maySee(member, post)) throw new NotFound('There is no such post.');
			return presentList(replies, own, toPost);
		},
	);

	app.post(
		'/api/posts/:id/replies',
		{
			config: { takesKey: true, audit: 'post.created' },
			schema: {
				summary: 'Reply to a post',
				tags: ['replies'],
				params: IdParams,
				body: NewReply,
				response: {
					201: Post,
					...problems(404, 422),
				},
			},
		},
		async (request, reply) => {
			const post = await createReply(request.context, request.actor, {
				parentId: request.params.id,
				body: request.body.body,
				once: readOnce(request),
			});
			return reply.answer(201, post, `/posts/${post.id}#post-${post.id}`);
		},
	);
}
