import { glob, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import subsetFont from 'subset-font';

/** What a browser applies by itself, and the figures of one width that the pages ask for. */
const features = 'calt ccmp clig kern liga locl mark mkmk rlig rvrn tnum'.split(' ');
// Not written where it is used: the types of the package lack `keepFeatures`.
const options = { targetFormat: 'woff2' as const, keepFeatures: features };
/** As in client/fonts.css. */
const weights = { wght: { min: 400, max: 800 } };

/** Every character that the files can hold; emoji come from fonts of the system. */
const characters = Array.from({ length: 0xd800 }, (_, code) => String.fromCharCode(code)).join('');

/** Rewrites each font of a folder without the glyphs, features and weights that no page shows. */
export async function subsetFonts(folder: string): Promise<void> {
	for await (const file of glob('*.woff2', { cwd: folder })) {
		const path = join(folder, file);
		const axes = file.includes('-wght-') ? { variationAxes: weights } : {};
		const font = await subsetFont(await readFile(path), characters, { ...options, ...axes });
		await writeFile(path, font);
	}
}
