import { Invalid } from '../errors.ts';
import { clean, findFault, showsSomething, type TextForm } from '../text-forms.ts';
import {
	countWords,
	excerptHtml,
	type Known,
	readText,
	renderMarkdown,
	renderPlainText,
} from './markdown.ts';
import type { Kind } from './schema.ts';

/**
 * A text as validation has it, for texts that come another way.
 *
 * @param path the field's JSON Pointer
 * @throws {Invalid} if it turns the words around it, or is one line and has control characters
 */
export function cleanField(form: TextForm, path: string, text: string): string {
	const cleaned = clean(form, text);
	const fault = findFault(form, cleaned);
	if (fault !== null) throw new Invalid(path, `This ${fault}.`);
	return cleaned;
}

function renderBody(kind: Kind, body: string, known?: Known): string {
	if (kind === 'definition') return renderPlainText(body);
	return renderMarkdown(body, { topHeading: kind === 'story' ? 2 : 3, known });
}

/**
 * The columns that follow from a post's body. It is the costly part of writing one: done before a thread is locked.
 *
 * @throws {Invalid} if the text shows nothing, or a definition turns the words around it, or its HTML would be far larger than itself
 */
export function deriveColumns(kind: Kind, body: string, known?: Known) {
	cleanField(kind === 'definition' ? 'plain' : 'markdown', '/body', body);
	const html = renderBody(kind, body, known);
	const text = readText(html);
	if (!showsSomething(text) && !html.includes('<img '))
		throw new Invalid('/body', 'This text shows nothing. Write some words.');
	return {
		body,
		html,
		excerpt: kind === 'story' ? excerptHtml(html) : '',
		wordCount: countWords(text),
	};
}
