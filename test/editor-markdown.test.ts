import type { JSONContent } from '@tiptap/core';
import { describe, expect, test } from 'vitest';
import { canShow, parseMarkdown, writeMarkdown } from '../client/editor/markdown.ts';
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
		['line\\\\ with \\[brackets\\](x) and !\\[no\\](y)'],
	])('%j', (source) => {
		expect(canShow(source)).toBe(true);
		const written = through(source);
		expect(publish(written)).toBe(publish(source));
		expect(through(written)).toBe(written);
	});

	test('a picture in the middle of a paragraph comes to stand by itself', () => {
		const source = `Before ![x](${picture}) after`;
		expect(through(source)).toBe(`Before\n\n![x](${picture})\n\nafter`);
	});

	test('a picture from elsewhere becomes the link that it is', () => {
		const source = 'See ![it](https://x.example/y.png) and ![](https://x.example/z.png)';
		expect(publish(through(source))).toBe(publish(source));
	});
});

const typed = (...lines: string[]): JSONContent => ({
	type: 'doc',
	content: [
		{
			type: 'paragraph',
			content: lines.flatMap((text, index) => [
				...(index > 0 ? [{ type: 'hardBreak' }] : []),
				{ type: 'text', text },
			]),
		},
	],
});

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
])('%j, typed as it is, is shown as it is', (text) => {
	const shown = escapeHtml(text.replace(/[\uE000-\uE00A]/g, '').trim());
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
	expect(through(`**<${address}>**`)).toBe(`**<${address}>**`);
});

test('what is plain is written plainly', () => {
	const source =
		'R&D asked <why> snake_case > camelCase, 5 < 6 & so on.\n\n## A heading\n\n- one\n- two';
	expect(through(source)).toBe(source);
});

test('empty paragraphs and pictures on their way leave nothing', () => {
	const empty = { type: 'paragraph' };
	const broken = { type: 'paragraph', content: [{ type: 'hardBreak' }] };
	const onTheWay = { type: 'image', attrs: { src: null, alt: 'The pallet' } };
	const [words] = typed('words').content!;
	const list = { type: 'bulletList', content: [{ type: 'listItem', content: [empty] }] };
	const doc = {
		type: 'doc',
		content: [empty, empty, words!, list, empty, onTheWay, broken, words!, empty],
	};
	expect(writeMarkdown(doc)).toBe('words\n\nwords');
	expect(writeMarkdown({ type: 'doc', content: [empty] })).toBe('');
});

test.each(['| a | b |\n|---|---|\n| 1 | 2 |', '- [ ] task\n- [x] done', 'a&nbsp;b', '&copy; me'])(
	'%j stays in the plain field',
	(source) => expect(canShow(source)).toBe(false),
);
