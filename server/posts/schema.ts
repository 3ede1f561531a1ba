import { type Static, Type } from 'typebox';
import { Author } from '../accounts/schema.ts';
import type { Thread } from '../threads/schema.ts';
import {
	body,
	Id,
	type List,
	type Meta,
	nullable,
	PageQuery,
	Time,
	writtenText,
} from '../schema.ts';

const practices = [
	'see-the-whole-job',
	'sell-with-the-company',
	'answer-for-the-outcome',
	'make-good-work-better',
] as const;
export type Practice = (typeof practices)[number];
export const Practice = Type.Enum([...practices], { type: 'string' });
const Practices = Type.Array(Practice, { uniqueItems: true, maxItems: practices.length });

export const Kind = Type.Enum(['definition', 'story', 'reply']);
export type Kind = 'definition' | 'story' | 'reply';

export const Feature = Type.Object({
	note: nullable(Type.String()),
	highlight: nullable(Type.String()),
	by: Author,
	at: Time,
});
export type Feature = Static<typeof Feature>;

/** `reason` is there only for the post's author and for moderators. */
export const Removal = Type.Object({ reason: Type.Optional(Type.String()), at: Time });
export type Removal = Static<typeof Removal>;

/** What the signed-in member has done to this post and may do now. */
export const Viewer = Type.Object({
	upvoted: Type.Boolean(),
	canUpvote: Type.Boolean(),
	canReply: Type.Boolean(),
	canEdit: Type.Boolean(),
	canDelete: Type.Boolean(),
	canFeature: Type.Boolean(),
	canRemove: Type.Boolean(),
});
export type Viewer = Static<typeof Viewer>;

const postProperties = {
	id: Id,
	threadId: Id,
	answerId: Id,
	parentId: nullable(Id),
	depth: Type.Integer(),
	kind: Kind,
	title: nullable(Type.String()),
	body: Type.String(),
	html: Type.String(),
	author: Author,
	score: Type.Integer(),
	replyCount: Type.Integer(),
	revisionCount: Type.Integer(),
	minutes: Type.Integer(),
	practices: Type.Array(Practice),
	feature: nullable(Feature),
	createdAt: Time,
	editedAt: nullable(Time),
	deletedAt: nullable(Time),
	removal: nullable(Removal),
	viewer: nullable(Viewer),
};

/**
 * A definition, story or reply. `html` is sanitised and carries a feature's highlight as `<mark>`.
 * `answerId` is the definition or story it belongs to (its own id for those), `replyCount` counts the
 * visible replies at every depth below, `minutes` is the reading time at 220 words a minute.
 * A deleted post, and a removed one for all but its author and moderators, has no title, body or html.
 */
export const Post = Type.Object(postProperties, { title: 'Post' });
export type Post = Static<typeof Post>;

const { body: _body, html: _html, ...cardProperties } = postProperties;
/** A story in a list: its first sentences as plain text (at most 240 characters) instead of all of it. */
export const StoryCard = Type.Object({ ...cardProperties, excerpt: Type.String() });
export type StoryCard = Static<typeof StoryCard>;

const DefinitionBody = writtenText('plain', 500);
const StoryTitle = writtenText('line', 120, 3);
const StoryBody = writtenText('markdown', 20_000);
export const ReplyBody = writtenText('markdown', 5000);

const NewDefinition = body({ kind: Type.Literal('definition'), body: DefinitionBody });
const NewStory = body({
	kind: Type.Literal('story'),
	title: StoryTitle,
	body: StoryBody,
	practices: Type.Optional(Practices),
});
/** Told apart by `kind`. */
export type NewAnswer = Static<typeof NewDefinition> | Static<typeof NewStory>;
export const NewAnswer = Type.Unsafe<NewAnswer>({
	type: 'object',
	required: ['kind'],
	discriminator: { propertyName: 'kind' },
	oneOf: [NewDefinition, NewStory],
});

/** Absent fields stay as they are. Limits that depend on the post's kind are checked against it. */
export const PostChange = body({
	title: Type.Optional(StoryTitle),
	body: Type.Optional(writtenText('markdown', 20_000)),
	practices: Type.Optional(Practices),
});
export type PostChange = Static<typeof PostChange>;

export const sorts = ['top', 'new', 'best'] as const;
export type Sort = (typeof sorts)[number];
export const Sort = Type.Enum([...sorts]);
const periods = ['all', 'month', 'week'] as const;
export type Period = (typeof periods)[number];
export const Period = Type.Enum([...periods]);

/** `period` narrows the sort *top* to answers of the last 7 or 30 days. */
export const AnswersQuery = Type.Object({
	kind: Type.Optional(Type.Enum(['definition', 'story'])),
	sort: Type.Enum([...sorts], { default: 'top' }),
	period: Type.Enum([...periods], { default: 'all' }),
	featured: Type.Optional(Type.Boolean()),
	practice: Type.Optional(Practice),
	...PageQuery,
});
export type AnswersQuery = {
	kind?: 'definition' | 'story';
	sort: Sort;
	period: Period;
	featured?: boolean;
	practice?: Practice;
	limit: number;
	cursor?: string;
};

/** An earlier version, as it read from `createdAt` on. */
export const Revision = Type.Object({
	number: Type.Integer(),
	title: nullable(Type.String()),
	body: Type.String(),
	html: Type.String(),
	practices: Type.Array(Practice),
	createdAt: Time,
});
export type Revision = Static<typeof Revision>;

/**
 * An answer and its conversation: `replies` is one page of the tree in reading order (a parent before its
 * children), of the whole answer or, where `branch` is set, of the branch below that reply. `around` is
 * the reply the address named. `replyTo` is the post whose reply form is open without JavaScript.
 */
export type PostPageProps = {
	meta: Meta;
	thread: Thread;
	post: Post;
	branch: Post | null;
	replies: List<Post>;
	sort: Sort;
	around: number | null;
	replyTo: number | null;
};

export type StoryFormPageProps = { meta: Meta; thread: Thread };
export type EditPageProps = { meta: Meta; thread: Thread; post: Post };
/** Earlier versions, the latest first; the post itself is the present one. */
export type RevisionsPageProps = {
	meta: Meta;
	thread: Thread;
	post: Post;
	revisions: List<Revision>;
};
