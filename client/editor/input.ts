import { Extension } from '@tiptap/core';
import { Plugin } from '@tiptap/pm/state';
import { Node, type ResolvedPos, Slice } from '@tiptap/pm/model';
import { lazy } from '../lib/lazy.ts';
import { canShow, parseMarkdown } from './markdown.ts';
import { readHtml } from './paste.ts';

/** Escape, then Tab, leaves the editor also where Tab alone would indent a list. */
export const leaveByTab = Extension.create({
	name: 'leaveByTab',
	priority: 1000,
	addProseMirrorPlugins() {
		let isLeaving = false;
		return [
			new Plugin({
				props: {
					handleDOMEvents: {
						keydown(_view, { key }) {
							const leaves = isLeaving && key === 'Tab';
							if (key !== 'Shift') isLeaving = key === 'Escape';
							return leaves;
						},
					},
				},
			}),
		];
	},
});

/** The pictures among what is pasted or dropped, unless they only depict words that come with them. */
export function readPictures(data: DataTransfer | null): File[] {
	const pictures = [...(data?.files ?? [])].filter(({ type }) => type.startsWith('image/'));
	if (pictures.length === 0) return [];
	const html = data!.getData('text/html');
	return readHtml(html).textContent?.trim() ? [] : pictures;
}

/** “216) 555-1234” or “2024. That year” begins no list where no line with the number before or after it does. */
function keepNumbers(text: string): string {
	if (/```|~~~/.test(text)) return text;
	const numbered = /^( {0,3})(\d{1,9})([.)])(?=\s)/gm;
	const numbers = new Set([...text.matchAll(numbered)].map(([, , number]) => Number(number)));
	return text.replace(numbered, (typed, indent: string, number: string, sign: string) => {
		const isOfList = [-1, 1].some((step) => numbers.has(Number(number) + step));
		return isOfList || Number(number) <= 1 ? typed : `${indent}${number}\\${sign}`;
	});
}

/** Plain text is Markdown, as it is in the plain field; “paste without formatting” takes it as it is. */
export function takePlainText(text: string, context: ResolvedPos, plain: boolean): Slice {
	const { schema } = context.doc.type;
	const clean = text.replace(/\r\n?/g, '\n');
	const source = keepNumbers(clean);
	const paragraphs = clean.split(/\n{2,}/).filter((paragraph) => paragraph.trim());
	const content = paragraphs.map((paragraph) => ({
		type: 'paragraph',
		content: paragraph
			.split('\n')
			.flatMap((line, index) => [
				...(index > 0 ? [{ type: 'hardBreak' }] : []),
				...(line ? [{ type: 'text', text: line }] : []),
			]),
	}));
	const isShown = !plain && canShow(source);
	const doc = isShown ? parseMarkdown(source).toJSON() : { type: 'doc', content };
	return Slice.maxOpen(Node.fromJSON(schema, doc).content);
}

/** Suggests people and emoji as in every field, from the first thing that is typed on. */
export function completeFromNow(_view: unknown, event: Event): void {
	if (isCompleting) return;
	isCompleting = true;
	lazy(() => import('../completion/complete.svelte.ts')).then(
		({ start }) => start([event]),
		() => (isCompleting = false),
	);
}
let isCompleting = false;

/** Lets the site read what a pasted address says of itself, so that the story that is posted after that shows it. */
export function askForPreview(text: string): void {
	void lazy(() => import('../link-previews/paste.ts')).then(
		({ readPastedAddress, requestPreview }) => {
			const address = readPastedAddress(text);
			if (address) void requestPreview(address);
		},
		// Without it the address is a plain link.
		() => {},
	);
}
