import { InputRule, Mark } from '@tiptap/core';
import { closeHistory } from '@tiptap/pm/history';
import { type EditorState, Plugin } from '@tiptap/pm/state';
import { dialect } from './dialect.ts';

declare module '@tiptap/core' {
	interface Commands<ReturnType> {
		link: {
			setLink: (attributes: { href: string }) => ReturnType;
			unsetLink: () => ReturnType;
		};
	}
}

/** `[words](address "title")` right before the caret, but not in code that is begun, nor that of a picture. */
const typed =
	/(?<=^(?:[^`]|`[^`]*`)*)(?<![!\\])\[([^[\]]+)\]\(((?:[^\s()]|\([^\s()]*\))+)(?:\s+(?:"([^"]*)"|'([^']*)'))?\)$/;

/** The address that a text is and nothing else; null for any other text. */
function readAddress(text: string): string | null {
	const trimmed = text.trim();
	if (!/^(https?:\/\/|mailto:)\S+$/i.test(trimmed)) return null;
	const match = dialect.linkify.match(trimmed)?.[0];
	const href = dialect.normalizeLink(trimmed);
	return match?.text === trimmed && dialect.validateLink(href) ? href : null;
}

/** Whether what is selected is words of one paragraph, heading or cell, and not an address that another replaces. */
function hasWords({ doc, selection, schema }: EditorState): boolean {
	const { from, to } = selection;
	const blocks: boolean[] = [];
	doc.nodesBetween(from, to, (node) => {
		if (node.isTextblock) blocks.push(node.type.allowsMarkType(schema.marks.link!));
		else if (node.isBlock && node.isLeaf) blocks.push(false);
	});
	const words = doc.textBetween(from, to);
	return blocks.length === 1 && blocks[0]! && words.trim() !== '' && readAddress(words) === null;
}

export const Link = Mark.create({
	name: 'link',
	priority: 1000,
	inclusive: false,
	keepOnSplit: false,
	exitable: true,
	addAttributes: () => ({ href: { default: null }, title: { default: null } }),
	parseHTML: () => [
		{
			tag: 'a[href]',
			getAttrs: (link) => {
				const href = dialect.normalizeLink(link.getAttribute('href')!);
				return dialect.validateLink(href) ? null : false;
			},
		},
	],
	renderHTML: ({ HTMLAttributes }) => ['a', HTMLAttributes, 0],
	addCommands() {
		return {
			setLink:
				(attributes) =>
				({ commands }) =>
					commands.setMark('link', attributes),
			unsetLink:
				() =>
				({ commands }) =>
					commands.unsetMark('link', { extendEmptyMarkRange: true }),
		};
	},
	addInputRules() {
		const rule = new InputRule({
			find: typed,
			handler: ({ state: { tr }, range: { from, to }, match }) => {
				const [all, words, target] = match as unknown as [string, string, string];
				const href = dialect.normalizeLink(target);
				// Where a picture is among the words, places in the text are none in the document.
				if (!all.startsWith(tr.doc.textBetween(from, to, null, '\n'))) return;
				if (!dialect.validateLink(href)) return;
				tr.delete(from + 1 + words.length, to).delete(from, from + 1);
				const title = match[3] ?? match[4] ?? null;
				tr.addMark(from, from + words.length, this.type.create({ href, title }));
			},
		});
		return [rule];
	},
	/** An address that is pasted over words links them, which is undone by itself. */
	addProseMirrorPlugins: () => [
		new Plugin({
			props: {
				handlePaste(view, { clipboardData }) {
					const href = readAddress(clipboardData?.getData('text/plain') ?? '');
					const { state } = view;
					if (href === null || !hasWords(state)) return false;
					const { from, to } = state.selection;
					const link = state.schema.marks.link!.create({ href });
					view.dispatch(closeHistory(state.tr).addMark(from, to, link).setMeta('uiEvent', 'paste'));
					return true;
				},
			},
		}),
	],
});
