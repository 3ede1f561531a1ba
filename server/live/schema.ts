import { type Static, Type } from 'typebox';
import type { Feature, Post } from '../posts/schema.ts';
import { Id } from '../schema.ts';
import type { ThreadCounts } from '../threads/schema.ts';

/**
 * A frame from the client. `after` absent: from now on. `typing` is sent while a reply to the post `postId` is
 * being written, and with null when it is not any more.
 */
export const ClientFrame = Type.Union([
	Type.Object(
		{
			type: Type.Literal('subscribe'),
			topic: Type.String({ maxLength: 40 }),
			after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
		},
		{ additionalProperties: false },
	),
	Type.Object(
		{ type: Type.Literal('unsubscribe'), topic: Type.String({ maxLength: 40 }) },
		{ additionalProperties: false },
	),
	Type.Object(
		{
			type: Type.Literal('typing'),
			topic: Type.String({ maxLength: 40 }),
			postId: Type.Union([Id, Type.Null()]),
		},
		{ additionalProperties: false },
	),
]);
export type ClientFrame = Static<typeof ClientFrame>;

export const LiveEventsQuery = Type.Object({
	topic: Type.String({ maxLength: 40 }),
	after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
});

/** The events of a topic after a cursor and the cursor that it has come to. */
export const LiveEvents = Type.Object(
	{
		topic: Type.String(),
		cursor: Type.Integer({ description: 'Ask again after this one.' }),
		events: Type.Array(
			Type.Object({
				cursor: Type.Integer(),
				event: Type.Object({ type: Type.String() }, { additionalProperties: true }),
			}),
		),
		reset: Type.Boolean({
			description: 'The gap is too large to replay: read the data again, then ask after `cursor`.',
		}),
	},
	{ title: 'LiveEvents' },
);
export type LiveEvents = Static<typeof LiveEvents>;

/** A post as everybody may see it: nobody's view in particular. */
export type PublicPost = Omit<Post, 'viewer'> & { viewer: null };

/** An answer's count of replies after the change. */
type AnswerReplies = { id: number; replyCount: number };

/**
 * What happened to a thread. Every event carries the state after it. `post` (and `feature`) is null in the replay of an
 * event whose post was deleted or removed since; `answer` is there where the change was in a conversation.
 */
export type ThreadEvent =
	| { type: 'post.created'; post: PublicPost | null; counts: ThreadCounts; answer?: AnswerReplies }
	| { type: 'post.edited'; post: PublicPost | null }
	| { type: 'post.deleted'; postId: number; counts: ThreadCounts; answer?: AnswerReplies }
	| { type: 'post.upvoted'; postId: number; score: number }
	| { type: 'post.featured'; postId: number; feature: Feature | null; post: PublicPost | null }
	| { type: 'post.unfeatured'; postId: number; post: PublicPost | null }
	| {
			type: 'post.removed';
			postId: number;
			at: string;
			counts: ThreadCounts;
			answer?: AnswerReplies;
	  }
	| {
			type: 'post.restored';
			postId: number;
			post: PublicPost | null;
			counts: ThreadCounts;
			answer?: AnswerReplies;
	  }
	| { type: 'thread.locked'; at: string }
	| { type: 'thread.unlocked' };

/** What happened to one's own account. */
type AccountEvent = { type: 'notification.created' };

export type LiveEvent = ThreadEvent | AccountEvent;

type CursoredEvent = { cursor: number; event: LiveEvent };

/** A frame from the server. */
export type ServerFrame =
	| { type: 'subscribed'; topic: string; cursor: number }
	| { type: 'event'; topic: string; cursor: number; event: LiveEvent }
	| { type: 'events'; topic: string; events: CursoredEvent[] }
	| { type: 'reset'; topic: string; cursor: number }
	| {
			type: 'presence';
			topic: string;
			readers: number;
			typing: { handle: string; postId: number }[];
	  }
	| { type: 'error'; status: number; title: string; topic?: string };
