import type { Post } from '../../server/posts/schema.ts';
import { join, type Person } from '../motionless.ts';
import { type Site, startSite } from './server.ts';
import { openSetUp } from './set-up.ts';

/** A site with a little of everything that a page can show. */
export type SmallForum = {
	site: Site;
	people: { host: Person; author: Person; member: Person; suspended: Person };
	posts: {
		/** featured with a line marked and a note, revised, discussed */
		definition: Post;
		/** names a practice */
		story: Post;
		/** the deepest that its answer's page shows; it goes on on its own page */
		deep: Post;
		/** a reply of the member's own with a reply to it */
		reply: Post;
		removed: Post;
		removedReply: Post;
		deletedReply: Post;
	};
	close(): Promise<void>;
};

export async function openSmallForum(): Promise<SmallForum> {
	const site = await startSite({ SEED: 'none' });
	try {
		return { site, ...(await fill(site)), close: () => site.close() };
	} catch (error) {
		await site.close();
		throw error;
	}
}

async function fill(site: Site): Promise<Pick<SmallForum, 'people' | 'posts'>> {
	const { url } = site;
	const host = await join(url, 'host', await openSetUp(await site.readDatabaseUrl()));
	const author = await join(url, 'author');
	const member = await join(url, 'member');
	const suspended = await join(url, 'suspended');
	const answer = (by: Person, post: object, slug = 'ownership') =>
		by.send<Post>('POST', `/api/threads/${slug}/posts`, post);
	const reply = (by: Person, to: Post, body: string) =>
		by.send<Post>('POST', `/api/posts/${to.id}/replies`, { body });

	const definition = await answer(author, {
		kind: 'definition',
		body: 'I ring the customer before the customer rings me. The rest is paperwork.',
	});
	await author.send('PATCH', `/api/posts/${definition.id}`, {
		body: 'I ring the customer before the customer rings me. Everything else is paperwork.',
	});
	const removed = await answer(suspended, { kind: 'definition', body: 'Buy my course instead.' });
	await reply(author, removed, 'This is not an answer.');
	await answer(host, { kind: 'definition', body: 'Nobody has to ask who does it.' });
	const story = await answer(author, {
		kind: 'story',
		title: 'The pallet in the rain',
		body: 'It stood there for **three days**.\n\n- The yard\n- The customer\n\n> Who called?\n\nI did: [here is the list](https://lists.example/yard), `0815`.',
		practices: ['see-the-whole-job'],
	});
	await answer(host, { kind: 'story', title: 'A second call', body: 'Nobody had asked for it.' });
	await member.send('PUT', `/api/posts/${definition.id}/upvote`);
	await host.send('PUT', `/api/posts/${definition.id}/feature`, {
		highlight: 'I ring the customer before the customer rings me.',
		note: 'In this order, always.',
	});
	await host.send('PUT', `/api/posts/${story.id}/feature`, { note: 'Three days is a long time.' });

	const own = await reply(member, definition, 'And what do you say when you **do not know** yet?');
	let deep = await reply(author, own, 'That I do not know yet, and when I will.');
	for (let depth = 0; depth < 6; depth++)
		deep = await reply(depth % 2 ? author : host, deep, `One level deeper, ${depth + 3}.`);
	const deletedReply = await reply(member, definition, 'Never mind.');
	await reply(host, deletedReply, 'I do mind, a little.');
	await member.send('DELETE', `/api/posts/${deletedReply.id}`);
	const removedReply = await reply(suspended, definition, 'Have you seen my course?');
	await host.send('PUT', `/api/posts/${own.id}/feature`, { note: 'The right question.' });
	for (const post of [removed, removedReply])
		await host.send('PUT', `/api/posts/${post.id}/removal`, { reason: 'An advertisement.' });
	await host.send('PUT', '/api/members/suspended/suspension', { reason: 'Advertisements.' });

	await host.send('POST', '/api/threads', {
		question: 'Who answers for a handover?',
		introduction: 'The question comes up *every* quarter.',
		slug: 'handover',
	});
	await answer(author, { kind: 'definition', body: 'Both, until it is done.' }, 'handover');
	await host.send('PUT', '/api/threads/handover/lock');
	return {
		people: { host, author, member, suspended },
		posts: { definition, story, deep, reply: own, removed, removedReply, deletedReply },
	};
}
