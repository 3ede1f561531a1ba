import { Type } from 'typebox';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { readOnce } from '../requests.ts';
import { IdParams, listOf, PageQuery } from '../schema.ts';
import { findThread, findThreadById } from '../threads/queries.ts';
import { SlugParams } from '../threads/schema.ts';
import { findPost, listRevisions, readAnswers } from './queries.ts';
import { presentList, toPost } from './rows.ts';
import { AnswersQuery, NewAnswer, Post, PostChange, Revision } from './schema.ts';
import { createAnswer, deletePost, revisePost } from './service.ts';

export function registerPostRoutes(app: App): void {
	const { context } = app;

	/** Where a deleted post's place is shown, or was. */
	const findPlace = async ({ kind, replyCount, answerId, threadId }: Post) => {
		if (kind === 'reply' || replyCount > 0) return `/posts/${answerId}`;
		const thread = await findThreadById(context.db, threadId);
		return `/threads/${thread!.slug}`;
	};

	app.get(
		'/api/threads/:slug/posts',
		{
			schema: {
				summary: 'List answers',
				tags: ['posts'],
				params: SlugParams,
				querystring: AnswersQuery,
				response: {
					200: listOf(Post),
					...problems(400, 404, 422),
				},
			},
		},
		async ({ params, query, member }) => {
			const key = JSON.stringify(['answers', params.slug, query]);
			const { answers, own } = await context.readings.read(key, member, async (tx) => {
				const thread = await findThread(tx, params.slug);
				if (!thread) throw new NotFound('There is no such thread.');
				const answers = await readAnswers(tx, { ...query, threadId: thread.id }, 'full');
				return { thread, answers, rows: answers.items };
			});
			return presentList(answers, own, toPost);
		},
	);

	app.post(
		'/api/threads/:slug/posts',
		{
			config: { takesKey: true, audit: 'post.created' },
			schema: {
				summary: 'Answer with a definition or a story',
				tags: ['posts'],
				params: SlugParams,
				body: NewAnswer,
				response: {
					201: Post,
					...problems(404, 409, 422),
				},
			},
		},
		async (request, reply) => {
			const post = await createAnswer(request.context, request.actor, {
				slug: request.params.slug,
				input: request.body,
				once: readOnce(request),
			});
			return reply.answer(201, post, `/posts/${post.id}`);
		},
	);

	app.get(
		'/api/posts/:id',
		{
			schema: {
				summary: 'Read a post',
				tags: ['posts'],
				params: IdParams,
				response: {
					200: Post,
					...problems(404),
				},
			},
		},
		async ({ params, member }) => {
			const post = await findPost(context.db, params.id, member);
			if (!post) throw new NotFound('There is no such post.');
			return post;
		},
	);

	app.patch(
		'/api/posts/:id',
		{
			config: { audit: 'post.edited' },
			schema: {
				summary: 'Revise one’s own post',
				tags: ['posts'],
				params: IdParams,
				body: PostChange,
				response: {
					200: Post,
					...problems(404, 422),
				},
			},
		},
		async (request, reply) => {
			const { id } = request.params;
			const change = request.isForm ? withUnticked(request.body) : request.body;
			const post = await revisePost(request.context, request.actor, { id, change });
			return reply.answer(200, post, `/posts/${id}`);
		},
	);

	app.delete(
		'/api/posts/:id',
		{
			config: { audit: 'post.deleted' },
			schema: {
				summary: 'Delete one’s own post',
				tags: ['posts'],
				params: IdParams,
				response: {
					204: Type.Null(),
					...problems(404),
				},
			},
		},
		async (request, reply) => {
			const post = await deletePost(request.context, request.actor, request.params.id);
			return reply.answer(204, null, request.isForm ? await findPlace(post) : undefined);
		},
	);

	app.get(
		'/api/posts/:id/revisions',
		{
			schema: {
				summary: 'List earlier versions of a post',
				tags: ['posts'],
				params: IdParams,
				querystring: Type.Object(PageQuery),
				response: {
					200: listOf(Revision),
					...problems(400, 404, 422),
				},
			},
		},
		async ({ params, query, member }) => {
			const post = await findPost(context.db, params.id, member);
			if (!post || post.body === '') throw new NotFound('There is no such post.');
			return listRevisions(context.db, { ...query, postId: post.id });
		},
	);
}

/** A form with a title is a story's: it sends no `practices` when none is ticked. */
function withUnticked(change: PostChange): PostChange {
	return change.title === undefined ? change : { practices: [], ...change };
}
