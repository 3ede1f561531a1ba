import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { APIRequestContext, Browser } from 'playwright-core';
import { demoHostEmail } from '../../db/seed.ts';
import type { Post } from '../../server/posts/schema.ts';
import { visit, type Visitor } from '../support/browser.ts';
import { drawPicture } from '../support/pictures.ts';
import { type Site, startSite } from '../support/server.ts';
import { openSetUp } from '../support/set-up.ts';

const password = 'a row of five tiles';
const paths = { ownership: '/api/threads/ownership/posts', odd: '/api/threads/odd/posts' };
const longWord = 'Verkaufsverantwortungsübernahmebereitschaftserklärung';

export type Who = 'reader' | 'member' | 'host';

/** A demo community and an empty installation, with what the demo leaves out. */
export type Stage = {
	/** addresses of what is worth a picture */
	at: {
		definition: string;
		featured: string;
		deep: string;
		story: string;
		ownStory: string;
		ownDefinition: string;
		odd: string;
		gone: string;
	};
	/** Someone at a browser of their own, by default in the demo community. */
	open(who: Who, options: { width: number; isEmpty?: boolean }): Promise<Visitor>;
	/** Lets every question to the empty installation's database end with this SQLSTATE. */
	breakEmpty(state: string): Promise<void>;
	close(): Promise<void>;
};

export async function setStage(browser: Browser): Promise<Stage> {
	const sites: Site[] = [];
	const close = async () => {
		for (const site of sites) await site.close();
	};
	try {
		for (const seed of ['demo', 'none'])
			sites.push(await startSite({ LOG_LEVEL: 'fatal', SEED: seed }));
		const [site, empty] = sites as [Site, Site];

		async function open(who: Who, { width, isEmpty }: { width: number; isEmpty?: boolean }) {
			const { url } = isEmpty ? empty : site;
			const visitor = await visit(browser, url, { width, height: width < 720 ? 844 : 800 });
			const { request } = visitor.page;
			if (who === 'member' && !isEmpty) await signIn(request, 'nadia@example.com', password);
			if (who === 'host' && isEmpty) await signIn(request, 'host@example.com', password);
			if (who === 'host' && !isEmpty) {
				const file = path.join(site.dataDir, 'demo-host-password');
				await signIn(request, demoHostEmail, (await readFile(file, 'utf8')).trim());
			}
			return visitor;
		}

		const founder = await open('reader', { width: 1280, isEmpty: true });
		const setUp = await openSetUp(await empty.readDatabaseUrl());
		await join(founder.page.request, { handle: 'host', name: 'Astrid Vennemo', setUp });
		await founder.close();
		const at = await fill(open);
		let isBroken = false;
		const breakEmpty = async (state: string) => {
			const client = new pg.Client({ connectionString: await empty.readDatabaseUrl() });
			await client.connect();
			await client.query(`create or replace function break() returns boolean language plpgsql
				as $$ begin raise exception 'away' using errcode = '${state}'; end $$`);
			if (!isBroken)
				await client.query(`alter table threads rename to whole;
					create view threads as select * from whole where break()`);
			isBroken = true;
			await client.end();
		};
		return { at, open, breakEmpty, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** Adds a member who has written everything, and a thread where everything is awkward. */
async function fill(open: Stage['open']): Promise<Stage['at']> {
	const newcomer = await open('reader', { width: 1280 });
	const hosting = await open('host', { width: 1280 });
	const member = newcomer.page.request;
	const host = hosting.page.request;
	await join(member, {
		handle: 'nadia',
		name: 'Nadia Ferreira',
		headline: 'Regional sales lead, packaging',
	});
	const face = { name: 'face.jpg', mimeType: 'image/jpeg', buffer: await drawPicture() };
	await ask(member.put('/api/me/avatar', { multipart: { file: face } }));
	const picture = await ask<{ url: string }>(
		member.post('/api/images', {
			multipart: { file: { ...face, buffer: await drawPicture({ width: 1200, height: 700 }) } },
		}),
	);
	const write = (who: APIRequestContext, address: string, data: object) =>
		ask<Post>(who.post(address, { data }));

	const definition = await write(member, paths.ownership, {
		kind: 'definition',
		body: 'answering for the delivery date as if I had loaded the lorry.',
	});
	for (const body of [
		'answering for the delivery date as if I had loaded the lorry myself.',
		'answering for the delivery date as if I had loaded the lorry myself, and saying so before anybody asks.',
	])
		await ask(member.patch(`/api/posts/${definition.id}`, { data: { body } }));
	const story = await write(member, paths.ownership, {
		kind: 'story',
		title: 'Forty crates and a wrong postcode',
		body: `The customer had moved in May. I knew it; the system did not.\n\n## What I did\n\nI drove after the lorry.\n\n![The lorry at the old gate](${picture.url})\n\n- I called the yard.\n- I called the customer *before* he called me.\n\n> “You are the first who says it before I notice.”\n\nWe lost a morning and kept the account.`,
		practices: ['answer-for-the-outcome', 'see-the-whole-job'],
	});

	await ask(
		host.post('/api/threads', {
			data: {
				slug: 'odd',
				question: `What does ${longWord} mean where you work?`,
				introduction: `A question with words that do not fit: ${longWord}${longWord}.`,
			},
		}),
	);
	await ask(
		host.post('/api/threads', {
			data: {
				slug: 'locked',
				question: 'Who answers when two teams dropped the same ball?',
				introduction: 'Answered in the spring; kept to be read.',
			},
		}),
	);
	await write(host, '/api/threads/locked/posts', {
		kind: 'definition',
		body: 'the one who noticed, until somebody else has said the words “this is mine”.',
	});
	await ask(host.put('/api/threads/locked/lock'));
	const odd = await write(member, paths.odd, {
		kind: 'definition',
		body: `${longWord.repeat(5)} https://example.com/${'a-long-address/'.repeat(10)}`,
	});
	const gone = await write(host, paths.odd, { kind: 'definition', body: 'Soon taken back.' });
	const removed = await write(member, `/api/posts/${gone.id}/replies`, { body: 'Buy my course.' });
	await write(member, `/api/posts/${removed.id}/replies`, { body: longWord.repeat(4) });
	const deleted = await write(member, `/api/posts/${gone.id}/replies`, { body: 'Never mind.' });
	const answer = await write(host, `/api/posts/${deleted.id}/replies`, { body: 'I do mind.' });
	await ask(host.put(`/api/posts/${answer.id}/feature`, { data: { note: 'Three words.' } }));
	const data = { reason: 'Advertising. Say what you did instead.' };
	await ask(host.put(`/api/posts/${removed.id}/removal`, { data }));
	await ask(member.delete(`/api/posts/${deleted.id}`));
	await ask(host.delete(`/api/posts/${gone.id}`));

	const list = async (query: string) => {
		const { items } = await ask<{ items: Post[] }>(host.get(`${paths.ownership}?${query}`));
		const most = items.toSorted((one, other) => other.replyCount - one.replyCount)[0]!;
		return `/posts/${most.id}`;
	};
	const deepest = await list('limit=100');
	const replies = await ask<{ items: Post[] }>(host.get(`/api${deepest}/replies?limit=100`));
	const [deep] = replies.items.toSorted((one, other) => other.depth - one.depth);
	const at = {
		definition: await list('kind=definition&limit=100'),
		featured: await list('kind=definition&featured=true&limit=100'),
		story: await list('kind=story&limit=100'),
		deep: `/posts/${deep!.id}`,
		ownDefinition: `/posts/${definition.id}`,
		ownStory: `/posts/${story.id}`,
		odd: `/posts/${odd.id}`,
		gone: `/posts/${gone.id}`,
	};
	await Promise.all([newcomer.close(), hosting.close()]);
	return at;
}

async function ask<Answer>(response: ReturnType<APIRequestContext['get']>): Promise<Answer> {
	const answer = await response;
	const text = await answer.text();
	if (!answer.ok()) throw new Error(`${answer.url()}: ${answer.status()} ${text}`);
	return (text ? JSON.parse(text) : undefined) as Answer;
}

type Account = { handle: string; name: string; headline?: string; setUp?: string };

const join = (request: APIRequestContext, account: Account) =>
	ask(
		request.post('/api/accounts', {
			data: { ...account, email: `${account.handle}@example.com`, password },
		}),
	);

const signIn = (request: APIRequestContext, email: string, word: string) =>
	ask(request.post('/api/session', { data: { email, password: word } }));
