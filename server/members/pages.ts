import { Type } from 'typebox';
import { readSnapshot } from '../../db/client.ts';
import { isHost, isModerator } from '../accounts/permissions.ts';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { listRemovals } from '../moderation/removals.ts';
import { HandleParams } from '../moderation/schema.ts';
import { mayActOn } from '../moderation/service.ts';
import { isolate } from '../posts/directions.ts';
import { listPostsByAuthor } from '../posts/queries.ts';
import { PageQuery } from '../schema.ts';
import { describeMember } from '../sharing/structured-data.ts';
import { findMember, listQuestions } from './queries.ts';

export function registerMemberPages(app: App): void {
	const { db } = app.context;

	app.get(
		'/members/:handle',
		{ schema: { params: HandleParams, querystring: Type.Object({ cursor: PageQuery.cursor }) } },
		async (request, reply) => {
			const viewer = request.member;
			const props = await readSnapshot(db, async (tx) => {
				const member = await findMember(tx, request.params.handle, viewer);
				if (!member) throw new NotFound('There is no member with this handle.');
				const selection = { authorId: member.id, limit: 30, cursor: request.query.cursor };
				const posts = await listPostsByAuthor(tx, selection, viewer);
				const threads = await listQuestions(
					tx,
					posts.items.map((post) => post.threadId),
				);
				const mayReadReasons = viewer?.id === member.id || isModerator(viewer);
				const removals = mayReadReasons ? await listRemovals(tx, member.id) : [];
				return { member, posts, threads, removals };
			});
			const { name, headline, handle } = props.member;
			return reply.page(
				'MemberPage',
				{
					...props,
					meta: request.describePage({
						title: name,
						description: headline
							? `${isolate(name)}, ${isolate(headline)}.`
							: `What ${isolate(name)} has written here.`,
						path: `/members/${handle}`,
						type: 'profile',
					}),
					canModerate: viewer !== null && mayActOn(viewer, props.member),
					canNameModerators: isHost(viewer),
				},
				{ describe: (origin) => describeMember(origin, props.member) },
			);
		},
	);
}
