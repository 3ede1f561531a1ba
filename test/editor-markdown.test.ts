import type { Node } from '@tiptap/pm/model';
import { describe, expect, test } from 'vitest';
import { canShow, parseMarkdown, writeMarkdown } from '../client/editor/markdown.ts';
import { schema } from '../client/editor/schema.ts';
import { stories } from '../db/demo/stories.ts';
import { nothingKnown, renderMarkdown } from '../server/posts/markdown.ts';

const picture = `/images/${'A'.repeat(22)}.webp`;
const image = { id: 'A'.repeat(22), width: 40, height: 20 };
const known = { ...nothingKnown, images: new Map([[picture, image]]) };
const publish = (source: string) => renderMarkdown(source, { known });
const through = (source: string) => writeMarkdown(parseMarkdown(source));

test.each(stories.map((story) => [story.title, story.body]))(
	'the story “%s” is the same after it was opened in the editor',
	(_title, body) => {
		expect(canShow(body)).toBe(true);
		expect(publish(through(body))).toBe(publish(body));
	},
);

describe('what is published stays', () => {
	test.each([
		['*a* **b** ~~c~~ `d` **bold *both* x** ***all***'],
		['[e](https://x.example "t") <https://auto.example> https://bare.example/a_b_c?d=1&e=2.'],
		['[a **b** c](http://x.example/a_(b)) and [ref].\n\n[ref]: http://a.example'],
		['a  \nb\nc\\\nd'],
		['# One\n\n## Two\n\ntext\n\n# Three'],
		['Setext\n===\n\nTwo\n---\n\ntext'],
		['#### Low\n\ntext'],
		['## &nbsp;One **two**&nbsp;\n\ntext'],
		['- a\n- b\n  - c\n  - d\n- e\n\ntext'],
		['5. five\n6. six'],
		['> q\n> w\n>\n> z\n\n> other'],
		['> - in\n> - quote\n>\n> > twice'],
		['```js\nconst a = `1`;\n# no heading\n```'],
		['a\n\n---\n\nb'],
		['a \\*not\\* b \\_c\\_ 2\\*3\\*4 snake_case_word \\`tick\\`'],
		['1\\. not\n\n\\- not\n\n\\> not\n\n\\# not\n\n\\+ not\n\n1\\) not\n\n\\---'],
		['a\\\n\\- not\\\n2\\. not\\\n\\# not'],
		['a < b & c > d, R&D, <b>raw</b>, x<y, &lt;b&gt; &amp;amp; &#9731;'],
		['`a < b & c` and ``a ` b``'],
		['~single~ and ~~double~~'],
		['foo**bar**baz, **a**, _b_'],
		[`before\n\n![The \\[old\\] pallet](${picture})\n\nafter`],
		[`![a \\*b\\* \\_c\\_ & e](${picture})\n\nwords`],
		[`- one\n\n  ![x](${picture})\n- two`],
		['He said “so” — and… "quotes" \'s 😀'],
		['a | b\n\n\\--- | ---'],
		['It was late.\n\nMr. Smith called. I said I would.\n\nDr. Jones agreed.\n\nNo. 5\n\n216) 555'],
		['-     x = 1\n    y\n\n  after\n- b\n\ntext'],
		['1. Do this:\n   ```\n     indented\n   ```\n2. Then'],
		['1. a\n   - b\n     1. c\n     2. d\n   - e\n2. f'],
		['- above\n\n  ---\n- next\n- ***'],
		['[the file](<https://x.example/my file.pdf>) and [odd](<https://x.example/a(b>)'],
		['**「テスト」**です。**重要。**次'],
		['- a\n\n- b\n\n+ c\n+ d\n\n1. e\n\n1) f'],
		['| a \\| b | `c \\| d` |\n|:--|--:|\n| *1* |\n\ntext'],
		['line\\\\ with \\[brackets\\](x) and !\\[no\\](y)'],
	])('%j', (source) => {
		expect(canShow(source)).toBe(true);
		const written = through(source);
		expect(publish(written)).toBe(publish(source));
		expect(through(written)).toBe(written);
	});

	test('a picture in the middle of a paragraph or in a link stays there', () => {
		const source = `Before ![x](${picture}) after [![y](${picture})](https://x.example)`;
		expect(through(source)).toBe(source);
	});

	test('a picture from elsewhere in a link leads where the link does', () => {
		const source = '[![the *badge*](https://x.example/b.png)](https://x.example/project)';
		expect(through(source)).toBe('[the badge](https://x.example/project)');
		expect(publish(source)).toBe(publish(through(source)));
	});

	test('a picture from elsewhere becomes the link that it is', () => {
		const source = 'See ![it](https://x.example/y.png) and ![](https://x.example/z.png)';
		expect(publish(through(source))).toBe(publish(source));
	});
});

const text = (words: string, ...marks: string[]) =>
	schema.text(
		words,
		marks.map((mark) => schema.marks[mark]!.create()),
	);
const block = (type: string, ...content: Node[]) => schema.nodes[type]!.create(null, content);
const document = (...blocks: Node[]) => block('doc', ...blocks);
const typed = (...lines: string[]) =>
	document(
		block(
			'paragraph',
			...lines.flatMap((line, index) => [
				...(index > 0 ? [block('hardBreak')] : []),
				schema.text(line),
			]),
		),
	);

const escapeHtml = (text: string) =>
	text.replace(
		/[&<>"]/g,
		(sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!,
	);

test.each([
	'*not bold*',
	'1. not list',
	'# not heading',
	'- not item',
	'+ plus',
	'> no quote',
	'1) one',
	'a_b_c _d_',
	'[x](y)',
	'<b>hi</b>',
	'a & b',
	'&amp;',
	'&copy;',
	'`code`',
	'~~x~~',
	'\\*',
	'---',
	'===',
	'***',
	'- - -',
	'--- | ---',
	'| a | b |',
	'![i](/x)',
	'[a]: http',
	'*',
	'_',
	'<',
	'x * y * z',
	'ends with \\',
	'#hash',
	'100% & <5',
	'-5 degrees',
	'1.5 metres',
	'2024.',
	'```',
	'    four spaces',
	'<https://x',
	'<me@x.example>',
	'-',
	'10. ',
	'a>b',
	'\uE000a\uE001',
	'Mr. Smith called.',
	'Dr. Jones agreed.',
	'Did. St. No. 5',
	'No. 5',
	'216) 555-1234',
	'(216) 555-1234',
	'i. e.',
	'a) b',
	'x = y | z',
	'one\\',
	'**「テスト」**です',
	'-- and —',
	'2) two',
	'1234567890. ten digits',
])('%j, typed as it is, is shown as it is', (text) => {
	const shown = escapeHtml(text.trim());
	const plain = (source: string) => publish(source).replace(/<\/?a[^>]*>/g, '');
	expect(plain(writeMarkdown(typed(text)))).toBe(`<p>${shown}</p>`);
	expect(plain(writeMarkdown(typed('a', text, 'b')))).toBe(`<p>a<br />\n${shown}<br />\nb</p>`);
});

test.each([
	['See http://x.example/a_b?c=1&d=2, or not.', ['http://x.example/a_b?c=1&amp;d=2']],
	['http://x.example/*a*/b~c', ['http://x.example/*a*/b~c']],
	['(https://x.example/a_(b))', ['https://x.example/a_(b)']],
	['https://x.example/a_ “https://y.example/_c”', ['https://x.example/a_', 'https://y.example/_c']],
	['Write https://, or ftp://x.example', []],
])('the addresses in %j are links', (text, addresses) => {
	const links = (source: string) =>
		[...publish(source).matchAll(/<a href="([^"]*)"/g)].map(([, address]) => address);
	const written = writeMarkdown(typed(text));
	expect(links(written)).toEqual(addresses);
	expect(links(through(written))).toEqual(addresses);
});

test('an address alone in its paragraph is written as it is, as the preview of it wants', () => {
	const address = 'https://x.example/a_b?c=*1*&d=2';
	expect(writeMarkdown(typed(address))).toBe(address);
	expect(through(address)).toBe(address);
	expect(through(`<${address}>`)).toBe(address);
	expect(through(`**<${address}>**`)).toBe(`**${address}**`);
	expect(publish(`**${address}**`)).toBe(publish(`**<${address}>**`));
});

test('what is plain is written plainly', () => {
	const source =
		'R&D asked <why> snake_case > camelCase, 5 < 6 & so on.\n\n## A heading\n\n- one\n- two';
	expect(through(source)).toBe(source);
});

test('empty paragraphs and pictures on their way leave nothing', () => {
	const empty = block('paragraph');
	const onTheWay = schema.nodes.image!.create({ src: null, alt: 'The pallet' });
	const broken = block('paragraph', block('hardBreak'));
	const words = block('paragraph', text('words'));
	const doc = document(empty, empty, words, empty, onTheWay, broken, words, empty);
	expect(writeMarkdown(doc)).toBe('words\n\nwords');
	expect(writeMarkdown(document(empty))).toBe('');
});

test('an item and a quote with nothing in it stay what they look like', () => {
	const item = (...blocks: Node[]) => block('listItem', ...blocks);
	const empty = block('paragraph');
	const list = block('bulletList', item(block('paragraph', text('a'))), item(empty));
	expect(writeMarkdown(document(list, block('blockquote', empty)))).toBe('- a\n-\n\n>');
	expect(publish('- a\n-\n\n>')).toBe(publish(through('- a\n-\n\n>')));
});

const plain = (html: string) => html.replace(/<\/?p>/g, '');

describe('marks are published as they look', () => {
	test.each([
		[
			['very ', 'bold'],
			['important', 'bold', 'italic'],
			[' detail', 'italic'],
		],
		[
			['ver', 'bold'],
			['yi', 'bold', 'italic'],
			['mp', 'italic'],
		],
		[['read'], ['(this)', 'bold'], ['now']],
		[['read'], ['“this”', 'italic'], ['now']],
		[['a'], ['!', 'bold'], ['b'], ['?', 'italic'], ['c']],
		[['「テスト」', 'bold'], ['です']],
		[['これは'], ['「テスト」', 'italic'], ['です']],
		[['x'], ['y', 'italic'], ['z', 'bold'], ['w', 'strike']],
		[
			['a', 'bold'],
			['b', 'italic'],
			['c', 'bold'],
		],
		[
			['code', 'code'],
			['*', 'bold'],
			['c`d', 'code', 'bold'],
		],
		[['~'], ['x', 'strike'], ['~']],
		[['1.'], [' no list', 'bold']],
		[['-'], [' no list', 'bold']],
		[['#', 'italic'], [' no heading']],
	])('%j', (...pieces) => {
		const tags: Record<string, string> = {
			bold: 'strong',
			italic: 'em',
			strike: 's',
			code: 'code',
		};
		const doc = document(
			block('paragraph', ...pieces.map(([words, ...marks]) => text(words!, ...marks))),
		);
		const html = plain(publish(writeMarkdown(doc)));
		// letter by letter, for there are several ways to nest tags
		const shown: [string, string][] = [];
		const open: string[] = [];
		for (const [token] of html.matchAll(/<[^>]+>|&\w+;|[^<]/gu))
			if (token.startsWith('</')) open.pop();
			else if (token.startsWith('<')) open.push(token.slice(1, -1));
			else shown.push([token, open.toSorted().join()]);
		const wanted = pieces.flatMap(([words, ...marks]) =>
			[...words!].map((letter): [string, string] => [
				letter,
				marks
					.map((mark) => tags[mark]!)
					.toSorted()
					.join(),
			]),
		);
		const visible = (letters: [string, string][]) => letters.filter(([letter]) => letter !== ' ');
		expect(visible(shown)).toEqual(visible(wanted));
		expect(shown.map(([letter]) => letter).join('')).toBe(
			wanted.map(([letter]) => letter).join(''),
		);
	});
});

test('a link is set to any address', () => {
	for (const href of [
		'https://x.example/a(b',
		'https://x.example/a)b(c',
		'https://x.example/a_(b)',
		'https://x.example/my%20file.pdf',
		'https://x.example/?q=<a>&copy;=\\*"',
	]) {
		const link = schema.marks.link!.create({ href });
		const doc = document(block('paragraph', schema.text('there', [link])));
		const [, published] = /^<p><a href="([^"]*)"[^>]*>there<\/a><\/p>$/.exec(
			publish(writeMarkdown(doc)),
		)!;
		expect(decodeURI(published!.replaceAll('&amp;', '&').replaceAll('&quot;', '"'))).toBe(
			decodeURI(href),
		);
	}
});

test.each([
	['“https://e.example/a”', 'https://e.example/a'],
	['«https://e.example/b»', 'https://e.example/b'],
	['https://e.example/c…', 'https://e.example/c'],
	['详见https://e.example/a。谢谢', 'https://e.example/a'],
	['（https://e.example/a）很好', 'https://e.example/a'],
	['「https://e.example/a」です', 'https://e.example/a'],
	['https://e.example/a、https', 'https://e.example/a'],
])('in %j only the address becomes a link', (words, address) => {
	const html = publish(writeMarkdown(typed(words)));
	expect(html.match(/href="[^"]*"/g)).toEqual([`href="${address}"`]);
	expect(html.replace(/<[^>]+>/g, '')).toBe(words);
	expect(publish(through(words))).toBe(publish(words));
});

describe('what only looks like it would change stays in the plain field', () => {
	test.each([
		['a name that an escape keeps from becoming an emoji', 'so \\:tada: it is'],
		['a handle that an escape keeps from becoming a mention', 'so \\@ann_author says'],
		[
			'an address that an escape keeps from becoming a link',
			'write \\https://x.example or foo\\@x.example',
		],
	])('%s', (_reason, source) => expect(canShow(source)).toBe(false));

	test.each([
		'| a | b |\n|---|---|\n| 1 | 2 |',
		'- [ ] task\n- [x] done',
		'a&nbsp;b',
		'&copy; me',
		'a\n\n&nbsp;\n\nb',
		'### Three\n\n# One\n\n###### Six',
		'<b>raw</b> <!-- no HTML -->',
	])('but not %j', (source) => {
		expect(canShow(source)).toBe(true);
		expect(publish(through(source))).toBe(publish(source));
	});
});
