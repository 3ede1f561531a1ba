import { nameToEmoji } from 'gemoji';
import type { MarkdownIt } from 'markdown-it';
import { emojiNames } from '../posts/dialect.ts';

/** The text with the emoji in place of names such as `:tada:`; what names none stays. */
export function replaceNames(text: string): string {
	return text.replace(emojiNames, (typed, _, name: string) =>
		Object.hasOwn(nameToEmoji, name) ? nameToEmoji[name]! : typed,
	);
}

/** Makes Markdown show emoji for their names, but not in code and addresses. */
export function showEmoji(markdown: MarkdownIt): void {
	markdown.core.ruler.after('marks', 'emoji', ({ tokens }) => {
		for (const { children } of tokens) {
			let isAddress = false;
			for (const token of children ?? []) {
				if (token.type === 'link_open') isAddress = token.info === 'auto';
				else if (token.type === 'link_close') isAddress = false;
				else if (token.type === 'text' && !isAddress) token.content = replaceNames(token.content);
			}
		}
	});
}
