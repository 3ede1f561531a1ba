import type { MarkdownIt } from 'markdown-it';
import { normalizeAddress } from './addresses.ts';
import type { LinkPreview } from './schema.ts';

/** By their addresses in normal spelling. */
export type Previews = ReadonlyMap<string, LinkPreview>;

/** Most bytes of previews in a text: half of what its HTML may come to (`server/posts/markup-budget.ts`). */
const maxBytes = (source: string) => 4 * source.length + 5000;

/**
 * Makes Markdown show an address that is alone in its paragraph as what it says of itself, for those in
 * `env.previews`; when there are too many, the last stay addresses.
 */
export function showPreviews(markdown: MarkdownIt): void {
	markdown.core.ruler.before('text_join', 'previews', ({ tokens, env, src, Token }) => {
		const { previews } = env as { previews: Previews };
		if (previews.size === 0) return;
		let bytes = 0;

		const make = (type: string, tag: string, nesting: -1 | 0 | 1, content = '') => {
			const token = new Token(type, tag, nesting);
			token.content = content;
			return token;
		};

		for (const [index, { children, level }] of tokens.entries()) {
			const [open, text, close] = children ?? [];
			const isAlone = children?.length === 3 && level === 1 && open!.info === 'auto';
			if (!isAlone || tokens[index - 1]?.type !== 'paragraph_open') continue;
			const url = normalizeAddress(String(open!.attrGet('href')));
			const preview = url === null ? undefined : previews.get(url);
			if (!preview?.title) continue;
			const host = new URL(preview.url).hostname.replace(/^www\./, '');
			const { siteName, description } = preview;
			const source = siteName && siteName.toLowerCase() !== host ? `${siteName} · ${host}` : host;
			bytes += Buffer.byteLength(`${source}${preview.title}${description ?? ''}`);
			if (bytes > maxBytes(src)) return;
			text!.content = preview.title;
			tokens[index - 1]!.attrSet('class', 'preview');
			tokens[index]!.children = [
				make('cite_open', 'cite', 1),
				make('text', '', 0, source),
				make('cite_close', 'cite', -1),
				open!,
				text!,
				close!,
			];
			if (description)
				tokens[index]!.children.push(
					make('span_open', 'span', 1),
					make('text', '', 0, description),
					make('span_close', 'span', -1),
				);
		}
	});
}
