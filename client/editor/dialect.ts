import { createDialect, levelHeadings } from '../../server/posts/dialect.ts';

const ownPicture = /^\/images\/[\w-]{22}\.webp$/;
/** Of what is known where a story is published, the editor knows how the addresses of pictures look. */
export const environment = { images: { has: (src: string) => ownPicture.test(src) } };

/** The site’s Markdown, which reads a picture that is alone in its paragraph as a block. */
export const dialect = createDialect();
dialect.core.ruler.push('level_headings', ({ tokens }) => levelHeadings(tokens, 2));
dialect.core.ruler.push('lone_pictures', (state) => {
	const isLone = (index: number) =>
		state.tokens[index]?.type === 'paragraph_open' &&
		state.tokens[index + 1]!.children!.length === 1 &&
		state.tokens[index + 1]!.children![0]!.type === 'image';
	state.tokens = state.tokens.flatMap((token, index) => {
		if (isLone(index - 1) || isLone(index - 2)) return [];
		if (!isLone(index)) return token;
		const { attrs, children } = state.tokens[index + 1]!.children![0]!;
		const { level, hidden } = token;
		return Object.assign(new state.Token('picture', '', 0), { attrs, children, level, hidden });
	});
});
