import type { MarkdownIt } from 'markdown-it';

/** Our pictures by path, in pixels. */
export type Images = ReadonlyMap<string, { id: string; width: number; height: number }>;

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
