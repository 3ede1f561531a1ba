import type { Me } from '../../server/accounts/schema.ts';
import type { Post, Viewer } from '../../server/posts/schema.ts';

type Subject = Pick<Post, 'author' | 'deletedAt' | 'removal'>;

export const isModerator = (me: Me): boolean => me.role !== 'member' && me.suspension === null;

/**
 * What `me` may do with a post that came by a live event, which is in nobody's view. It mirrors the
 * server's rules so that the right buttons show; the server decides.
 */
export function viewerOf(
	{ author, deletedAt, removal }: Subject,
	me: Me | null,
	{ locked, upvoted = false }: { locked: boolean; upvoted?: boolean },
): Viewer | null {
	if (!me) return null;
	const active = me.suspension === null;
	const own = author.id === me.id;
	const visible = deletedAt === null && removal === null;
	const moderator = isModerator(me);
	return {
		upvoted,
		canUpvote: active && !own && visible,
		canReply: active && visible && !locked,
		canEdit: active && own && visible && !locked,
		canDelete: active && own && deletedAt === null,
		canFeature: moderator && visible,
		canRemove: moderator && deletedAt === null,
	};
}
