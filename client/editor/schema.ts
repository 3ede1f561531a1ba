import { Extension, getSchema } from '@tiptap/core';
import { Blockquote } from '@tiptap/extension-blockquote';
import { Bold } from '@tiptap/extension-bold';
import { Code } from '@tiptap/extension-code';
import { CodeBlock } from '@tiptap/extension-code-block';
import { Document } from '@tiptap/extension-document';
import { HardBreak } from '@tiptap/extension-hard-break';
import { Heading } from '@tiptap/extension-heading';
import { HorizontalRule } from '@tiptap/extension-horizontal-rule';
import { Image } from '@tiptap/extension-image';
import { Italic } from '@tiptap/extension-italic';
import { BulletList, ListItem, ListKeymap, OrderedList } from '@tiptap/extension-list';
import { Paragraph } from '@tiptap/extension-paragraph';
import { Strike } from '@tiptap/extension-strike';
import { Text } from '@tiptap/extension-text';
import { Dropcursor, Gapcursor, TrailingNode, UndoRedo } from '@tiptap/extensions';
import { directions } from './directions.ts';
import { Link } from './link.ts';
import { Table, TableCell, TableHeader, TableRow, tableKeys } from './table.ts';

/** A list with space between its items is not tight. */
const layout = Extension.create({
	name: 'layout',
	addGlobalAttributes: () => [
		{
			types: ['bulletList', 'orderedList'],
			attributes: {
				tight: {
					default: true,
					parseHTML: (element) => element.dataset.tight !== 'false',
					renderHTML: ({ tight }) => (tight ? {} : { 'data-tight': 'false' }),
				},
			},
		},
	],
});

/** A picture that stands by itself. */
export const Picture = Image.extend({
	parseHTML: () => [{ tag: 'img[src]:not([data-inline]):not([src^="data:"])' }],
});

/** A picture amid words or in a link. */
const InlinePicture = Image.extend({
	name: 'inlineImage',
	parseHTML: () => [{ tag: 'img[src][data-inline]' }],
	addInputRules: () => [],
	addCommands: () => ({}),
}).configure({ inline: true, HTMLAttributes: { 'data-inline': '' } });

/** What a story is made of in the editor, without what only a page needs. */
export const extensions = [
	Document,
	Paragraph,
	Text,
	Heading.configure({ levels: [2, 3, 4, 5] }),
	Blockquote,
	BulletList,
	// Pasted text is read as the site reads it: for the extension “Mr. Smith” begins a list.
	OrderedList.extend({ addProseMirrorPlugins: () => [] }),
	// `- # a heading` and `- > a quote` are items, too.
	ListItem.extend({ content: 'block+' }),
	ListKeymap,
	CodeBlock,
	HorizontalRule,
	HardBreak,
	Bold,
	Italic,
	Strike,
	Code.extend({ excludes: '' }),
	Dropcursor.configure({ color: 'var(--pen)', width: 2 }),
	Gapcursor,
	UndoRedo,
	TrailingNode,
	Link,
	layout,
	directions,
	InlinePicture,
	Table,
	TableRow,
	TableHeader,
	TableCell,
	tableKeys,
];

export const schema = getSchema([...extensions, Picture]);
