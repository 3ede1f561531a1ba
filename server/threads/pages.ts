import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Tx } from '../../db/client.ts';
import { isHost, isModerator } from '../accounts/permissions.ts';
import type { App } from '../app.ts';
import { NotFound } from '../errors.ts';
import { threadTopic } from '../live/queries.ts';
import { excerptHtml, excerptText } from '../posts/markdown.ts';
import { readAnswers, readFeatured } from '../posts/queries.ts';
import { presentList, type Row, toCard, toListed, toPost } from '../posts/rows.ts';
import { type AnswersQuery, Period, Practice, Sort } from '../posts/schema.ts';
import { type List, PageQuery } from '../schema.ts';
import { describeQuestion } from '../sharing/structured-data.ts';
import { findOpenThread, findThread, listThreads } from './queries.ts';
import { SlugParams, type Thread, type ThreadPageProps, type ThreadTab } from './schema.ts';

const PageAddress = Type.Object({
	tab: Type.Enum(['all', 'definitions', 'stories', 'featured'], { default: 'all' }),
	sort: Type.Enum(['top', 'new', 'best'], { default: 'top' }),
	period: Type.Enum(['all', 'month', 'week'], { default: 'all' }),
	practice: Type.Optional(Practice),
	cursor: PageQuery.cursor,
	draft: Type.Optional(Type.String()),
});
type PageAddress = {
	tab: ThreadTab;
	sort: Sort;
	period: Period;
	practice?: Practice;
	cursor?: string;
	draft?: string;
};

const none: List<Row> = { items: [], next: null };

export function registerThreadPages(app: App): void {
	const { context } = app;

	const readPage = async (
		request: FastifyRequest,
		path: string,
		find: (tx: Tx) => Promise<Thread | null>,
	) => {
		const { member } = request;
		const { draft = '', ...address } = request.query as PageAddress;
		const key = JSON.stringify(['thread', path, address]);
		const { own, ...read } = await context.readings.read(key, member, async (tx) => {
			const thread = await find(tx);
			if (!thread) throw new NotFound('There is no such thread.');
			const lists = await readLists(tx, thread.id, address);
			return { thread, ...lists, rows: Object.values(lists).flatMap(({ items }) => items) };
		});
		const { thread } = read;
		const { tab, sort, period, practice = null } = address;
		return {
			meta: request.describePage({
				title: path === '/' ? undefined : thread.question,
				description: excerptText(`${thread.question} ${excerptHtml(thread.introductionHtml)}`, 160),
				path,
				image: { path: `/threads/${thread.slug}/image.png`, alt: thread.question },
			}),
			readers: context.presence.read(threadTopic(thread.id)).readers,
			thread,
			tab,
			sort,
			period,
			practice,
			featured: presentList(read.featured, own, toListed),
			definitions: presentList(read.definitions, own, toPost),
			stories: presentList(read.stories, own, toCard),
			mine: own.definition,
			canLock: isModerator(member),
			draft,
		} satisfies ThreadPageProps;
	};

	const sendPage = (reply: FastifyReply, props: ThreadPageProps, path: string) =>
		reply.page('ThreadPage', props, {
			describe(origin) {
				const { thread, featured, definitions, stories } = props;
				const answers = [...featured.items, ...definitions.items, ...stories.items];
				return describeQuestion(origin, { thread, answers, path });
			},
		});

	app.get(
		'/',
		{ config: { isKept: true }, schema: { querystring: PageAddress } },
		async (request, reply) => sendPage(reply, await readPage(request, '/', findOpenThread), '/'),
	);

	app.get(
		'/threads/:slug',
		{ config: { isKept: true }, schema: { params: SlugParams, querystring: PageAddress } },
		async (request, reply) => {
			const { slug } = request.params;
			const find = (tx: Tx) => findThread(tx, slug);
			const path = `/threads/${slug}`;
			return sendPage(reply, await readPage(request, path, find), path);
		},
	);

	app.get('/threads', { schema: { querystring: Type.Object(PageQuery) } }, async (request, reply) =>
		reply.page('ThreadsPage', {
			meta: request.describePage({
				title: 'Threads',
				description: 'Every question the host has asked.',
				path: '/threads',
			}),
			threads: await listThreads(context.db, request.query),
			canOpen: isHost(request.member),
		}),
	);
}

/** A fixed number of statements, whatever the tab: unused lists are empty. */
async function readLists(
	tx: Tx,
	threadId: number,
	{ tab, sort, period, practice, cursor }: Omit<PageAddress, 'draft'>,
) {
	const selection: AnswersQuery & { threadId: number } = { threadId, sort, period, limit: 30 };
	return {
		featured:
			tab === 'all'
				? await readFeatured(tx, { threadId, limit: 3 })
				: tab === 'featured'
					? await readFeatured(tx, { threadId, limit: 30, cursor })
					: none,
		definitions:
			tab === 'all' || tab === 'definitions'
				? await readAnswers(tx, { ...selection, kind: 'definition', cursor }, 'full')
				: none,
		stories:
			tab === 'all'
				? await readAnswers(
						tx,
						{ threadId, kind: 'story', sort: 'top', period: 'all', limit: 6 },
						'card',
					)
				: tab === 'stories'
					? await readAnswers(tx, { ...selection, kind: 'story', practice, cursor }, 'card')
					: none,
	};
}
