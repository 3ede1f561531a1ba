import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
	applyEvent as applyToConversation,
	type ConversationView,
} from '../client/replies/conversation-view.ts';
import {
	applyEvent as applyToThread,
	readPosts,
	viewThread,
} from '../client/threads/thread-view.ts';
import type { Me } from '../server/accounts/schema.ts';
import type { Post, PostPageProps, StoryCard } from '../server/posts/schema.ts';
import type { ThreadPageProps } from '../server/threads/schema.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, define, readEvents, reply, tell } from './support/scenes.ts';

/** What a page shows after an event must be what the server would show on a page that is read now. */
let site: TestApp;
const people: Record<string, Client> = {};

beforeAll(async () => {
	site = await createTestApp();
	people.host = await site.join('host', 'host');
	people.moderator = await site.join('moderator', 'moderator');
	people.author = await site.join('author', 'member');
	people.member = await site.join('member', 'member');
	people.voter = await site.join('voter', 'member');
	people.reader = site.reader;
});
afterAll(() => closeSite(site));

type Kind = 'definition' | 'story' | 'reply';
type Act = {
	/** what was done before the page was read */
	before?: (post: Post) => Promise<unknown>;
	act: (post: Post) => Promise<unknown>;
};

const lock = '/api/threads/ownership/lock';
const feature = ({ id }: Post) =>
	people.moderator!.put(`/api/posts/${id}/feature`, { note: 'Because.' });
const remove = ({ id }: Post) =>
	people.moderator!.put(`/api/posts/${id}/removal`, { reason: 'It names a customer.' });

const acts: Record<string, Act> = {
	'post.edited': { act: ({ id }) => people.author!.patch(`/api/posts/${id}`, { body: 'Other.' }) },
	'post.upvoted': { act: ({ id }) => people.voter!.put(`/api/posts/${id}/upvote`) },
	'post.featured': { act: feature },
	'post.unfeatured': {
		before: feature,
		act: ({ id }) => people.moderator!.delete(`/api/posts/${id}/feature`),
	},
	'post.removed': { before: feature, act: remove },
	'post.restored': {
		before: remove,
		act: ({ id }) => people.moderator!.delete(`/api/posts/${id}/removal`),
	},
	'post.deleted': { act: ({ id }) => people.author!.delete(`/api/posts/${id}`) },
	'thread.locked': { act: () => people.moderator!.put(lock) },
	'thread.unlocked': {
		before: () => people.moderator!.put(lock),
		act: () => people.moderator!.delete(lock),
	},
};

async function create(kind: Kind): Promise<Post> {
	if (kind === 'story') return tell(people.author!);
	if (kind === 'reply') return reply(people.author!, await tell(people.host!));
	return define(people.author!, 'A promise that I keep when nobody looks.');
}

async function readProps<T>(client: Client, path: string): Promise<T & { me: Me | null }> {
	const { body } = await client.visit(path);
	return JSON.parse(/<script data-page="app"[^>]*>(.*?)<\/script>/s.exec(body)![1]!).props;
}

/** A post that is in no list any more, in the shape in which it is shown; null for whoever may not read it. */
async function readAlone(client: Client, shown: Post | StoryCard) {
	const response = await client.get(`/api/posts/${shown.id}`);
	if (response.statusCode !== 200) return null;
	const { body, html, ...post } = response.json<Post>();
	return 'excerpt' in shown ? { ...post, excerpt: shown.excerpt } : { ...post, body, html };
}

/** What an event cannot tell, and what says the same in two ways, is left out. */
function comparable(post: Post | StoryCard | undefined) {
	if (!post) return null;
	const { deletedAt, removal, editedAt, minutes: _, ...rest } = post;
	const said = { isDeleted: deletedAt !== null, removedAt: removal?.at ?? null };
	return { ...rest, ...said, isEdited: editedAt !== null };
}

const kinds: Kind[] = ['definition', 'story', 'reply'];
const viewers = ['reader', 'member', 'author', 'moderator', 'host'];

describe.each(kinds)('of a %s', (kind) => {
	test.each(Object.keys(acts))(
		'%s leaves what is shown as the server would show it',
		async (name) => {
			const post = await create(kind);
			onTestFinished(async () => {
				await people.moderator!.delete(lock);
				await people.author!.delete(`/api/posts/${post.id}`);
			});
			const { before, act } = acts[name]!;
			await before?.(post);
			const paths = { thread: '/threads/ownership', post: `/posts/${post.answerId}` };
			const read = (who: string) =>
				Promise.all([
					readProps<ThreadPageProps>(people[who]!, paths.thread),
					readProps<PostPageProps>(people[who]!, paths.post),
				]);
			const shown = await Promise.all(viewers.map(read));
			await act(post);
			const after = await Promise.all(viewers.map(read));
			const events = (await readEvents(site)).filter(
				({ cursor }) => cursor > shown[0]![0].thread.liveCursor,
			);
			expect(events.map(({ event }) => event.type)).toContain(name);

			for (const [index, who] of viewers.entries()) {
				const [thread, page] = shown[index]!;
				const [threadNow, pageNow] = after[index]!;
				const view = events.reduce(
					(now, { event }) => applyToThread(now, event, thread.me),
					viewThread(thread),
				);
				// whoever may not see it has no page of it
				if (!page.replies || !pageNow.replies) continue;
				const conversation = events.reduce(
					(now, { event }) => applyToConversation(now, event, page.me),
					{
						thread: page.thread,
						post: page.post,
						branch: null,
						items: page.replies.items,
						waiting: [],
					} as ConversationView,
				);
				const now = new Map(readPosts(viewThread(threadNow)).map((one) => [one.id, one]));
				for (const one of readPosts(view)) {
					const there = now.get(one.id) ?? (await readAlone(people[who]!, one));
					if (there)
						expect(comparable(one), `${who}, the thread's page`).toEqual(comparable(there));
				}
				expect(view.thread.counts).toEqual(threadNow.thread.counts);
				expect(view.thread.lockedAt).toEqual(threadNow.thread.lockedAt);
				expect(view.mine).toEqual(threadNow.mine);
				const nowThere = [pageNow.post, ...pageNow.replies.items];
				for (const one of [conversation.post, ...conversation.items]) {
					const there = nowThere.find(({ id }) => id === one.id);
					if (there) expect(comparable(one), `${who}, the post's page`).toEqual(comparable(there));
				}
			}
		},
	);
});
