import type { MarkdownIt } from 'markdown-it';

/** Our pictures by path, in pixels. */
export type Images = ReadonlyMap<string, { id: string; width: number; height: number }>;

export const removedText = 'A picture that was taken away';
const removedMark = `<span class="taken">${removedText}</span>`;

/** Our own sanitised HTML with words in place of the pictures that were taken away, by their ids. */
export function markRemovedImages(html: string, removed: string[] | null): string {
	if (!removed) return html;
	return html.replace(/<img src="\/images\/([\w-]{22})\.webp"[^>]*>/g, (image, id: string) =>
		removed.includes(id) ? removedMark : image,
	);
}

/** Takes away what {@link markRemovedImages} has put there: no words of the author's. */
export const dropRemovedMarks = (html: string) => html.replaceAll(removedMark, '');

/** Makes Markdown show the pictures in `env.images` at their size, so that nothing moves when they arrive. */
export function showOwnImages(markdown: MarkdownIt): void {
	markdown.core.ruler.push('own_images', ({ env, tokens }) => {
		const { images } = env as { images: Images };
		for (const token of tokens.flatMap(({ children }) => children ?? [])) {
			const size = token.type === 'image' && images.get(String(token.attrGet('src')));
			if (!size) continue;
			token.attrSet('width', `${size.width}`);
			token.attrSet('height', `${size.height}`);
			token.attrSet('loading', 'lazy');
			token.attrSet('decoding', 'async');
		}
	});
}
