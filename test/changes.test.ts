import { expect, test } from 'vitest';
import { compareTexts, compareVersions, readParagraphs } from '../client/posts/changes.ts';

const removed = (text: string) => ({ kind: 'removed', text });
const added = (text: string) => ({ kind: 'added', text });
const kept = (text: string) => ({ kind: 'kept', text });

test('what changed in a sentence is told word by word', () => {
	const changes = compareTexts(
		'If the customer is unhappy it is my problem, full stop.',
		'If a delivery is late it is my problem, because I gave the date.',
	);
	expect(changes).toEqual([
		kept('If '),
		removed('the customer is unhappy'),
		added('a delivery is late'),
		kept(' it is my problem, '),
		removed('full stop'),
		added('because I gave the date'),
		kept('.'),
	]);
});

test('what only came in or only went is told as that', () => {
	const more = compareTexts('I call first.', 'I call first, unasked.');
	expect(more).toEqual([kept('I call first'), added(', unasked'), kept('.')]);
	const less = compareTexts('I always call the customer first.', 'I call the customer first.');
	expect(less).toEqual([kept('I '), removed('always '), kept('call the customer first.')]);
});

test('a text with little of the one before is called written anew', () => {
	const changes = compareTexts(
		'Writing good handover notes.',
		'I read it as who has to live off it.',
	);
	expect(changes).toBeNull();
});

const version = (html: string, title = 'The pallet', practices: string[] = []) => ({
	html,
	title,
	practices,
});
const link = (href: string, text = 'the file') =>
	`<p>Here is <a href="${href}" rel="nofollow">${text}</a>.</p>`;

test.each([
	['<p>I call first.</p>', '<p>I call first, unasked.</p>', '1 word added'],
	['<p>I always call first.</p>', '<p>I call first.</p>', '1 word taken out'],
	['<p>If it is late I call.</p>', '<p>If it rains I call.</p>', '1 word added, 2 taken out'],
	['<p>Handover notes.</p>', '<p>Who has to live off it.</p>', 'written anew'],
	[link('https://e.example/a'), link('https://e.example/b'), '1 link changed'],
	['<p>Here is the file.</p>', link('https://e.example/b'), '1 link changed'],
	['<p>I <em>call</em>.</p>', '<p>I <strong>call</strong>.</p>', 'formatting changed'],
	['<p>I call first.</p>', '<p>I call first!</p>', 'punctuation changed'],
	['<p>I call.</p><img src="/images/a.webp">', '<p>I call.</p>', 'pictures changed'],
	['<p>I <mark>call</mark>.</p>', '<p>I call.</p>', 'nothing changed'],
])('from %j to %j: %s', (before, after, summary) => {
	expect(compareVersions(version(before), version(after)).summary).toBe(summary);
});

test('a title and practices that changed are told beside the words', () => {
	const before = version('<p>I call.</p>');
	const after = version('<p>I call.</p>', 'The pallet in the rain');
	const { title, summary } = compareVersions(before, after);
	expect(title).toEqual([kept('The pallet '), added('in the rain')]);
	expect(summary).toBe('title changed');
	const named = version('<p>I call first.</p>', 'The pallet', ['see-the-whole-job']);
	expect(compareVersions(before, named).summary).toBe('1 word added, practices changed');
});

test('of links that lead elsewhere both addresses are shown, each by its words', () => {
	const before = version(link('https://e.example/a?x=1&amp;y=2') + link('/same', 'this'));
	const after = version(link('https://e.example/b') + link('/same', 'this') + link('/c', 'that'));
	expect(compareVersions(before, after).links).toEqual([
		{ text: 'the file', before: 'https://e.example/a?x=1&y=2', after: 'https://e.example/b' },
		{ text: 'that', before: null, after: '/c' },
	]);
});

test('long texts that differ in very many places are not compared', () => {
	const write = (every: number) =>
		Array.from({ length: 4_000 }, (_, n) => (n % every ? `word${n}` : `other${n}`)).join(' ');
	expect(compareTexts(write(4_000), write(40))).not.toBeNull();
	expect(compareTexts(write(4_000), write(5))).toBeNull();
});

test('paragraphs, items and line breaks stay apart, and entities are text', () => {
	expect(
		readParagraphs(
			'<p>One &amp; <em>two</em><br>\nthree</p>\n<ul>\n<li>four</li>\n<li>five</li>\n</ul>\n<p>six</p>\n',
		),
	).toBe('One & two\nthree\n\n– four\n\n– five\n\nsix');
});

test('a row of a table is a line, with a bar between its cells', () => {
	expect(
		readParagraphs(
			'<p>One</p>\n<table>\n<thead>\n<tr>\n<th>Day</th>\n<th>Calls</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>Monday</td>\n<td><strong>3</strong></td>\n</tr>\n<tr>\n<td>Tuesday</td>\n<td></td>\n</tr>\n</tbody>\n</table>\n<p>Two</p>\n',
		),
	).toBe('One\n\nDay | Calls\nMonday | 3\nTuesday | \n\nTwo');
});
