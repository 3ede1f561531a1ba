import sharp, { type Metadata, type Sharp } from 'sharp';
import type { Encoded, Shape } from './encoding.ts';
import type { Fault } from './faults.ts';

/** Most pixels of a picture, those of all frames together, and most frames. */
const maxPixels = 25_000_000;
const maxFrames = 500;

/** How a picture is cut to size, in pixels: as a whole and never larger, or as a square from its middle. */
const shapes = {
	story: { width: 1600, height: 1600, fit: 'inside', withoutEnlargement: true },
	avatar: { width: 256, height: 256, fit: 'cover' },
} as const;

/** The decoders of libvips for what people have on their phones; all others stay closed. */
const decoders = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif'];

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: decoders.map((name) => `VipsForeignLoad${name}Buffer`) });
sharp.cache(false);
sharp.concurrency(1);

/** A picture that is not taken: an answer's status and the sentence that says what to do. */
class Refused extends Error {
	readonly status: Fault['status'];

	constructor(status: Fault['status'], message: string) {
		super(message);
		this.status = status;
	}
}

/**
 * Encodes a JPEG, PNG, WebP, GIF or AVIF anew as WebP: upright, in sRGB, with nothing of what the file said about
 * camera, place or owner. A GIF or WebP that moves still does; as an avatar it is its first frame. What it takes is
 * bounded before anything is decoded.
 *
 * @returns a fault for what is no such picture, is damaged or has too many pixels
 */
export async function encodePicture(file: Uint8Array, shape: Shape): Promise<Encoded | Fault> {
	try {
		return await encode(file, shape);
	} catch (error) {
		if (!(error instanceof Refused)) throw error;
		return { status: error.status, message: error.message };
	}
}

async function encode(file: Uint8Array, shape: Shape): Promise<Encoded> {
	const head = await readHead(file);
	requireKnown(head, file);
	const isMoving = (head.pages ?? 1) > 1 && shape === 'story';
	const frames = isMoving ? head.pages! : 1;
	if (head.width * head.height > maxPixels)
		throw new Refused(422, 'This picture has more than 25 megapixels. Make it smaller first.');
	if (frames > maxFrames || head.width * head.height * frames > maxPixels)
		throw new Refused(
			422,
			'This moving picture is too long: its frames have more than 25 megapixels together, or are more than 500. Make it shorter or smaller first.',
		);
	const options = { limitInputPixels: maxPixels, failOn: 'error', pages: frames } as const;
	const picture = sharp(file, options).autoOrient().resize(shapes[shape]);
	const settings = isMoving ? { quality: 75, effort: 1 } : { quality: 82, smartSubsample: true };
	const { data, info } = await read(picture.webp(settings));
	return { data, width: info.width, height: info.pageHeight ?? info.height };
}

const readHead = (file: Uint8Array): Promise<Metadata> =>
	sharp(file, { limitInputPixels: false })
		.metadata()
		.catch(() => {
			throw new Refused(415, 'This file is no picture that can be shown here. Take a JPEG or PNG.');
		});

/** Some cameras end the header of a scan in a way that is wrong and harmless, which libjpeg warns of. */
const read = (picture: Sharp) =>
	picture.toBuffer({ resolveWithObject: true }).catch(() => {
		throw new Refused(
			422,
			'This picture is damaged: it cannot be read to its end. Try another file.',
		);
	});

/** Refuses what libvips would show only in part. */
function requireKnown({ format, compression }: Metadata, file: Uint8Array): void {
	if (format === 'heif' && compression !== 'av1')
		throw new Refused(415, 'HEIC pictures cannot be shown here. Save it as a JPEG first.');
	const head = Buffer.from(file.buffer, file.byteOffset, Math.min(file.length, headLength));
	const isMoving =
		(format === 'png' && findAnimation(head)) ||
		(format === 'heif' && head.toString('latin1', 4, 12) === 'ftypavis');
	if (isMoving)
		throw new Refused(
			415,
			'A moving picture of this kind would stand still here. Save it as a GIF or WebP first.',
		);
}

/** Where a PNG says that it moves: before its first pixels. */
const headLength = 65_536;

/** Whether a PNG has the chunk of https://www.w3.org/TR/png-3/#acTL-chunk. */
function findAnimation(png: Buffer): boolean {
	for (let at = 8; at + 8 <= png.length; at += 12 + png.readUInt32BE(at)) {
		const type = png.toString('latin1', at + 4, at + 8);
		if (type === 'acTL' || type === 'IDAT') return type === 'acTL';
	}
	return false;
}
