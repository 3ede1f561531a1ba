import { Author } from '../accounts/schema.ts';
import type { App } from '../app.ts';
import { problems } from '../openapi.ts';
import { listOf } from '../schema.ts';
import { listMembers } from './queries.ts';
import { MembersQuery } from './schema.ts';

export function registerMemberRoutes(app: App): void {
	const { context } = app;

	app.get(
		'/api/members',
		{
			schema: {
				summary: 'List members by handle',
				tags: ['members'],
				querystring: MembersQuery,
				response: { 200: listOf(Author), ...problems(400, 422) },
			},
		},
		({ query }) => listMembers(context.db, query),
	);
}
