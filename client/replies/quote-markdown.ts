/** A passage of a post's text as a Markdown quote that reads as it did. */
export function quoteMarkdown(passage: string): string {
	return passage
		.trim()
		.replace(/\n{3,}/g, '\n\n')
		.replace(
			/[\\`*[\]~|]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|&(?=#?\w+;)|:(?=[a-z0-9_+-]+:)/gu,
			'\\$&',
		)
		.replace(/^(\s*)(?=[#>+=-])/gm, '$1\\')
		.replace(/^(\s*\d+)(?=[.)](\s|$))/gm, '$1\\')
		.split('\n')
		.map((line) => `> ${line.trim()}`.trimEnd())
		.join('\n');
}
