import { Type } from 'typebox';
import { readSnapshot } from '../../db/client.ts';
import type { App } from '../app.ts';
import { Forbidden, Locked, NotFound, Suspended } from '../errors.ts';
import type { PageDescription } from '../pages.ts';
import { readReplies } from '../replies/queries.ts';
import { Id, IdParams, PageQuery } from '../schema.ts';
import { describeAnswer } from '../sharing/structured-data.ts';
import { findThread, findThreadById } from '../threads/queries.ts';
import { SlugParams } from '../threads/schema.ts';
import { isolate } from './directions.ts';
import { excerptHtml } from './markdown.ts';
import { findPost, findRow, listRevisions } from './queries.ts';
import { maySee, present, presentList, toPost } from './rows.ts';
import type { Post, Sort } from './schema.ts';

const ConversationAddress = Type.Object({
	sort: Type.Enum(['best', 'new', 'top'], { default: 'best' }),
	cursor: PageQuery.cursor,
	reply: Type.Optional(Id),
	branch: Type.Optional(Type.String()),
});
type ConversationAddress = { sort: Sort; cursor?: string; reply?: number; branch?: string };

const pageLimit = 50;

/** What a page about a post calls it: a story by its title, other posts by their author and first words. */
function describePost({
	id,
	kind,
	title,
	author,
	html,
	...post
}: Post): Omit<PageDescription, 'path'> {
	const start = excerptHtml(html, 60) || (html && 'a picture');
	const shown = title ?? (start && `${isolate(author.name)}: ${isolate(start)}`);
	if (!shown)
		return { title: 'A post that is gone', description: 'A post that is gone.', isHidden: true };
	return {
		title: shown,
		description: excerptHtml(html, 160) || shown,
		image: {
			path: `/posts/${id}/image.png`,
			alt: `${excerptHtml(html, 240) || shown} ${isolate(author.name)}`,
		},
		...(kind === 'story' && {
			type: 'article',
			article: {
				author: author.name,
				publishedAt: post.createdAt,
				modifiedAt: post.editedAt,
			},
		}),
	};
}

export function registerPostPages(app: App): void {
	const { context } = app;

	app.get(
		'/posts/:id',
		{ config: { isKept: true }, schema: { params: IdParams, querystring: ConversationAddress } },
		async (request, reply) => {
			const { member, params } = request;
			const { sort, cursor, reply: replyTo, branch } = request.query as ConversationAddress;
			const key = JSON.stringify(['post', params.id, request.query]);
			const { named, answer, isBranch, own, ...read } = await context.readings.read(
				key,
				member,
				async (tx) => {
					const named = await findRow(tx, params.id);
					const isReply = named?.post.kind === 'reply';
					const answer = isReply ? await findRow(tx, named.post.answerId) : named;
					const thread = answer && (await findThreadById(tx, answer.post.threadId));
					if (!named || !thread) throw new NotFound('There is no such post.');
					// a removed reply that nobody has answered is in no conversation
					const isAlone = !named.post.visible && named.post.replyCount === 0;
					const isBranch = isReply && (branch !== undefined || isAlone);
					const replies = await readReplies(tx, {
						postId: (isBranch ? named : answer).post.id,
						answerId: answer.post.id,
						sort,
						cursor,
						limit: pageLimit,
						around: replyTo ?? (isReply && !isBranch ? named.post.id : undefined),
					});
					return {
						thread,
						named,
						answer,
						isBranch,
						replies,
						rows: [named, answer, ...replies.items],
					};
				},
			);
			if (!maySee(member, named)) throw new NotFound('There is no such post.');
			const props = {
				thread: read.thread,
				post: present(answer, own, toPost),
				replies: presentList(read.replies, own, toPost),
				sort,
				around: named !== answer && !isBranch ? named.post.id : null,
				branch: isBranch ? present(named, own, toPost) : null,
			};
			const { thread, post, replies } = props;
			const described = describePost(post);
			const meta = request.describePage({
				...described,
				image: (named === answer ? described : describePost(present(named, own, toPost))).image,
				path: `/posts/${post.id}`,
			});
			return reply.page(
				'PostPage',
				{ ...props, meta, replyTo: replyTo ?? null },
				{
					describe: (origin) =>
						props.branch ? null : describeAnswer(origin, { thread, post, replies: replies.items }),
				},
			);
		},
	);

	app.get(
		'/posts/:id/revisions',
		{
			config: { isKept: true },
			schema: { params: IdParams, querystring: Type.Object({ cursor: PageQuery.cursor }) },
		},
		async (request, reply) => {
			const { member, params } = request;
			const props = await readSnapshot(context.db, async (tx) => {
				const post = await findPost(tx, params.id, member);
				const thread = post && (await findThreadById(tx, post.threadId));
				if (!thread || post.body === '') throw new NotFound('There is no such post.');
				const selection = { postId: post.id, limit: 10, cursor: request.query.cursor };
				return { post, thread, revisions: await listRevisions(tx, selection) };
			});
			const meta = request.describePage({
				title: `How this ${props.post.kind} changed`,
				description: describePost(props.post).description,
				path: `/posts/${params.id}/revisions`,
				isHidden: true,
			});
			return reply.page('RevisionsPage', { ...props, meta });
		},
	);

	app.get('/posts/:id/edit', { schema: { params: IdParams } }, async (request, reply) => {
		const { member, params } = request;
		if (!member) return reply.redirect(`/sign-in?from=${encodeURIComponent(request.url)}`, 303);
		const props = await readSnapshot(context.db, async (tx) => {
			const post = await findPost(tx, params.id, member);
			const thread = post && (await findThreadById(tx, post.threadId));
			if (!thread) throw new NotFound('There is no such post.');
			return { post, thread };
		});
		if (!props.post.viewer?.canEdit)
			throw new Forbidden('Only its author edits a post, while it stands.');
		const title =
			props.post.kind === 'definition' ? 'Revise your definition' : `Edit your ${props.post.kind}`;
		const path = `/posts/${params.id}/edit`;
		return reply.page('EditPage', {
			...props,
			meta: request.describePage({
				title,
				description: props.thread.question,
				path,
				isHidden: true,
			}),
		});
	});

	app.get(
		'/threads/:slug/stories/new',
		{ schema: { params: SlugParams } },
		async (request, reply) => {
			const { member } = request;
			if (!member) return reply.redirect(`/sign-in?from=${encodeURIComponent(request.url)}`, 303);
			const thread = await findThread(context.db, request.params.slug);
			if (!thread) throw new NotFound('There is no such thread.');
			if (member.suspension) throw new Suspended();
			if (thread.lockedAt) throw new Locked();
			const path = `/threads/${thread.slug}/stories/new`;
			return reply.page('StoryFormPage', {
				thread,
				meta: request.describePage({
					title: 'Tell a story',
					description: thread.question,
					path,
					isHidden: true,
				}),
			});
		},
	);
}
