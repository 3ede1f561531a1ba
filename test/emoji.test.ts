import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, read, reply, tell } from './support/scenes.ts';

let site: TestApp;
let author: Client;

beforeAll(async () => {
	site = await createTestApp();
	author = await site.join('host');
});
afterAll(() => closeSite(site));

test.each([
	['Closed :tada:', 'Closed 🎉'],
	[':tada::+1: (:-1:)', '🎉👍 (👎)'],
	[':stuck_out_tongue:', '😛'],
	['**:tada:**', '<strong>🎉</strong>'],
	['[:tada:](/threads)', '<a href="/threads" rel="nofollow ugc noopener">🎉</a>'],
	['`:tada:`', '<code>:tada:</code>'],
	['\\:tada:', ':tada:'],
	[':no_such_thing: :constructor: :TADA: : tada :', null],
	['At 10:100:30, a:tada:b, x/:tada:', null],
])('%j reads as the emoji it names', async (body, html) => {
	const expected = `<p>${html ?? body}</p>`;
	const story = await tell(author, { body });
	expect(story.html).toBe(expected);
	expect((await reply(author, story, body)).html).toBe(expected);
	expect((await read(site.reader, story.id)).body).toBe(body);
});

test('code and addresses keep the name', async () => {
	const body = 'https://example.com/:tada:/x\n\n```\n:tada:\n```';
	const { html } = await tell(author, { body });
	expect(html).not.toContain('🎉');
	expect(html).toContain('href="https://example.com/:tada:/x"');
});

test('a definition and an introduction read the same, and what was typed stays in the form', async () => {
	const url = '/api/threads/ownership/posts';
	const response = await author.post(url, { kind: 'definition', body: 'Mine :tada: *and* `:+1:`' });
	const { id, html, body } = response.json();
	expect(html).toBe('<p>Mine 🎉 *and* `👍`</p>');
	expect(body).toBe('Mine :tada: *and* `:+1:`');
	expect((await author.visit(`/posts/${id}/edit`)).body).toContain('Mine :tada:');
	const opening = { question: 'So?', introduction: 'Welcome :wave:', slug: 'so' };
	expect((await author.post('/api/threads', opening)).json().introductionHtml).toBe(
		'<p>Welcome 👋</p>',
	);
});

test('a highlight is a passage as it reads', async () => {
	const story = await tell(author, { body: 'We won :tada: together.' });
	await author.put(`/api/posts/${story.id}/feature`, { highlight: 'won 🎉 together' });
	expect((await read(author, story.id)).html).toBe('<p>We <mark>won 🎉 together</mark>.</p>');
});
