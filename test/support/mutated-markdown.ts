import specification from 'commonmark-spec';

const picture = `/images/${'A'.repeat(22)}.webp`;

/** What people put into texts and CommonMark's examples have little of. */
const pieces = [
	...'“ ” « » ‘ ’ … — – 。 、 「テスト」 日本語です 中文，好 한국어 שלום עולם مرحبا بالعالم ١٢٣ 😀 👍🏽 👩‍👩‍👧 🇩🇪 é ñ \u00a0 \u3000 \u200b \u200f \u00ad'.split(
		' ',
	),
	...':tada: :+1: @ann_b @me. me@x.example https://e.example/a_(b)? www.x.example 50% $5 C# R&D 216) 2024. No. Dr. ½'.split(
		' ',
	),
	...'* ** *** _ __ ~~ ` `` [ ] ![ ]( ) \\ < > & &amp; &#42; # ## - + 1. 7) | || = === --- *** ~~~ ```'.split(
		' ',
	),
	`![own](${picture})`,
	`[![own](${picture})](https://b.example/p)`,
	'![away](https://x.example/y.png "t")',
	'[words](https://e.example/a "The title")',
	'<https://e.example/x>',
	'`code`',
	'  \n',
	'\\\n',
];

const blocks = [
	'| a | b |\n| --- | :-: |\n| 1 | **2** |\n| `x|y` | \\| |',
	'| one |\n| --- |',
	`![own](${picture})`,
	'- שלום\n  1. עולם\n  2. two',
	'> مرحبا\n>\n> - one',
	'```js\n\tx = 1\n```',
	'1. a\n\n   b\n2. c',
	'## A heading\nand more',
	'A heading\nof two lines\n---',
];

/** An example of CommonMark, or two, changed as by a careless hand: a few cuts, moves, indents and pieces put in. */
export function mutateExample(random: () => number): string {
	const below = (n: number) => Math.floor(random() * n);
	const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
	const example = () => pick(specification.tests).markdown.replaceAll('→', '\t').trimEnd();

	const splice = (text: string, piece: string) => {
		const at = below(text.length + 1);
		return text.slice(0, at) + piece + text.slice(at);
	};
	const changeLines = (text: string, change: (lines: string[], at: number) => void) => {
		const lines = text.split('\n');
		change(lines, below(lines.length));
		return lines.join('\n');
	};
	const changes: ((text: string) => string)[] = [
		(text) => splice(text, pick(pieces)),
		(text) => splice(text, pick(pieces)),
		(text) => splice(text, ` ${pick(pieces)} `),
		(text) => {
			const other = example();
			return text.slice(0, below(text.length + 1)) + other.slice(below(other.length));
		},
		(text) => `${text}${pick(['\n', '\n\n'])}${example()}`,
		(text) => {
			const from = below(text.length);
			return text.slice(0, from) + text.slice(from + 1 + below(3));
		},
		(text) => changeLines(text, (lines, at) => lines.splice(below(lines.length), 0, lines[at]!)),
		(text) =>
			changeLines(text, (lines, at) => {
				const other = below(lines.length);
				[lines[at], lines[other]] = [lines[other]!, lines[at]!];
			}),
		(text) =>
			changeLines(text, (lines, at) => {
				lines[at] = pick([' ', '  ', '   ', '    ', '\t', '> ', '- ', '1. ']) + lines[at];
			}),
		(text) =>
			changeLines(text, (lines, at) => {
				lines[at] = lines[at]!.replace(/^[ \t>]+|[ \t]+$/, '');
			}),
		(text) => changeLines(text, (lines, at) => lines.splice(at, 0, pick(['', '', pick(blocks)]))),
		(text) => changeLines(text, (lines, at) => lines.splice(at, 1)),
		(text) => {
			const mark = pick(['- ', '12. ', '> ', '  ']);
			const by = mark === '> ' ? mark : ' '.repeat(mark.length);
			return mark + text.replaceAll('\n', `\n${by}`);
		},
	];
	let text = example();
	for (let n = 1 + below(6); n > 0; n--) text = pick(changes)(text);
	return text;
}
