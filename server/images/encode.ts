import { Refusal } from '../errors.ts';

/** Largest picture that is taken: as a file in bytes, and in pixels. */
export const largestFile = 10 * 1024 * 1024;
const mostPixels = 50_000_000;

/** How a picture is cut to size, in pixels: as a whole and never larger, or as a square from its middle. */
const shapes = {
	story: { width: 1600, height: 1600, fit: 'inside', withoutEnlargement: true },
	avatar: { width: 256, height: 256, fit: 'cover' },
} as const;
export type Shape = keyof typeof shapes;

/** Longest that one picture may take, in seconds. */
const patience = 20;

/** The decoders of libvips for what people have on their phones; all others stay closed. */
const decoders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'];

const loadSharp = async () => {
	const { default: sharp } = await import('sharp');
	sharp.block({ operation: ['VipsForeignLoad'] });
	sharp.unblock({ operation: decoders.map((name) => `VipsForeignLoad${name}Buffer`) });
	return sharp;
};
let loading: ReturnType<typeof loadSharp> | undefined;

export type Encoded = { data: Buffer; width: number; height: number };

/**
 * Encodes a JPEG, PNG, WebP, GIF (its first frame) or AVIF anew as WebP: upright, in sRGB, with nothing of
 * what the file said about camera, place or owner.
 *
 * @throws {Refusal} 415 if it is no picture of these kinds, 422 if it is damaged or has more than 50 megapixels
 */
export async function encodePicture(file: Buffer, shape: Shape): Promise<Encoded> {
	const sharp = await (loading ??= loadSharp());
	const { format, width, height } = await sharp(file, { limitInputPixels: false })
		.metadata()
		.catch(() => {
			throw refuse(415, 'This file is no picture that can be shown here. Take a JPEG or PNG.');
		});
	if (format === 'heif' && (await sharp(file).metadata()).compression !== 'av1')
		throw refuse(415, 'HEIC pictures cannot be shown here. Save it as a JPEG first.');
	if (width * height > mostPixels)
		throw refuse(422, 'This picture has more than 50 megapixels. Make it smaller first.');
	try {
		const { data, info } = await sharp(file, { limitInputPixels: mostPixels, autoOrient: true })
			.timeout({ seconds: patience })
			.resize(shapes[shape])
			.webp({ quality: 82, smartSubsample: true })
			.toBuffer({ resolveWithObject: true });
		return { data, width: info.width, height: info.height };
	} catch {
		throw refuse(422, 'This picture is damaged: it cannot be read to its end. Try another file.');
	}
}

function refuse(status: 415 | 422, message: string): Refusal {
	const title = status === 415 ? 'Unsupported media type' : 'Invalid input';
	return new Refusal(status, title, message, { errors: [{ path: '/file', message }] });
}
