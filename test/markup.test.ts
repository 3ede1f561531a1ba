import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Leaf, nestMarks } from '../server/posts/dialect.ts';
import { nothingKnown, renderMarkdown } from '../server/posts/markdown.ts';
import { createRandom } from './community.ts';
import { writeAmplifiers } from './support/amplifiers.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, expectProblem, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;

beforeAll(async () => {
	site = await createTestApp();
	host = await site.join('host');
});
afterAll(() => closeSite(site));

const bomb = `${'|a'.repeat(100)}|\n${'|-'.repeat(100)}|\n${'|\n'.repeat(2297)}`;
const fillTo = (length: number, unit: string) => unit.repeat(length / unit.length);

test('a text that would become far more HTML than itself is refused wherever HTML is made of it', async () => {
	const story = await tell(host);
	const refusals = [
		await host.post('/api/threads/ownership/posts', { kind: 'story', title: 'Rows', body: bomb }),
		await host.post(`/api/posts/${story.id}/replies`, { body: bomb }),
		await host.patch(`/api/posts/${story.id}`, { body: bomb }),
		await host.post('/api/threads', { question: 'Rows?', introduction: bomb }),
	];
	for (const [n, response] of refusals.entries()) {
		const { errors } = expectProblem(response, 422);
		expect(errors).toEqual([
			{
				path: n === 3 ? '/introduction' : '/body',
				message: expect.stringMatching(/^This text has far more formatting than words\. Take away/),
			},
		]);
	}
});

test('a form that is refused for it shows what was typed again', async () => {
	const response = await host.form('/api/threads/ownership/posts', {
		kind: 'story',
		title: 'Rows and rows',
		body: bomb,
		from: '/threads/ownership/stories/new',
	});
	expect(response.statusCode).toBe(422);
	expect(response.body).toContain('Take away empty table cells');
	expect(response.body).toContain('|a|a|a');
});

test('no text becomes more HTML than 8 bytes for each of its own and 10 kB', () => {
	for (const length of [500, 5000])
		for (const text of writeAmplifiers(length)) {
			let html = '';
			try {
				html = renderMarkdown(text);
			} catch (error) {
				expect((error as Error).message).toMatch(/Take away/);
			}
			expect(Buffer.byteLength(html)).toBeLessThanOrEqual(8 * Buffer.byteLength(text) + 10_000);
		}
});

test.each([
	['prose', 'I called the customer before the truck had left. '],
	['one emphasised word after the other', '**Call** _first_, '],
	['a table of single digits', '| 1 | 2 | 3 |\n', '| a | b | c |\n|---|---|---|\n'],
	[
		'a wide table',
		'| 10 | 20 | 30 | 40 | 50 | 60 | 70 | 80 |\n',
		`${'|a'.repeat(8)}|\n${'|-'.repeat(8)}|\n`,
	],
	['a list', '- milk and eggs\n'],
	['paragraphs of one line', 'No.\n\n'],
	['quotes within quotes', '> > > He said:\n> > > so be it.\n\n'],
	['links', '[the file](https://example.com/file) '],
	['addresses', 'https://example.com/a-page-of-it\n\n'],
	['marks of speech', '"No" & "yes". '],
	['Chinese', '我负责到底。'],
	['Arabic', 'أنا مسؤول عن ذلك. '],
	['emoji', '👍🏽 👩‍💻 '],
	['code', '`a < b && c > d` '],
])('what people write goes through at any length: %s', (_, unit, head = '') => {
	for (const length of [200, 5000, 20_000])
		expect(renderMarkdown(head + fillTo(length - head.length, unit))).not.toBe('');
});

test('a hundred previews do not keep a text from being written: the last stay addresses', () => {
	const urls = Array.from({ length: 100 }, (_, n) => `https://e.example/${n}`);
	const previews = new Map(
		urls.map((url) => [
			url,
			{ url, title: '题'.repeat(150), description: '字'.repeat(240), siteName: null },
		]),
	);
	const html = renderMarkdown(urls.join('\n\n'), { known: { ...nothingKnown, previews } });
	expect(html.match(/<p class="preview">/g)!.length).toBeGreaterThan(4);
	expect(html.match(/<a /g)).toHaveLength(100);
	expect(html).toContain('>https://e.example/99</a>');
});

/** Counts how often a set is gone through. */
class CountedSet extends Set<string> {
	static readings = 0;

	override [Symbol.iterator]() {
		CountedSet.readings++;
		return super[Symbol.iterator]();
	}
}

const toLeaf = (text: string, marks: string[]): Leaf<string> => ({
	value: text,
	text,
	marks: new CountedSet(marks),
});

test.each([
	['begins', [' ', 'a']],
	['ends', ['a', ' ']],
	['begins and ends', [' ', 'a', ' ']],
])('nesting marks whose text %s with space is work in proportion to the text', (_, texts) => {
	const count = (words: number) => {
		const leaves = Array.from({ length: words }, () => [
			...texts.map((text) => toLeaf(text, ['strong', 'em'])),
			toLeaf('b', []),
		]);
		CountedSet.readings = 0;
		nestMarks(leaves.flat());
		return CountedSet.readings;
	};
	expect(count(1000)).toBeLessThan(11 * count(100));
});

test('however marks lie over each other, none begins or ends with space and all text stays in order', () => {
	const random = createRandom(3);
	const names = ['strong', 'em', 's', 'link 1', 'link 2'];
	for (let round = 0; round < 500; round++) {
		const density = random();
		const leaves = Array.from({ length: 1 + Math.floor(60 * random()) }, () =>
			toLeaf(
				random() < 0.4 ? ' ' : 'a',
				names
					.filter(() => random() < density)
					.filter((name, n, all) => !name.startsWith('link') || n === all.length - 1),
			),
		);
		const wanted = leaves.map(({ text }) => text).join('');
		const steps = nestMarks(leaves);
		const shown = steps.map((step) => {
			if ('leaf' in step) return step.leaf.text!;
			const mark = 'open' in step ? step.open : step.close;
			return mark.startsWith('link') ? '' : 'open' in step ? '<' : '>';
		});
		expect(shown.join('')).not.toMatch(/<[<>]* | [<>]*>/);
		expect(shown.join('').replace(/[<>]/g, '')).toBe(wanted);
	}
});
