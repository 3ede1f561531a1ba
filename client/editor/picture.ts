import { Selection } from '@tiptap/pm/state';
import { mount, unmount } from 'svelte';
import { PictureState } from './picture-state.svelte.ts';
import { Picture } from './schema.ts';
import PictureView from './PictureView.svelte';
import type { Uploads } from './uploads.svelte.ts';

/** A picture in a story, with the question what it shows right below it. */
export const createPicture = (uploads: Uploads) =>
	Picture.extend({
		addAttributes() {
			return {
				...this.parent?.(),
				upload: { default: null, rendered: false },
			};
		},

		addNodeView() {
			return ({ node, editor, getPos }) => {
				const dom = document.createElement('div');
				const state = new PictureState(node.attrs, uploads);
				const change = (attributes: Record<string, unknown>) => {
					const position = getPos();
					if (position === undefined) return;
					const { tr } = editor.state;
					for (const [name, value] of Object.entries(attributes))
						tr.setNodeAttribute(position, name, value);
					editor.view.dispatch(tr);
				};
				const component = mount(PictureView, {
					target: dom,
					props: {
						picture: state,
						ondescribe: (alt: string) => change({ alt }),
						onremove() {
							const from = getPos();
							if (from === undefined) return;
							editor.view.dispatch(editor.state.tr.delete(from, from + 1));
							editor.view.focus();
						},
						onleave() {
							const { tr, doc } = editor.state;
							const behind = doc.resolve((getPos() ?? 0) + 1);
							editor.view.dispatch(tr.setSelection(Selection.near(behind)).scrollIntoView());
							editor.view.focus();
						},
					},
				});
				return {
					dom,
					update(next) {
						if (next.type.name !== 'image') return false;
						state.take(next.attrs);
						return true;
					},
					selectNode: () => (state.isSelected = true),
					deselectNode: () => (state.isSelected = false),
					stopEvent: ({ target }) =>
						target instanceof Element && target.closest('input, button') !== null,
					ignoreMutation: () => true,
					destroy: () => void unmount(component),
				};
			};
		},
	}).configure({ allowBase64: false });
