import { type Static, Type } from 'typebox';
import { ReplyBody, sorts } from '../posts/schema.ts';
import { body, PageQuery } from '../schema.ts';

export const NewReply = body({ body: ReplyBody });
export type NewReply = Static<typeof NewReply>;

/** The order among siblings: *best* and *top* begin with the most upvoted, *new* with the latest. */
export const RepliesQuery = Type.Object({
	sort: Type.Enum([...sorts], { default: 'best' }),
	...PageQuery,
});
export type RepliesQuery = { sort: (typeof sorts)[number]; limit: number; cursor?: string };
