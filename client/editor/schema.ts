import { type AnyExtension, Extension, getSchema, type Node } from '@tiptap/core';
import { Image } from '@tiptap/extension-image';
import { StarterKit } from '@tiptap/starter-kit';
import { Table, TableCell, TableHeader, TableRow, tableKeys } from './table.ts';

/** A list with space between its items is not tight; signs stand on the side where the words begin. */
const layout = Extension.create({
	name: 'layout',
	addGlobalAttributes: () => [
		{
			types: ['bulletList', 'orderedList', 'blockquote'],
			attributes: {
				dir: { default: 'auto', parseHTML: () => 'auto', renderHTML: () => ({ dir: 'auto' }) },
			},
		},
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

/** What the kit has, as the Markdown of posts has it. */
const kit = StarterKit.extend({
	addExtensions() {
		return this.parent!().map((extension: AnyExtension) => {
			// `- # a heading` and `- > a quote` are items, too.
			if (extension.name === 'listItem') return (extension as Node).extend({ content: 'block+' });
			// Pasted text is read as the site reads it: for the kit “Mr. Smith” begins a list.
			if (extension.name === 'orderedList')
				return (extension as Node).extend({ addProseMirrorPlugins: () => [] });
			if (extension.name === 'code') return extension.extend({ excludes: '' });
			return extension;
		});
	},
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
	kit.configure({
		underline: false,
		heading: { levels: [2, 3, 4, 5] },
		link: {
			openOnClick: false,
			autolink: false,
			linkOnPaste: false,
			markdownLinks: true,
			defaultProtocol: 'https',
			HTMLAttributes: { rel: null, target: null },
		},
		dropcursor: { color: 'var(--pen)', width: 2 },
	}),
	layout,
	InlinePicture,
	Table,
	TableRow,
	TableHeader,
	TableCell,
	tableKeys,
];

export const schema = getSchema([...extensions, Picture]);
