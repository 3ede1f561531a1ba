/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
	return () => {
		seed = (seed + 0x6d2b79f5) | 0;
		let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
		t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

const picture = `/images/${'A'.repeat(22)}.webp`;

const words =
	'It was late Mr. Smith Dr. Did. St. No. 5 216) 555-1234 1. 2024. 3.5 -5 #1 #tag C# R&D &copy; &amp; &nbsp; &#42; &#9731; ' +
	'snake_case _x_y_ 2*3*4 * ** ~ ~~ ~~~ ` `` | || [ ] [ref] [x]( ![ ! \\ \\\\ \\* \\_ \\[ \\` \\< \\# \\- \\1 < > <b> </b> <!-- x --> ' +
	'a<b b>a << -> => = == === - -- --- + ++ : :: :tada: :+1: @ann_b @me. me@x.example 10:30 (so) “so” «so» ‘so’ "so" … — – ' +
	'。 、 「テスト」 です 日本語 中文，好 한국어 שלום עולם مرحبا بك 😀 👍🏽 ❤️ é n\u0303 \u00a0 \u3000 \u200b 50% $5 ^ { } / ? ; ,';

const atoms = words
	.split(' ')
	.concat([
		'https://e.example/a',
		'https://e.example/a_b_c?d=1&e=2.',
		'(https://e.example/a_(b))',
		'“https://e.example/q”',
		'«https://e.example/b»',
		'见https://e.example/c。好',
		'<https://e.example/x>',
		'<mailto:a@b.example>',
		'http://e.example/*a*/b~c',
		'[wrote](https://example.com)',
		'[wrote](https://example.com/a_(b) "The *title*")',
		'[the file](<https://x.example/my file.pdf>)',
		'[odd](<https://x.example/a(b>)',
		'[odd](https://x.example/a\\(b)',
		'[rel](/threads/x#y)',
		'[a **b** `c`](https://e.example)',
		'[`code`](https://e.example)',
		'[](https://e.example)',
		'[a [b] c](https://e.example)',
		'[https://e.example](https://e.example)',
		'[![badge](https://b.example/b.png)](https://b.example/p)',
		`[![own](${picture})](https://b.example/p)`,
		`![own *alt* \\] & "x"](${picture} "t")`,
		'![away](https://x.example/y.png)',
		'`code`',
		'`` a ` b ``',
		'` a `',
		'`  `',
		'`a*b*_c_[d](e)`',
	]);

/** A document as people might write it, and as nobody would. */
export function generateMarkdown(random: () => number): string {
	const below = (n: number) => Math.floor(random() * n);
	const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
	const many = <T>(most: number, make: () => T): T[] =>
		Array.from({ length: 1 + below(most) }, make);

	const glue = () => pick([' ', ' ', ' ', '', '  ']);
	const phrase = (depth: number): string =>
		many(4, () => piece(depth)).reduce((text, next) => text + glue() + next);
	const piece = (depth: number): string => {
		if (depth <= 0 || random() < 0.65) return pick(atoms);
		const inner = phrase(depth - 1);
		const sign = pick(['*', '**', '***', '_', '__', '~~', '**', '*']);
		return random() < 0.9 ? sign + inner + sign : `[${inner}](https://e.example/${below(9)})`;
	};
	const line = () => phrase(3);
	const paragraph = () =>
		many(3, line).reduce((text, next) => text + pick(['\n', '\n', '  \n', '\\\n', '\n  ']) + next);
	const indent = (text: string, by: string, first = by) =>
		text
			.split('\n')
			.map((each, index) => (index === 0 ? first : by) + each)
			.join('\n');
	const code = () =>
		many(
			4,
			() =>
				pick(['', '  ', '    ', '\t']) + pick(['x = 1', '', '# no', '- a', '```', '> q', '*a*']),
		).join('\n');
	const list = (depth: number): string => {
		const start = pick([0, 1, 1, 1, 5, 9, 99]);
		const isNumbered = random() < 0.4;
		const sign = pick(['-', '*', '+']);
		const end = pick(['.', ')']);
		const gap = pick(['\n', '\n', '\n\n']);
		return many(4, () => blocks(depth - 1, pick(['\n', '\n\n'])))
			.map((item, index) => {
				const mark = isNumbered ? `${start + index}${end} ` : `${sign} `;
				return indent(item, ' '.repeat(mark.length), mark);
			})
			.join(gap);
	};
	const table = () => {
		const columns = 1 + below(3);
		const row = () => `| ${Array.from({ length: columns }, () => pick(atoms)).join(' | ')} |`;
		return [row(), `|${' --- |'.repeat(columns)}`, ...many(3, row)].join('\n');
	};
	const block = (depth: number): string => {
		const kind = random();
		if (kind < 0.45 || depth <= 0) return paragraph();
		if (kind < 0.52) return `${'#'.repeat(1 + below(6))} ${line()}${pick(['', '', ' #', ' ##'])}`;
		if (kind < 0.55) return `${paragraph()}\n${pick(['---', '==='])}`;
		if (kind < 0.62)
			return `\`\`\`${pick(['', 'js', 'a b'])}\n${code().replaceAll('```', '``')}\n\`\`\``;
		if (kind < 0.66) return indent(code(), '    ');
		if (kind < 0.69) return pick(['---', '***', '___', '* * *']);
		if (kind < 0.73) return table();
		if (kind < 0.76) return `![alone](${picture})`;
		if (kind < 0.85) return indent(blocks(depth - 1, '\n\n'), '> ');
		return list(depth);
	};
	const blocks = (depth: number, gap: string): string => many(3, () => block(depth)).join(gap);
	return many(4, () => block(3)).join(pick(['\n\n', '\n\n', '\n']));
}
