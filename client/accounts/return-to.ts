import type { FailedForm } from '../../server/schema.ts';

/** The address on this site to go on to after signing in, with the words that wait to be signed. */
export function returnTo(from: string, definition: string): string {
	const { origin } = window.location;
	const url = new URL(from, origin);
	if (url.origin !== origin || url.pathname.startsWith('//')) return '/';
	if (definition) url.searchParams.set('draft', definition);
	return `${url.pathname}${url.search}${url.hash}`;
}

/** The query by which each of the two pages hands both on to the other. */
export function passOn(from: string, definition: string): string {
	return `?${new URLSearchParams({ from, ...(definition && { definition }) })}`;
}

/** What a reader wrote before having signed in: in the composer, or in a form that was turned away. */
export function keptWords(definition: string, failed: FailedForm | null): string {
	return definition || [failed?.values.body ?? ''].flat().join('');
}
