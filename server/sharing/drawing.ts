import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Resvg } from '@resvg/resvg-js';
import satori, { type Font } from 'satori';
import { excerptText } from '../posts/markdown.ts';
import type { Card } from './card.ts';

const width = 1200;
const height = 630;
const margin = 72;
/** What the words may be high. */
const room = 350;
const sizes = [112, 96, 84, 72, 62, 54, 47, 41];

const paper = 'oklch(0.987 0.003 229)';
const ink = 'oklch(0.199 0.036 268)';
const soft = 'oklch(0.47 0.03 263)';
const pen = 'oklch(0.46 0.224 264)';
const mark = 'oklch(0.941 0.165 106)';

const faces = {
	sans: { folder: 'bricolage-grotesque', parts: ['latin', 'latin-ext', 'vietnamese'] },
	serif: {
		folder: 'source-serif-4',
		parts: ['latin', 'latin-ext', 'cyrillic', 'greek', 'vietnamese'],
	},
};
const families = (name: keyof typeof faces) => faces[name].parts.map((part) => `${name} ${part}`);
const serif = { fontFamily: families('serif').join(), fontWeight: 400 };
const sans = { fontFamily: [...families('sans'), ...families('serif')].join(), fontWeight: 400 };
const bold = { ...sans, fontWeight: 700, letterSpacing: '-0.03em' };

/** One file for each alphabet and weight, as satori reads no WOFF2 and no variable weights. */
async function loadFace(name: keyof typeof faces, weight: 400 | 700): Promise<Font[]> {
	const { folder, parts } = faces[name];
	return Promise.all(
		parts.map(async (part): Promise<Font> => {
			const file = `@fontsource/${folder}/files/${folder}-${part}-${weight}-normal.woff`;
			const data = await readFile(fileURLToPath(import.meta.resolve(file)));
			return { name: `${name} ${part}`, weight, style: 'normal', data };
		}),
	);
}

let fonts: Promise<Font[]> | undefined;

function loadFonts(): Promise<Font[]> {
	fonts ??= Promise.all([
		loadFace('sans', 400),
		loadFace('sans', 700),
		loadFace('serif', 400),
	]).then((loaded) => loaded.flat());
	return fonts;
}

type Style = Record<string, string | number>;
type Drawn = { type: string; props: { style: Style; children: (Drawn | string)[] } };

const draw = (type: 'div' | 'span', style: Style, ...children: (Drawn | string)[]): Drawn => ({
	type,
	props: { style, children },
});

/** Renders to SVG; `missing` collects the characters that none of the faces has. */
async function render(
	drawn: Drawn,
	size: { width: number; height?: number },
	missing?: Set<string>,
): Promise<string> {
	return satori(drawn, {
		...size,
		fonts: await loadFonts(),
		async loadAdditionalAsset(_language: string, text: string) {
			for (const { segment } of new Intl.Segmenter('en').segment(text)) missing?.add(segment);
			return [];
		},
	});
}

function withoutCharacters(card: Card, missing: Set<string>): Card {
	const strip = (text: string) =>
		[...new Intl.Segmenter('en').segment(text)]
			.map(({ segment }) => segment)
			.filter((segment) => !missing.has(segment))
			.join('')
			.replace(/\s+/g, ' ')
			.trim();
	const { name, handle, headline } = card.signature;
	const above = strip(card.above);
	const head = strip(card.head);
	const words = strip(card.words);
	return {
		...card,
		above,
		head: head || (words ? '' : above),
		words,
		highlight: card.highlight && strip(card.highlight),
		signature: { name: strip(name) || handle, handle, headline: headline && strip(headline) },
	};
}

/** The words at one size, at most as wide as the image has room. */
function drawWords({ head, lead, words, highlight }: Card, fontSize: number): Drawn {
	const cut = highlight ? words.indexOf(highlight) : -1;
	const [before, marked, after] =
		cut === -1
			? [words, '', '']
			: [words.slice(0, cut), highlight!, words.slice(cut + highlight!.length)];
	const size = head ? fontSize * 0.52 : fontSize;
	return draw(
		'div',
		{ display: 'flex', flexDirection: 'column', width: width - 2 * margin, gap: size * 0.6 },
		draw(
			'div',
			{
				...bold,
				display: head ? 'block' : 'none',
				fontSize,
				lineHeight: 0.98,
				letterSpacing: '-0.04em',
				overflowWrap: 'anywhere',
				textWrap: 'balance',
			},
			head,
		),
		draw(
			'div',
			{
				...serif,
				display: words || lead ? 'block' : 'none',
				fontSize: size,
				lineHeight: 1.28,
				overflowWrap: 'anywhere',
			},
			draw('span', { ...bold, fontSize: size * 0.94 }, lead && `${lead} `),
			draw('span', {}, before),
			draw('span', { backgroundColor: mark }, marked),
			draw('span', {}, after),
		),
	);
}

/** The largest size at which the words have room, and where there is none, fewer words. */
async function fitWords(card: Card): Promise<Drawn> {
	for (const size of sizes) {
		const drawn = drawWords(card, size);
		const svg = await render(drawn, { width: width - 2 * margin });
		if (Number(/height="([\d.]+)"/.exec(svg)?.[1]) <= room) return drawn;
	}
	const part = card.words ? 'words' : 'head';
	const shorter = excerptText(card[part], Math.floor([...card[part]].length * 0.85));
	return fitWords({ ...card, [part]: shorter });
}

function drawPage({ above, signature: { name, headline } }: Card, words: Drawn): Drawn {
	const line = { textOverflow: 'ellipsis', overflow: 'hidden', whiteSpace: 'nowrap' };
	return draw(
		'div',
		{
			display: 'flex',
			flexDirection: 'column',
			justifyContent: 'space-between',
			boxSizing: 'border-box',
			width,
			height,
			padding: `56px ${margin}px 60px`,
			backgroundColor: paper,
			color: ink,
		},
		draw(
			'div',
			{ display: 'flex', justifyContent: 'space-between', alignItems: 'baseline' },
			draw(
				'div',
				{ ...bold, display: 'flex', fontSize: 34 },
				'Weigh',
				draw('span', { color: pen }, '-'),
				'In',
			),
			draw(
				'div',
				{ ...sans, ...line, display: 'block', maxWidth: 780, fontSize: 25, color: soft },
				above,
			),
		),
		words,
		draw(
			'div',
			{
				...sans,
				display: 'flex',
				alignItems: 'baseline',
				alignSelf: 'flex-start',
				minWidth: 480,
				maxWidth: '100%',
				paddingBottom: 14,
				borderBottom: `2px solid ${ink}`,
				fontSize: 29,
			},
			draw('span', { ...bold, color: pen, fontSize: 38, marginRight: 16 }, '×'),
			draw('span', { ...bold, letterSpacing: 0, flexShrink: 0 }, name),
			draw('span', { ...line, color: soft, marginLeft: 9 }, headline ? `· ${headline}` : ''),
		),
	);
}

/** Draws a card as a PNG of 1200 × 630 pixels. Characters that none of the faces has are left out. */
export async function drawCard(card: Card): Promise<Buffer> {
	const missing = new Set<string>();
	await render(drawPage(card, drawWords(card, sizes.at(-1)!)), { width, height }, missing);
	const drawable = missing.size > 0 ? withoutCharacters(card, missing) : card;
	const svg = await render(drawPage(drawable, await fitWords(drawable)), { width, height });
	return new Resvg(svg, { font: { loadSystemFonts: false } }).render().asPng();
}
