import type { Post } from '../../server/posts/schema.ts';

/** A reply with the replies below it. `strayed` is a reply whose parent is on another page. */
export type Branch = { post: Post; children: Branch[]; strayed: boolean };

/** How many levels a page shows below its root before a branch continues on its own page; `server/replies/queries.ts` knows. */
export const LEVELS = 6;

/** Builds the tree below `rootId` out of replies in reading order. */
export function buildTree(replies: Post[], rootId: number): Branch[] {
	const branches = new Map(
		replies.map((post) => [post.id, { post, children: [] as Branch[], strayed: false }]),
	);
	const top: Branch[] = [];
	for (const branch of branches.values()) {
		const above = branches.get(branch.post.parentId ?? rootId);
		branch.strayed = !above && branch.post.parentId !== rootId;
		(above?.children ?? top).push(branch);
	}
	return top;
}

export function countReplies(branch: Branch): number {
	return branch.children.reduce((count, child) => count + 1 + countReplies(child), 0);
}
