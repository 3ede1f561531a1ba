import type { MarkdownIt, Token } from 'markdown-it';

/** Our pictures by path, in pixels. */
export type Images = ReadonlyMap<string, { id: string; width: number; height: number }>;

/**
 * A plugin of markdown-it that shows our own pictures, at their size so that nothing moves when they arrive,
 * and makes links of all others. What is ours is in `env.images`.
 */
export function showOwnImages(markdown: MarkdownIt): void {
	markdown.core.ruler.push('own_images', ({ env, tokens, Token }) => {
		const { images } = env as { images: Images };
		for (const block of tokens) {
			let links = 0;
			block.children &&= block.children.flatMap((token) => {
				if (token.type === 'link_open') links++;
				if (token.type === 'link_close') links--;
				if (token.type !== 'image') return token;
				const size = images.get(String(token.attrGet('src')));
				return size ? showImage(token, size) : linkImage(token, { Token, isLinked: links > 0 });
			});
		}
	});
}

function showImage(token: Token, { width, height }: { width: number; height: number }): Token {
	token.attrs = token.attrs!.filter(([name]) => name !== 'title');
	token.attrSet('width', `${width}`);
	token.attrSet('height', `${height}`);
	token.attrSet('loading', 'lazy');
	token.attrSet('decoding', 'async');
	return token;
}

function linkImage(
	image: Token,
	{ Token: Made, isLinked }: { Token: typeof Token; isLinked: boolean },
): Token[] {
	const address = String(image.attrGet('src'));
	const text = new Made('text', '', 0);
	text.content = image.content || address;
	if (isLinked) return [text];
	const open = new Made('link_open', 'a', 1);
	open.attrSet('href', address);
	return [open, text, new Made('link_close', 'a', -1)];
}
