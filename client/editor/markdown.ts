import { createDialect, emojiNames, levelHeadings, mentions } from '../../server/posts/dialect.ts';
import { environment } from './dialect.ts';
import { parseMarkdown } from './parse.ts';
import { writeMarkdown } from './write.ts';

export { parseMarkdown, writeMarkdown };

/** Renders what is published, with a sign where a name could become an emoji or a mention. */
const published = createDialect();
published.core.ruler.push('level_headings', ({ tokens }) => levelHeadings(tokens, 2));
published.core.ruler.after('marks', 'names', ({ tokens }) => {
	for (const token of tokens.flatMap(({ children }) => children ?? []))
		if (token.type === 'text')
			token.content = token.content.replace(emojiNames, '\0$&').replace(mentions, '\0$&');
});
for (const cell of ['th_open', 'td_open'])
	published.renderer.rules[cell] = (tokens, index) => `<${tokens[index]!.tag}>`;
published.renderer.rules.fence = published.renderer.rules.code_block!;

/** Whether a text is published as it was after it has been in the editor. */
export function canShow(source: string): boolean {
	const publish = (text: string) => published.render(text, { ...environment });
	return publish(writeMarkdown(parseMarkdown(source))) === publish(source);
}
