import { Type } from 'typebox';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { readOnce } from '../requests.ts';
import { listOf, PageQuery } from '../schema.ts';
import { findThread, listThreads } from './queries.ts';
import { NewThread, SlugParams, Thread } from './schema.ts';
import { openThread } from './service.ts';

export function registerThreadRoutes(app: App): void {
	const { context } = app;

	app.get(
		'/api/threads',
		{
			schema: {
				summary: 'List threads',
				tags: ['threads'],
				querystring: Type.Object(PageQuery),
				response: {
					200: listOf(Thread),
					...problems(400, 422),
				},
			},
		},
		(request) => listThreads(context.db, request.query),
	);

	app.get(
		'/api/threads/:slug',
		{
			schema: {
				summary: 'Read a thread',
				tags: ['threads'],
				params: SlugParams,
				response: {
					200: Thread,
					...problems(404),
				},
			},
		},
		async (request) => {
			const thread = await findThread(context.db, request.params.slug);
			if (!thread) throw new NotFound('There is no such thread.');
			return thread;
		},
	);

	app.post(
		'/api/threads',
		{
			config: { for: 'host', takesKey: true, audit: 'thread.created' },
			schema: {
				summary: 'Open a thread (host)',
				tags: ['threads'],
				body: NewThread,
				response: {
					201: Thread,
					...problems(409, 422),
				},
			},
		},
		async (request, reply) => {
			const thread = await openThread(
				request.context,
				request.actor,
				request.body,
				readOnce(request),
			);
			return reply.answer(201, thread, `/threads/${thread.slug}`);
		},
	);
}
