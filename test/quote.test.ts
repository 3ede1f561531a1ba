import { expect, test } from 'vitest';
import { quoteMarkdown } from '../client/replies/quote-markdown.ts';
import { readText, renderMarkdown } from '../server/posts/markdown.ts';

test('a passage is quoted line by line', () => {
	expect(quoteMarkdown(' It stood in the rain.\nI moved it.\n\n\nTwice. ')).toBe(
		'> It stood in the rain.\n> I moved it.\n>\n> Twice.',
	);
});

test('names of members and plain words need no escapes', () => {
	const words = '@ann_author said: “half-done is not done”, at 10:30 (or so); 3.5 % more!';
	expect(quoteMarkdown(words)).toBe(`> ${words}`);
});

test.each([
	'2 * 3 * 4 = 24',
	'*stars* and **more**, `code` and ``more``',
	'_under_ and __more__ and snake_case',
	'[a link](/threads) ![picture](x) [ref]: x',
	'# no heading',
	'> no quote',
	'- no list',
	'+ no list',
	'1. no list',
	'12) no list',
	'2024',
	'---',
	'a\n===',
	'a\n---',
	'| a | b |\n|---|---|\n| c | d |',
	'~~struck~~ and ~~~',
	'```\nfence\n```',
	'back\\slash and \\*',
	'&amp; &lt;b&gt; &#42; R&D',
	'<script>alert(1)</script> <b>',
	':tada: and 🎉',
	'1. one\n2. two',
])('the passage %j reads in the quote as it did', (passage) => {
	const html = renderMarkdown(quoteMarkdown(passage));
	expect(html).toMatch(/^<blockquote>\n<p>[^]*<\/p>\n<\/blockquote>$/);
	expect(html.match(/<(?!\/?(blockquote|p|br)\b)/)).toBeNull();
	expect(readText(html)).toBe(passage);
});

test.each([
	'https://en.wikipedia.org/wiki/Ownership_(psychology)',
	'see https://x.example/_a_/*b*?c=d_e&f=~g~ and *this*',
	'(https://x.example/a_b)',
])('the addresses in %j lead where they did', (passage) => {
	const links = (html: string) => html.match(/href="[^"]*"/g);
	const html = renderMarkdown(quoteMarkdown(passage));
	expect(links(html)).toEqual(links(renderMarkdown(passage.replaceAll('*this*', 'this'))));
	expect(readText(html)).toBe(passage);
});

test('quoted code keeps its indents', () => {
	const code = '    if (late) {\n        own(it);\n    }';
	const html = renderMarkdown(quoteMarkdown(`It said:\n${code}\nSo I *did*.`, [code]));
	expect(html).toContain(`<pre><code>${code}\n</code></pre>`);
	expect(html).toContain('<p>So I *did*.</p>');
	expect(renderMarkdown(quoteMarkdown(code, [code]))).toContain(`<code>${code}\n</code>`);
});
