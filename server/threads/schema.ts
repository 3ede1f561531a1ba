import { type Static, Type } from 'typebox';
import { Author } from '../accounts/schema.ts';
import type { Period, Post, Practice, Sort, StoryCard } from '../posts/schema.ts';
import { body, Id, type List, type Meta, nullable, Time, writtenText } from '../schema.ts';

const Slug = Type.String({
	minLength: 1,
	maxLength: 80,
	pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
});
export const SlugParams = Type.Object({ slug: Slug });
export type SlugParams = Static<typeof SlugParams>;

/** `members` counts those with at least one visible post. */
export const ThreadCounts = Type.Object({
	definitions: Type.Integer(),
	stories: Type.Integer(),
	replies: Type.Integer(),
	members: Type.Integer(),
});
export type ThreadCounts = Static<typeof ThreadCounts>;

/**
 * A question. `introduction` is Markdown, `introductionHtml` its sanitised rendering.
 * `liveCursor` is the cursor of the topic `thread:<id>` that this answer is true at.
 */
export const Thread = Type.Object(
	{
		id: Id,
		slug: Type.String(),
		question: Type.String(),
		introduction: Type.String(),
		introductionHtml: Type.String(),
		host: nullable(Author),
		counts: ThreadCounts,
		lockedAt: nullable(Time),
		liveCursor: Type.Integer(),
		createdAt: Time,
	},
	{ title: 'Thread' },
);
export type Thread = Static<typeof Thread>;

/** An empty slug is as good as none: one is made of the question. */
export const NewThread = body({
	question: writtenText('line', 200, 3),
	introduction: writtenText('markdown', 5000),
	slug: Type.Optional(Type.String({ maxLength: 80, pattern: '^([a-z0-9]+(-[a-z0-9]+)*)?$' })),
});
export type NewThread = Static<typeof NewThread>;

export type ThreadTab = 'all' | 'definitions' | 'stories' | 'featured';

/**
 * The thread's page. On the tab `all`: the latest features, the first definitions, the first stories.
 * On another tab only that list is filled, by page. `readers` is how many read this thread now.
 */
export type ThreadPageProps = {
	meta: Meta;
	thread: Thread;
	tab: ThreadTab;
	sort: Sort;
	period: Period;
	practice: Practice | null;
	featured: List<Post | StoryCard>;
	definitions: List<Post>;
	stories: List<StoryCard>;
	/** the signed-in member's definition here, a removed one too; they may give another once it is deleted */
	mine: { id: number; body: string; removed: boolean } | null;
	canLock: boolean;
	readers: number;
	/** what a reader wrote before signing up, offered back in the composer */
	draft: string;
};

export type ThreadsPageProps = { meta: Meta; threads: List<Thread>; canOpen: boolean };
