import { Type } from 'typebox';
import type { Author, Role } from '../accounts/schema.ts';
import type { MemberRemoval } from '../moderation/schema.ts';
import type { Post, StoryCard } from '../posts/schema.ts';
import { type List, type Meta, PageQuery } from '../schema.ts';

/** `prefix` is how a handle begins, in any case. */
export const MembersQuery = Type.Object({
	prefix: Type.String({ pattern: '^[A-Za-z0-9_]{0,30}$', default: '' }),
	...PageQuery,
});
export type MembersQuery = { prefix: string; limit: number; cursor?: string };

/** A member's public face. `suspension.reason` is there only for the member and for moderators. */
export type Member = Author & {
	role: Role;
	createdAt: string;
	counts: { definitions: number; stories: number; replies: number; upvotes: number };
	suspension: { reason?: string; at: string } | null;
};

/** `posts` are all visible posts, the latest first; `threads` names the questions they answer. */
export type MemberPageProps = {
	meta: Meta;
	member: Member;
	posts: List<Post | StoryCard>;
	threads: Record<number, { slug: string; question: string }>;
	/** what moderators took away of the member, for themself and for moderators */
	removals: MemberRemoval[];
	canModerate: boolean;
	canNameModerators: boolean;
};
