/** An address with its scheme is read as it is. */
const address = /(https?:\/\/[^\s<>`\\[\]|]+)/i;

/**
 * A passage of a post's text as a Markdown quote that reads as it did.
 *
 * @param codes what of it is code, in order, each as it stands in the passage
 */
export function quoteMarkdown(passage: string, codes: string[] = []): string {
	const blocks: string[] = [];
	let rest = passage;
	for (const code of codes) {
		const at = rest.indexOf(code);
		if (code.trim() === '' || at < 0) continue;
		blocks.push(quoteWords(rest.slice(0, at)), fence(code));
		rest = rest.slice(at + code.length);
	}
	return [...blocks, quoteWords(rest)]
		.filter(Boolean)
		.join('\n\n')
		.split('\n')
		.map((line) => `> ${line}`.trimEnd())
		.join('\n');
}

function fence(code: string): string {
	const longest = Math.max(2, ...(code.match(/`+/g) ?? []).map(({ length }) => length));
	const sign = '`'.repeat(longest + 1);
	return `${sign}\n${code.replace(/^\n+|\n+$/g, '')}\n${sign}`;
}

function quoteWords(words: string): string {
	return words
		.trim()
		.replace(/\n{3,}/g, '\n\n')
		.split(address)
		.map((part, index) => (index % 2 === 1 ? part : escapeSigns(part)))
		.join('')
		.replace(/^(\s*)(?=[#>+=-])/gm, '$1\\')
		.replace(/^(\s*\d+)(?=[.)](\s|$))/gm, '$1\\')
		.split('\n')
		.map((line) => line.trim())
		.join('\n');
}

const escapeSigns = (text: string) =>
	text.replace(
		/[\\`*[\]~|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|&(?=#?\w+;)|:(?=[a-z0-9_+-]+:)/gu,
		'\\$&',
	);
