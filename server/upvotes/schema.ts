import { type Static, Type } from 'typebox';
import { Id } from '../schema.ts';

export const Upvote = Type.Object({
	postId: Id,
	score: Type.Integer(),
	upvoted: Type.Boolean(),
});
export type Upvote = Static<typeof Upvote>;
