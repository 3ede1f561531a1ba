/**
 * What the parser of Markdown takes from the package `entities`, without its table, which the browser has as well.
 *
 * @returns what a named reference such as `&copy;` stands for; itself where it is none
 */
export function decodeHTMLStrict(reference: string): string {
	place ??= document.createElement('i');
	place.innerHTML = reference;
	const text = place.textContent!;
	// `&notit;` is read as `&not`, which needs no `;`, and two letters.
	return text.endsWith(';') && reference !== '&semi;' ? reference : text;
}
let place: HTMLElement | undefined;
