import { Extension } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { Plugin } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import { fromTheRight, letter } from '../../server/posts/directions.ts';

/** Has lists and quotes stand on the side where their words begin, as they will where they are published. */
export const directions = Extension.create({
	name: 'directions',
	addProseMirrorPlugins: () => [new Plugin({ props: { decorations: ({ doc }) => turn(doc) } })],
});

function turn(doc: Node): DecorationSet | null {
	if (!fromTheRight.test(doc.textContent)) return null;
	const turned: Decoration[] = [];
	let isAtBeginning = false;
	const visit = (node: Node, position: number) => {
		const isBlock = /List$|^blockquote$/.test(node.type.name);
		if (isBlock && !isAtBeginning) {
			turned.push(Decoration.node(position, position + node.nodeSize, { dir: 'auto' }));
			isAtBeginning = true;
		}
		if (node.isText && letter.test(node.text!)) isAtBeginning = false;
		node.forEach((child, offset) => visit(child, position + 1 + offset));
		if (isBlock) isAtBeginning = false;
	};
	doc.forEach(visit);
	return DecorationSet.create(doc, turned);
}
