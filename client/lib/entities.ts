const characters: Record<string, string> = {
	'&amp;': '&',
	'&lt;': '<',
	'&gt;': '>',
	'&quot;': '"',
	'&#39;': "'",
};

/** Text in the place of the entities that our sanitised HTML has. */
export const decodeEntities = (text: string): string =>
	text.replace(/&(amp|lt|gt|quot|#39);/g, (entity) => characters[entity] ?? entity);
