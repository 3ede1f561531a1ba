import type { Editor } from '@tiptap/core';
import { Selection } from '@tiptap/pm/state';
import type { Image } from '../../server/images/schema.ts';
import { uploadPicture } from '../lib/upload.ts';

/** The pictures of all editors of a page go out one after the other; the server takes two of an account at once. */
let turn: Promise<void> = Promise.resolve();

/** One picture on its way into a story. */
export class Upload {
	readonly file: File;
	/** which part has gone out, 0 to 1 */
	part = $state(0);
	/** why it has failed; empty while it is under way */
	problem = $state('');

	readonly #ending = new AbortController();
	readonly #onstored: (image: Image) => void;

	constructor(file: File, onstored: (image: Image) => void) {
		this.file = file;
		this.#onstored = onstored;
	}

	start(): Promise<void> {
		this.problem = '';
		this.part = 0;
		return (turn = turn.then(() => this.#send()));
	}

	async #send(): Promise<void> {
		const { signal } = this.#ending;
		if (signal.aborted) return;
		const onprogress = (part: number) => (this.part = part);
		try {
			this.#onstored(await uploadPicture<Image>(this.file, { onprogress, signal }));
		} catch (error) {
			this.problem = (error as Error).message;
		}
	}

	stop(): void {
		this.#ending.abort();
	}
}

/** The pictures on their way into one editor, by the id that their places in the document carry. */
export class Uploads {
	readonly #all = new Map<string, Upload>();
	#last = 0;

	find(id: string): Upload | undefined {
		return this.#all.get(id);
	}

	/** Puts pictures into the document, where they show how far they are, and sends them. */
	insert(editor: Editor, files: Iterable<File>, at?: number): void {
		const nodes = [...files].map((file) => {
			const id = `${++this.#last}`;
			const upload = new Upload(file, (image) => settle(editor, id, image));
			this.#all.set(id, upload);
			return { type: 'image', attrs: { upload: id, alt: '' } };
		});
		const position = at ?? editor.state.selection.to;
		editor.chain().focus().insertContentAt(position, nodes).run();
		goBehind(editor, nodes.at(-1)!.attrs.upload);
		for (const { attrs } of nodes) void this.#all.get(attrs.upload)!.start();
	}

	/** How many pictures of the document are still on their way. */
	count(editor: Editor): number {
		let count = 0;
		editor.state.doc.descendants(({ attrs }) => {
			if (attrs.upload && !this.#all.get(attrs.upload)?.problem) count++;
		});
		return count;
	}

	stop(): void {
		for (const upload of this.#all.values()) upload.stop();
	}
}

/** Puts the caret into the text behind a picture: were the picture selected, the next key would replace it. */
function goBehind(editor: Editor, id: string): void {
	const { tr, doc } = editor.state;
	doc.descendants((node, position) => {
		if (node.attrs.upload !== id) return;
		const behind = Selection.findFrom(doc.resolve(position + node.nodeSize), 1, true);
		if (behind) editor.view.dispatch(tr.setSelection(behind).scrollIntoView());
	});
}

/** Gives a picture that has arrived its address and size. That is no step to undo. */
function settle(editor: Editor, id: string, { url, width, height }: Image): void {
	if (editor.isDestroyed) return;
	const { tr, doc } = editor.state;
	doc.descendants((node, position) => {
		if (node.attrs.upload !== id) return;
		tr.setNodeMarkup(position, null, { ...node.attrs, src: url, width, height, upload: null });
	});
	editor.view.dispatch(tr.setMeta('addToHistory', false));
}
