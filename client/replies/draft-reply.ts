import type { Me } from '../../server/accounts/schema.ts';
import type { Post } from '../../server/posts/schema.ts';

let drafts = 0;

const characters: Record<string, string> = {
	'&': '&amp;',
	'<': '&lt;',
	'>': '&gt;',
	'"': '&quot;',
};

/** Text as the paragraphs it will have, until the server renders its Markdown. */
function renderText(text: string): string {
	const escaped = text.trim().replace(/[&<>"]/g, (character) => characters[character]!);
	return escaped
		.split(/\n\s*\n/)
		.map((paragraph) => `<p>${paragraph}</p>`)
		.join('');
}

/** A reply as it is shown until the server has it; its id is below zero. */
export function draftReply(
	parent: Post,
	body: string,
	{ id, handle, name, headline, avatar }: Me,
): Post {
	drafts += 1;
	return {
		...parent,
		id: -drafts,
		parentId: parent.id,
		depth: parent.depth + 1,
		kind: 'reply',
		title: null,
		body,
		html: renderText(body),
		author: { id, handle, name, headline, avatar },
		score: 0,
		replyCount: 0,
		revisionCount: 0,
		practices: [],
		feature: null,
		createdAt: new Date().toISOString(),
		editedAt: null,
		deletedAt: null,
		removal: null,
		viewer: null,
	};
}
