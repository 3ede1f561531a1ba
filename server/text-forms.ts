/**
 * What a text may hold. `line`: one line, such as a title or a name. `plain`: lines shown as they were typed.
 * `markdown`: blocks, each of which browsers lay out by itself.
 */
export type TextForm = 'line' | 'plain' | 'markdown';

/** Characters that Unicode counts as letters or symbols and that show nothing: fillers of Hangul, and Braille without dots. */
const blanks = '\\u115F\\u1160\\u2800\\u3164\\uFFA0';

/** Finds a character that a person can see. */
export const visible = `[^\\s\\p{Z}\\p{C}\\p{M}${blanks}]`;
const isVisible = new RegExp(visible, 'u');

/** Whether a person sees anything of a text. */
export const showsSomething = (text: string) => isVisible.test(text);

/** The rule of `clean`, for those who send texts. */
export const descriptions: { [form in TextForm]: string } = {
	line: 'One line: white space is one space, none is around, and what joins or parts letters unseen is dropped, but joiners that scripts and emoji need. Controls and U+202A to U+202E are refused; U+2066 to U+2068 each need a U+2069 after them.',
	plain:
		'Line breaks are U+000A, no white space is around. U+202A to U+202E are refused; U+2066 to U+2068 each need a U+2069 in the same line.',
	markdown: 'Markdown. Line breaks are U+000A, no white space is around.',
};

/** Line breaks as `\n`. */
export const unifyBreaks = (text: string) => text.replace(/\r\n?/g, '\n');

/**
 * A text as it is counted and stored: what a form's field and a program send of the same words is the same.
 * Empty where it shows nothing.
 */
export function clean(form: TextForm, text: string): string {
	const trimmed = form === 'line' ? cleanLine(text) : unifyBreaks(text).trim();
	return showsSomething(trimmed) ? trimmed : '';
}

/** The tags that end in U+E007F after an emoji choose a flag. */
const flags = /(?<=\p{Extended_Pictographic}\uFE0F?)[\u{E0020}-\u{E007E}]+\u{E007F}/u;
const unseen = new RegExp(
	`(${flags.source})|[\\u00AD\\u034F\\u180E\\u200B\\u2060-\\u2064\\u206A-\\u206F\\uFEFF\\u{E0000}-\\u{E00FF}\\u{E01F0}-\\u{E0FFF}]`,
	'gu',
);
/** Joiners beside letters that they cannot join, and so only make one name look like another. */
const idleJoiners =
	/(?<![\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}\u{E007F}[\p{L}--[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Han}]]])[\u200C\u200D]+|(?<=[\u200C\u200D])[\u200C\u200D]+/gv;

const cleanLine = (text: string) =>
	text
		.replace(unseen, (_, flag: string | undefined) => flag ?? '')
		.replace(idleJoiners, '')
		.replace(/\s+/g, ' ')
		.trim();

/** What is wrong with a clean text, in words that follow its name; null if nothing is. */
export function findFault(form: TextForm, text: string): string | null {
	if (form === 'markdown') return null;
	if (form === 'line' && /\p{Cc}/u.test(text))
		return 'has characters that cannot be shown. Remove them';
	if (/[\u202A-\u202E]/.test(text))
		return 'has marks that turn the words around them. Remove U+202A to U+202E, which cannot be seen';
	return text.split(/[\n\u2029]/).every(isBalanced)
		? null
		: 'begins a direction that does not end in the same line. Put U+2069 after each U+2066 to U+2068';
}

function isBalanced(paragraph: string): boolean {
	let open = 0;
	for (const [mark] of paragraph.matchAll(/[\u2066-\u2069]/g)) {
		open += mark === '\u2069' ? -1 : 1;
		if (open < 0) return false;
	}
	return open === 0;
}

/** A text without the marks that turn or isolate its parts, to be cut or put among other words. */
export const dropDirections = (text: string) => text.replace(/[\u202A-\u202E\u2066-\u2069]/g, '');
