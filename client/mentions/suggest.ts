import type { Author } from '../../server/accounts/schema.ts';
import type { List } from '../../server/schema.ts';
import { ApiError, request } from '../lib/api.ts';

export type Person = Pick<Author, 'handle' | 'name'>;

const maxSuggestions = 8;
const asked = new Map<string, Promise<Person[]>>();

/** The members who have signed what is on this page, in its order. */
function readPage(): Person[] {
	const people = new Map<string, Person>();
	for (const link of document.querySelectorAll<HTMLAnchorElement>('#main .signature a')) {
		const handle = /^\/members\/(\w+)$/.exec(link.pathname)?.[1];
		if (handle && !people.has(handle))
			people.set(handle, { handle, name: link.textContent.trim() });
	}
	return [...people.values()];
}

async function ask(prefix: string): Promise<Person[]> {
	const query = new URLSearchParams({ prefix, limit: String(maxSuggestions) });
	try {
		return (await request<List<Author>>('GET', `/api/members?${query}`)).items;
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		asked.delete(prefix);
		return [];
	}
}

const begins = (prefix: string) => {
	const start = prefix.toLowerCase();
	return ({ handle, name }: Person) =>
		handle.toLowerCase().startsWith(start) ||
		name
			.toLowerCase()
			.split(/\s+/)
			.some((word) => word.startsWith(start));
};

/**
 * Members that `@` and `prefix` may mean, at most eight: first those whose names are on this page, whose
 * handle or name begins so, then all others by handle. Without an answer of the site, those of the page.
 */
export async function suggestPeople(prefix: string): Promise<Person[]> {
	const near = readPage().filter(begins(prefix));
	if (prefix === '' || near.length >= maxSuggestions) return near.slice(0, maxSuggestions);
	const key = prefix.toLowerCase();
	if (!asked.has(key)) asked.set(key, ask(key));
	const others = await asked.get(key)!;
	const handles = new Set(near.map(({ handle }) => handle));
	return [...near, ...others.filter(({ handle }) => !handles.has(handle))].slice(0, maxSuggestions);
}
