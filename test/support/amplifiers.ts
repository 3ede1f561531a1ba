/** Texts made to cost far more than their length: what the bounds of every writer of HTML are tried with. */

const fill = (unit: string, length: number) =>
	unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** Repeated to the limit, each asks one construct of Markdown, or of what we add to it, for as much as it gives. */
const units = [
	['[', '![', '](', '[](', '[a](', '[a][', '[a]', '[[a](b)', '*[a](b)', '![a](/images/x.webp)'],
	['`', '``a`', '`a', '\\', '\\`', '\\\\', '"', "'", '&', '&amp;', '&#1;', '&quot;', '<', '<!--'],
	['*', '**a ', '*a', '_a ', 'a_', '~~', '~~a ', '*a_ ', 'a**b', '**a*', '***a**b*', 'a_b_c__'],
	['<http://a>', '<a@b.c>', 'a.to ', 'www.', '//', 'http://', 'http://a.b ', 'http://a.b/(((('],
	['http://я/', 'http://a.b:', 'http://a.b/*', 'a@', 'a@b.c ', 'a.b.', 'http://example.com\n\n'],
	['>', '> ', '>>\n\n', '>a\n', '- ', '-\n', '+ + + +\n', '- a\n\n', '1. ', '1.\n', '1. 1. 1.\n'],
	[
		'#\n',
		'# a\n',
		'a\n---\n',
		'***\n',
		'```\n',
		'~~~\n',
		'    a\n',
		'\n',
		'a\n\n',
		' a  \n',
		'a\\\n',
	],
	['|', '|a\n|-\n', 'a|b\n-|-\n', '|a|b|c|\n|-|-|-|\n|\n|\n\n', '[a]: b\n', '[x]: /u\n\n[x] '],
	['@host ', '@host', '@@', ':tada:', ':tada: ', ':', '::', '🙂', '👨‍👩‍👧‍👦', 'x', 'я', 'א', '字', 'a '],
	[
		'\u202e',
		'\u200d',
		'\u0301',
		'\u00a0',
		'&CounterClockwiseContourIntegral;',
		'<a b="c" ',
		'- [ ] a\n',
	],
	['a\u00a0.', 'a, ', 'a…', '. ', '?!'],
	[
		'**&nbsp;a** ',
		' **&#32;*&#32;a*&#32;**',
		'*a&nbsp;*&nbsp;',
		'**[&nbsp;a](b)&nbsp;**',
		'~~&nbsp;\\\n',
	],
].flat();

/** What needs more than one piece to do harm, at most `length` long. */
const compositions: ((length: number) => string)[] = [
	(length) => `${fill('|a', 200)}|\n${fill('|-', 200)}|\n${fill('|\n', length - 404)}`,
	(length) => {
		const columns = Math.floor(length / 8);
		return `${fill('|', columns)}\n${fill('|-', 2 * columns)}|\n${fill('|\n', length - 3 * columns - 3)}`;
	},
	...['[a]', '![a]', '[a] '].flatMap((use) => [
		(length: number) => `[a]: http://a.b/${fill('x', length / 2)}\n\n${fill(use, length / 2 - 20)}`,
		(length: number) => `[a]: /b "${fill('"x', length / 2)}"\n\n${fill(use, length / 2 - 20)}`,
	]),
	(length) => Array.from({ length: length / 14 }, (_, n) => `[${n}]: /b`).join('\n'),
	...['>', '- ', '1. '].flatMap((unit) => [
		(length: number) => fill(`${unit.repeat(99)}a\n\n`, length),
		(length: number) => fill(unit, length / 2) + fill('a', length / 2),
	]),
	(length) =>
		Array.from({ length: Math.sqrt(length) }, (_, n) => `${' '.repeat(2 * n)}- a`)
			.join('\n')
			.slice(0, length),
	...[
		['[', ']'],
		['[', '](a)'],
		['![', '](a)'],
		['*', '_'],
		['**a ', 'b**'],
		['`', 'a`'],
		['<', '>'],
		['(', ')'],
		['a', '@b'],
		['a.', '@b.'],
	].map(
		([open, close]) =>
			(length: number) =>
				fill(open!, length / 2) + fill(close!, length / 2),
	),
	(length) =>
		Array.from({ length: Math.sqrt(length) }, (_, n) => `${'`'.repeat(n + 1)}a`)
			.join('')
			.slice(0, length),
	(length) => `http://a.b/${fill('я', length - 11)}`,
	(length) => `[a](${fill('(', length - 4)}`,
	(length) => `[a](/b "${fill('c', length - 8)}`,
];

/** Each kind of amplifying text, `length` characters long at most and never empty. */
export function writeAmplifiers(length: number): string[] {
	return [...units.map((unit) => fill(unit, length)), ...compositions.map((write) => write(length))]
		.map((text) => text.slice(0, length).toWellFormed())
		.filter((text) => text.trim() !== '');
}

/** A text out of pieces of all of these, `length` characters long at most, nested and repeated as chance has it. */
export function writeAtRandom(random: () => number, length: number): string {
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
	const write = (most: number, depth: number): string => {
		if (most < 1) return '';
		const part = Math.ceil(most * random());
		switch (depth > 0 ? Math.floor(random() * 6) : 0) {
			case 1:
				return write(part, depth - 1) + write(most - part, depth - 1);
			case 2:
				return fill(write(Math.ceil(random() * 12), depth - 1) || pick(units), most);
			case 3:
				return write(most, depth - 1)
					.split('\n')
					.map((line) => pick(['> ', '- ', '1. ', '    ', '|']) + line)
					.join('\n');
			case 4:
				return `${pick(['[', '![', '*', '**', '`', '<', '(', '~~'])}${write(most - 6, depth - 1)}${pick([']', '](a)', '][a]', '*', '**', '`', '>', ')', '~~'])}`;
			default:
				return fill(pick(units) + pick(['', '', ' ', '\n', '\n\n', pick(units)]), part);
		}
	};
	const text = write(length, 6).slice(0, length).toWellFormed();
	return text.trim() === '' ? 'a' : text;
}
