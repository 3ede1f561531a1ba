import { lazy } from '../lib/lazy.ts';

export type NamedEmoji = { emoji: string; name: string };

const maxSuggestions = 8;

/** Emoji whose name begins with `name`, then those that have it as a part or a tag, at most eight. */
export async function suggestEmoji(name: string): Promise<NamedEmoji[]> {
	const { gemoji } = await lazy(() => import('./list.ts'));
	const ranked: NamedEmoji[][] = [[], [], []];
	for (const { emoji, names, tags } of gemoji) {
		const first = names.find((one) => one.startsWith(name));
		const within = names.find((one) => one.includes(name));
		if (first) ranked[first === name ? 0 : 1]!.push({ emoji, name: first });
		else if (within || tags.some((tag) => tag.startsWith(name)))
			ranked[2]!.push({ emoji, name: within ?? names[0]! });
	}
	return ranked.flat().slice(0, maxSuggestions);
}
