import type { Author } from '../../server/accounts/schema.ts';

type Typing = { handle: string; postId: number };

/** Who is writing a reply to which post. */
export class Writers {
	#typing: Typing[] = $state.raw([]);
	#names: Map<string, string>;

	/** @param readAuthors those whose names are on the page */
	constructor(readAuthors: () => Author[]) {
		this.#names = $derived(new Map(readAuthors().map(({ handle, name }) => [handle, name])));
	}

	hear(typing: Typing[]): void {
		if (typing.length > 0 || this.#typing.length > 0) this.#typing = typing;
	}

	/** “Ines is writing …”, of those who reply to a post, but not of `self`; empty if nobody does. */
	describe(postId: number, self: string | undefined): string {
		const names = this.#typing
			.filter((one) => one.postId === postId && one.handle !== self)
			.map(({ handle }) => this.#names.get(handle) ?? `@${handle}`);
		return describeWriters(names);
	}
}

/** At most two names, then how many others. */
export function describeWriters(names: string[]): string {
	const [first, second, ...others] = names;
	if (first === undefined) return '';
	if (second === undefined) return `${first} is writing …`;
	if (others.length === 0) return `${first} and ${second} are writing …`;
	const rest = others.length === 1 ? '1 other' : `${others.length} others`;
	return `${first}, ${second} and ${rest} are writing …`;
}
