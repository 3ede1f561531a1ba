/** A picture of a scene, in a file beside the gallery. */
export type Picture = {
	name: string;
	file: string;
	width: number;
	scheme: 'light' | 'dark';
	/** whether the page scrolls sideways */
	isTooWide: boolean;
};

/** A page with the pictures of each scene beside each other. */
export function drawGallery(pictures: Picture[]): string {
	const scenes = Object.entries(Object.groupBy(pictures, ({ name }) => name));
	const rows = scenes.map(
		([name, taken = []]) => `<section id="${taken[0]!.file}"><h2>${name}</h2><div>${taken
			.map(
				({ file, width, scheme }) =>
					`<a href="${file}"><img src="${file}" alt="${name}, ${width} px, ${scheme}" width="${width / 2}" loading="lazy"></a>`,
			)
			.join('')}</div></section>`,
	);
	const links = scenes.map(([name, taken = []]) => `<a href="#${taken[0]!.file}">${name}</a>`);
	return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Weigh-In in pictures</title>
<style>
	body { margin: 32px; background: #777; color: #fff; font: 16px/1.5 system-ui, sans-serif }
	a { color: inherit }
	nav { columns: 16rem }
	nav a { display: block }
	div { display: flex; align-items: start; gap: 16px; overflow-x: auto }
	img { display: block; height: auto }
</style>
<h1>Weigh-In in pictures</h1>
<nav>${links.join('')}</nav>
${rows.join('\n')}
</html>
`;
}
