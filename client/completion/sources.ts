import { suggestEmoji } from '../emoji/suggest.ts';
import { suggestPeople } from '../mentions/suggest.ts';

/** One line of a list. `typed` takes the place of what was begun. */
export type Suggestion = {
	key: string;
	typed: string;
	sign: string;
	label: string;
	detail: string;
};

type Source = {
	/** what was begun, up to the caret; its first group is asked for */
	pattern: RegExp;
	suggest(begun: string): Promise<Suggestion[]>;
};

const people: Source = {
	pattern: /(?<![\p{L}\p{N}_/@.:=&?#%+-])@([A-Za-z0-9_]{0,30})$/u,
	suggest: async (begun) =>
		(await suggestPeople(begun)).map(({ handle, name }) => ({
			key: handle,
			typed: `@${handle} `,
			sign: '×',
			label: name,
			detail: `@${handle}`,
		})),
};

const emoji: Source = {
	pattern: /(?<![\p{L}\p{N}_/]):([a-z0-9_+-]{2,40})$/u,
	suggest: async (begun) =>
		// Without the list nothing is suggested; it is asked for again with the next key.
		(await suggestEmoji(begun).catch(() => [])).map(({ emoji, name }) => ({
			key: name,
			typed: emoji,
			sign: emoji,
			label: name.replaceAll('_', ' '),
			detail: '',
		})),
};

/** What has been begun at the end of a text in a field that takes Markdown, or plain text where nobody is mentioned. */
export function findBegun(
	text: string,
	writes: string | undefined,
): { from: number; suggest(): Promise<Suggestion[]> } | null {
	for (const { pattern, suggest } of writes === 'markdown' ? [people, emoji] : [emoji]) {
		const found = pattern.exec(text);
		if (found) return { from: found.index, suggest: () => suggest(found[1]!) };
	}
	return null;
}
