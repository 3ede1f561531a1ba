import { Invalid } from '../errors.ts';
import {
	countWords,
	excerptText,
	type Known,
	readText,
	renderMarkdown,
	renderPlainText,
} from './markdown.ts';
import type { Kind } from './schema.ts';

/** Line breaks as `\n`, nothing around. */
export function cleanText(text: string): string {
	return text.replace(/\r\n?/g, '\n').trim();
}

function renderBody(kind: Kind, body: string, known?: Known): string {
	if (kind === 'definition') return renderPlainText(body);
	return renderMarkdown(body, { topHeading: kind === 'story' ? 2 : 3, known });
}

/**
 * The columns that follow from a post's body. It is the costly part of writing one: done before a thread is locked.
 *
 * @throws {Invalid} if the text shows nothing, or its HTML would be far larger than itself
 */
export function deriveColumns(kind: Kind, body: string, known?: Known) {
	const html = renderBody(kind, body, known);
	const text = readText(html);
	if (text === '' && !html.includes('<img '))
		throw new Invalid('/body', 'This text shows nothing. Write some words.');
	return {
		body,
		html,
		excerpt: kind === 'story' ? excerptText(text) : '',
		wordCount: countWords(text),
	};
}

const unprintable = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;

/**
 * One line without white space around.
 *
 * @param path the field's JSON Pointer
 * @throws {Invalid} if it has control characters, or marks that turn the direction of what follows
 */
export function cleanLine(path: string, text: string): string {
	const clean = text.replace(/\s+/g, ' ').trim();
	if (unprintable.test(clean))
		throw new Invalid(path, 'This has characters that cannot be shown. Remove them.');
	return clean;
}

/**
 * A line of at least 3 characters.
 *
 * @throws {Invalid} as {@link cleanLine}, and if it is shorter
 */
export function cleanTitle(path: string, title: string): string {
	const clean = cleanLine(path, title);
	if ([...clean].length < 3) throw new Invalid(path, 'This needs at least 3 characters.');
	return clean;
}
