import type { Author, Me } from '../../server/accounts/schema.ts';
import type { Member } from '../../server/members/schema.ts';
import type { MemberRemoval } from '../../server/moderation/schema.ts';
import type { Post, Viewer } from '../../server/posts/schema.ts';

const at = '2026-03-04T09:30:00.000Z';

const person = (name: string, headline: string | null, avatar: string | null = null): Author => ({
	id: 1,
	handle: name.toLowerCase().replaceAll(/\W/g, '_'),
	name,
	headline,
	avatar,
});

/** A picture of one colour. */
const picture = `data:image/svg+xml,${encodeURIComponent(
	'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path fill="#888" d="M0 0h8v8H0z"/><path fill="#ccc" d="M0 8l4-6 4 6z"/></svg>',
)}`;

export const authors = [
	person('Hanne Dyrlund', 'Key accounts, packaging'),
	person('Bo', null),
	person('Ines Lafargue', 'Inside sales'),
	person('Tomasz Wierzbicki', null),
	person('Amara Eze', 'Regional lead', picture),
];
export const [author] = authors as [Author];
export const me: Me = {
	...author,
	email: '',
	role: 'member',
	hidden: false,
	suspension: null,
	createdAt: at,
};

export const member: Member = {
	...author,
	role: 'member',
	createdAt: at,
	counts: { definitions: 1, stories: 2, replies: 3, upvotes: 4 },
	suspension: null,
};
export const removals: MemberRemoval[] = [
	{ part: 'headline', imageId: null, reason: 'An advertisement.', at },
	{ part: 'image', imageId: 'A'.repeat(22), reason: 'It shows a customer’s face.', at },
];

const viewer: Viewer = {
	upvoted: false,
	canUpvote: true,
	canReply: true,
	canEdit: false,
	canDelete: false,
	canFeature: false,
	canRemove: false,
};

/** Ids that no post has. */
export const votes = [
	{ what: 'to give', postId: -1, score: 7, viewer },
	{ what: 'given', postId: -2, score: 128, viewer: { ...viewer, upvoted: true } },
	{ what: 'one’s own', postId: -3, score: 1204, viewer: { ...viewer, canUpvote: false } },
	{ what: 'a reader’s', postId: -4, score: 0, viewer: null },
	{ what: 'not counted', postId: -5, score: 7, viewer },
];
export const failing = -5;

export const feature = {
	note: 'In this order, always.',
	highlight: null,
	by: author,
	at,
};

export const gone: Post = {
	id: -6,
	threadId: 1,
	answerId: -6,
	parentId: null,
	depth: 0,
	kind: 'definition',
	title: null,
	body: '',
	html: '',
	author,
	score: 0,
	replyCount: 0,
	revisionCount: 0,
	minutes: 0,
	practices: [],
	feature: null,
	createdAt: at,
	editedAt: null,
	deletedAt: at,
	removal: null,
	viewer: null,
};
export const removed: Post = {
	...gone,
	deletedAt: null,
	removal: { at, reason: 'An advertisement.' },
	html: '<p>Buy my course instead.</p>',
};
