/** “revised once · 8 replies”: breaks between its parts only, and no line of it begins with a dot. */
export const joinParts = (parts: (string | false)[]): string =>
	parts
		.filter((part) => part !== false)
		.map((part) => part.replaceAll(' ', '\u00a0'))
		.join('\u00a0· ');
