import { expect, test } from 'vitest';
import { compareTexts, describeChanges, readParagraphs } from '../client/posts/changes.ts';

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
	expect(describeChanges(changes)).toBe('9 words added, 6 taken out');
});

test('what only came in or only went is told as that', () => {
	const more = compareTexts('I call first.', 'I call first, unasked.');
	expect(more).toEqual([kept('I call first'), added(', unasked'), kept('.')]);
	expect(describeChanges(more)).toBe('1 word added');
	const less = compareTexts('I always call the customer first.', 'I call the customer first.');
	expect(describeChanges(less)).toBe('1 word taken out');
	expect(describeChanges(compareTexts('I call first.', 'I call first.'))).toBe('no word changed');
});

test('a text with little of the one before is called written anew', () => {
	const changes = compareTexts(
		'Writing good handover notes.',
		'I read it as who has to live off it.',
	);
	expect(changes).toBeNull();
	expect(describeChanges(changes)).toBe('written anew');
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
