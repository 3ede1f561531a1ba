import type { MarkdownIt } from 'markdown-it';
import { mentions } from '../posts/dialect.ts';

/** Handles as their members write them, by their lower-case form. */
export type Handles = ReadonlyMap<string, string>;

/** What a text may mention, in lower case; some of it may be in code or name nobody. */
export function readMentions(source: string): string[] {
	const typed = [...source.matchAll(mentions)].map(([, handle]) => handle!.toLowerCase());
	// A last underscore may end an emphasis.
	return [...new Set(typed.flatMap((handle) => [handle, handle.replace(/_+$/, '')]))];
}

/** Makes Markdown link `@handle` to the member, for those in `env.handles`, but not in code and links. */
export function linkMentions(markdown: MarkdownIt): void {
	markdown.core.ruler.after('marks', 'mentions', ({ tokens, env, Token }) => {
		const { handles } = env as { handles: Handles };
		if (handles.size === 0) return;

		const link = ({ content, level }: { content: string; level: number }) => {
			const make = (type: string, nesting: -1 | 0 | 1, text = '') => {
				const token = new Token(type, nesting === 0 ? '' : 'a', nesting);
				token.level = nesting === 0 ? level : level + 1;
				token.content = text;
				return token;
			};
			const made: InstanceType<typeof Token>[] = [];
			let end = 0;
			for (const { 0: typed, 1: name, index } of content.matchAll(mentions)) {
				const handle = handles.get(name!.toLowerCase());
				if (!handle) continue;
				const open = make('link_open', 1);
				open.attrSet('href', `/members/${handle}`);
				made.push(make('text', 0, content.slice(end, index)), open, make('text', 0, typed));
				made.push(make('link_close', -1));
				end = index + typed.length;
			}
			return [...made, make('text', 0, content.slice(end))];
		};

		for (const token of tokens) {
			let isLink = false;
			token.children =
				token.children?.flatMap((child) => {
					if (child.type === 'link_open') isLink = true;
					else if (child.type === 'link_close') isLink = false;
					return child.type === 'text' && !isLink ? link(child) : child;
				}) ?? null;
		}
	});
}
