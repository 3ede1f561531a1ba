/** A letter of a language that is written from the right. */
export const fromTheRight =
	/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A text that goes among others in a place without elements, and turns none of them (Unicode UAX #9, FSI and PDI). */
export const isolate = (text: string) => (fromTheRight.test(text) ? `\u2068${text}\u2069` : text);

const neutral =
	'\\u0000-@[-`{-\\u00bf\\u2000-\\u206f\\u2190-\\u2bff\\u3000-\\u303f\\ufe0f\\u{1f000}-\\u{1faff}';

/** Anything but spaces, digits and signs, which have no direction. */
export const letter = new RegExp(`[^${neutral}]`, 'u');

/** A list or a quote, and what comes before the first letter in it, of lists and quotes as well. */
const beginning = new RegExp(
	`<(ul|ol(?: start="\\d+")?|blockquote)>((?:<(?!/(?:ul|ol|blockquote)>)[^<>]*>|&\\w+;|(?![&<>])[${neutral}])*)`,
	'gu',
);

/**
 * Has lists and quotes stand on the side where their words begin, in our own sanitised HTML of a text that has words
 * written from the right. A browser does not ask what is in a block with a `dir` of its own for that of the blocks
 * around, so one that others begin with takes their side.
 */
export function turnBlocks(html: string): string {
	return fromTheRight.test(html) ? html.replace(beginning, '<$1 dir="auto">$2') : html;
}
