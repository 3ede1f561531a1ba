import { Type } from 'typebox';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { problems } from '../openapi.ts';
import { listOf } from '../schema.ts';
import { findDraft, listDrafts } from './queries.ts';
import { Draft, DraftChange, DraftHead, DraftParams } from './schema.ts';
import { deleteDrafts, saveDraft } from './service.ts';

export function registerDraftRoutes(app: App): void {
	const { context } = app;
	const config = {
		for: 'member',
		limit: 'draftByAccount',
		audit: { unwritten: 'a draft is its writer’s own business' },
	} as const;

	app.get(
		'/api/drafts',
		{
			config: { for: 'member' },
			schema: {
				summary: 'List one’s own drafts, at most 100, without their words',
				tags: ['drafts'],
				response: { 200: listOf(DraftHead) },
			},
		},
		async (request) => ({
			items: await listDrafts(context.db, request.actor.id),
			next: null,
		}),
	);

	app.get(
		'/api/drafts/:key',
		{
			config: { for: 'member' },
			schema: {
				summary: 'Read one’s own draft',
				tags: ['drafts'],
				params: DraftParams,
				response: { 200: Draft, ...problems(404) },
			},
		},
		async (request) => {
			const { id: accountId } = request.actor;
			const draft = await findDraft(context.db, { accountId, key: request.params.key });
			if (!draft) throw new NotFound('There is no such draft.');
			return draft;
		},
	);

	app.put(
		'/api/drafts/:key',
		{
			config,
			schema: {
				summary: 'Keep a draft',
				tags: ['drafts'],
				params: DraftParams,
				body: DraftChange,
				response: { 200: Draft, ...problems(404, 409, 422) },
			},
		},
		async (request) => {
			return saveDraft(context, request.actor, { ...request.body, key: request.params.key });
		},
	);

	app.delete(
		'/api/drafts/:key',
		{
			config,
			schema: {
				summary: 'Delete a draft',
				tags: ['drafts'],
				params: DraftParams,
				response: { 204: Type.Null(), ...problems(404) },
			},
		},
		async (request, reply) => {
			const { id: accountId } = request.actor;
			await deleteDrafts(context.db, [{ accountId, key: request.params.key }]);
			return reply.code(204).send(null);
		},
	);
}
