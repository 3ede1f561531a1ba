import type { Author } from '../accounts/schema.ts';
import type { Member } from '../members/schema.ts';
import { readText } from '../posts/markdown.ts';
import type { Post, StoryCard } from '../posts/schema.ts';
import type { Thread } from '../threads/schema.ts';

/** A description by the vocabulary of https://schema.org, without its `@context`. */
export type StructuredData = { '@type': string } & Record<string, unknown>;

type Listed = Post | StoryCard;

const isVisible = ({ deletedAt, removal }: Listed) => !deletedAt && !removal;

const person = (
	origin: string,
	{ handle, name }: Pick<Author, 'handle' | 'name'>,
): StructuredData => ({
	'@type': 'Person',
	name,
	url: `${origin}/members/${handle}`,
});

const count = (
	type: 'LikeAction' | 'CommentAction' | 'WriteAction',
	userInteractionCount: number,
) => ({
	'@type': 'InteractionCounter',
	interactionType: `https://schema.org/${type}`,
	userInteractionCount,
});

/** What answers and replies have alike. */
const describePost = (origin: string, post: Listed) => ({
	...(post.title !== null && { headline: post.title }),
	text: 'html' in post ? readText(post.html) : post.excerpt,
	url: `${origin}/posts/${post.id}`,
	author: person(origin, post.author),
	datePublished: post.createdAt,
	...(post.editedAt && { dateModified: post.editedAt }),
	interactionStatistic: [
		count('LikeAction', post.score),
		...(post.replyCount > 0 ? [count('CommentAction', post.replyCount)] : []),
	],
});

/**
 * A question with the answers that its page lists, each once.
 *
 * Follows https://developers.google.com/search/docs/appearance/structured-data/discussion-forum, as do the others.
 */
export function describeQuestion(
	origin: string,
	{ thread, answers, path }: { thread: Thread; answers: Listed[]; path: string },
): StructuredData {
	const { question, introductionHtml, host, counts, createdAt } = thread;
	const listed = new Map(answers.filter(isVisible).map((answer) => [answer.id, answer]));
	return {
		'@type': 'DiscussionForumPosting',
		headline: question,
		text: readText(introductionHtml),
		url: origin + path,
		author: host
			? person(origin, host)
			: { '@type': 'Organization', name: 'Weigh-In', url: origin },
		datePublished: createdAt,
		interactionStatistic: count('CommentAction', counts.definitions + counts.stories),
		comment: [...listed.values()].map((answer) => ({
			'@type': 'Comment',
			...describePost(origin, answer),
		})),
	};
}

/** An answer and the replies of its page, nested; what stands under a reply that is gone moves up. */
export function describeAnswer(
	origin: string,
	{ thread, post, replies }: { thread: Thread; post: Post; replies: Post[] },
): StructuredData | null {
	if (!isVisible(post)) return null;
	const parents = new Map(replies.map(({ id, parentId }) => [id, parentId]));
	const root: StructuredData = {
		'@type': 'DiscussionForumPosting',
		...describePost(origin, post),
		isPartOf: { '@type': 'CreativeWork', url: `${origin}/threads/${thread.slug}` },
	};
	const described = new Map<number | null | undefined, StructuredData>();
	for (const reply of replies.filter(isVisible)) {
		const comment: StructuredData = { '@type': 'Comment', ...describePost(origin, reply) };
		let above = reply.parentId;
		while (parents.has(above!) && !described.has(above)) above = parents.get(above!)!;
		const parent = described.get(above) ?? root;
		((parent.comment ??= []) as StructuredData[]).push(comment);
		described.set(reply.id, comment);
	}
	return root;
}

export function describeMember(origin: string, member: Member): StructuredData {
	const { id, handle, headline, createdAt, counts } = member;
	const { definitions, stories, replies, upvotes } = counts;
	return {
		'@type': 'ProfilePage',
		dateCreated: createdAt,
		mainEntity: {
			...person(origin, member),
			alternateName: handle,
			identifier: String(id),
			...(headline && { description: headline }),
			agentInteractionStatistic: count('WriteAction', definitions + stories + replies),
			interactionStatistic: count('LikeAction', upvotes),
		},
	};
}

/** The element that carries a description; no text in it can end it (https://html.spec.whatwg.org/#restrictions-for-contents-of-script-elements). */
export function writeStructuredData(data: StructuredData): string {
	const json = JSON.stringify({ '@context': 'https://schema.org', ...data })
		.replaceAll('<', '\\u003c')
		.replaceAll('\u2028', '\\u2028')
		.replaceAll('\u2029', '\\u2029');
	return `<script type="application/ld+json">${json}</script>`;
}
