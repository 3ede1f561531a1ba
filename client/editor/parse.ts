import type { Node } from '@tiptap/pm/model';
import type { Token } from 'markdown-it';
import { MarkdownParser } from 'prosemirror-markdown';
import { dialect, environment } from './dialect.ts';
import { schema } from './schema.ts';

const readPicture = (token: Token) => ({
	src: token.attrGet('src'),
	alt: dialect.renderer.renderInlineAsText(token.children ?? [], dialect.options, environment),
});

/** Whether the items that follow stand without space between them. */
function isTight(tokens: readonly Token[], list: number): boolean {
	const { level } = tokens[list]!;
	for (let n = list + 1; tokens[n]!.level > level; n++)
		if (/^paragraph_open$|^picture$/.test(tokens[n]!.type) && tokens[n]!.level === level + 2)
			return tokens[n]!.hidden;
	return true;
}

const parser = new MarkdownParser(schema, dialect, {
	paragraph: { block: 'paragraph' },
	heading: { block: 'heading', getAttrs: ({ tag }) => ({ level: Number(tag.slice(1)) }) },
	blockquote: { block: 'blockquote' },
	bullet_list: {
		block: 'bulletList',
		getAttrs: (_token, tokens, index) => ({ tight: isTight(tokens, index) }),
	},
	ordered_list: {
		block: 'orderedList',
		getAttrs: (token, tokens, index) => ({
			start: Number(token.attrGet('start') ?? 1),
			tight: isTight(tokens, index),
		}),
	},
	list_item: { block: 'listItem' },
	code_block: { block: 'codeBlock', noCloseToken: true },
	fence: {
		block: 'codeBlock',
		noCloseToken: true,
		getAttrs: ({ info }) => ({ language: /^[^\s`~\\&]+/.exec(info.trim())?.[0] ?? null }),
	},
	table: { block: 'table' },
	thead: { ignore: true },
	tbody: { ignore: true },
	tr: { block: 'tableRow' },
	th: { block: 'tableHeader' },
	td: { block: 'tableCell' },
	hr: { node: 'horizontalRule' },
	picture: { node: 'image', getAttrs: readPicture },
	image: { node: 'inlineImage', getAttrs: readPicture },
	hardbreak: { node: 'hardBreak' },
	softbreak: { node: 'hardBreak' },
	strong: { mark: 'bold' },
	em: { mark: 'italic' },
	s: { mark: 'strike' },
	code_inline: { mark: 'code', noCloseToken: true },
	link: {
		mark: 'link',
		getAttrs: (token) => ({ href: token.attrGet('href'), title: token.attrGet('title') }),
	},
});

/** The document that a Markdown text describes: headings from level 2 on, pictures of ours as such. */
export function parseMarkdown(source: string): Node {
	const doc = parser.parse(source, { ...environment });
	// A document without a block has no place for a caret, nor for what is chosen before the first letter.
	return doc.childCount > 0 ? doc : schema.topNodeType.createAndFill()!;
}
