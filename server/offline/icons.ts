import { readFileSync } from 'node:fs';

const svg = readFileSync(new URL('icon.svg', import.meta.url), 'utf8');
/** For systems that cut icons into shapes of their own; all that is drawn is within the circle they keep. */
const uncut = svg.replace(/ rx="\d+"/, '');

async function draw(source: string, size: number): Promise<Buffer> {
	const { Resvg } = await import('@resvg/resvg-js');
	return new Resvg(source, { fitTo: { mode: 'width', value: size } }).render().asPng();
}

/** An ICO file of one PNG: https://learn.microsoft.com/windows/win32/menurc/resources-reference */
async function drawIco(size: number): Promise<Buffer> {
	const png = await draw(svg, size);
	const head = Buffer.alloc(22);
	head.writeUInt16LE(1, 2);
	head.writeUInt16LE(1, 4);
	head.writeUInt8(size, 6);
	head.writeUInt8(size, 7);
	head.writeUInt16LE(1, 10);
	head.writeUInt16LE(32, 12);
	head.writeUInt32LE(png.length, 14);
	head.writeUInt32LE(head.length, 18);
	return Buffer.concat([head, png]);
}

/** The site's icon in every form that is asked for, all drawn from one. */
export const icons: { path: string; type: string; draw(): Promise<Buffer> }[] = [
	{ path: '/icon.svg', type: 'image/svg+xml', draw: async () => Buffer.from(svg) },
	{ path: '/favicon.ico', type: 'image/x-icon', draw: () => drawIco(32) },
	{ path: '/apple-touch-icon.png', type: 'image/png', draw: () => draw(uncut, 180) },
	{ path: '/icon-192.png', type: 'image/png', draw: () => draw(svg, 192) },
	{ path: '/icon-512.png', type: 'image/png', draw: () => draw(svg, 512) },
	{ path: '/icon-maskable.png', type: 'image/png', draw: () => draw(uncut, 512) },
];

export const manifest = {
	name: 'Weigh-In',
	short_name: 'Weigh-In',
	description: 'A question, and the people who put their names to an answer.',
	id: '/',
	start_url: '/',
	scope: '/',
	display: 'standalone',
	lang: 'en',
	background_color: '#fafbfd',
	theme_color: '#fafbfd',
	icons: [
		{ src: '/icon-192.png', sizes: '192x192', type: 'image/png' },
		{ src: '/icon-512.png', sizes: '512x512', type: 'image/png' },
		{ src: '/icon-maskable.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
		{ src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' },
	],
};
