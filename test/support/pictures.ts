import sharp from 'sharp';
import type { Image } from '../../server/images/schema.ts';
import type { Client } from './app.ts';

type Format = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'tiff';
type Picture = { format?: Format; width?: number; height?: number; orientation?: number };

/** A picture as a camera makes it: red on its left half, blue on its right, with EXIF that names its owner. */
export async function drawPicture({
	format = 'jpeg',
	width = 400,
	height = 200,
	orientation,
}: Picture = {}): Promise<Buffer> {
	const half = { width: Math.ceil(width / 2), height, channels: 3 as const, background: '#00f' };
	const right = await sharp({ create: half }).png().toBuffer();
	return sharp({ create: { width, height, channels: 3, background: '#f00' } })
		.composite([{ input: right, left: Math.floor(width / 2), top: 0 }])
		.withExif({ IFD0: { Artist: 'Ines Lafargue', Copyright: 'secret place' } })
		.withMetadata(orientation === undefined ? {} : { orientation })
		.toFormat(format)
		.toBuffer();
}

/** The body and header of a form with one file. */
export function fileForm(
	file: Buffer,
	{ field = 'file', fields = {} as Record<string, string> } = {},
) {
	const boundary = '----boundary-of-a-form';
	const parts = Object.entries(fields).map(
		([name, value]) =>
			`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
	);
	const head = `--${boundary}\r\ncontent-disposition: form-data; name="${field}"; filename="a.jpg"\r\ncontent-type: image/jpeg\r\n\r\n`;
	return {
		payload: Buffer.concat([
			Buffer.from(parts.join('') + head),
			file,
			Buffer.from(`\r\n--${boundary}--\r\n`),
		]),
		headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
	};
}

export const send = (client: Client, file: Buffer, field?: string) =>
	client.send({ method: 'POST', url: '/api/images', ...fileForm(file, { field }) });

/** Uploads a picture that is taken. */
export async function upload(client: Client, picture?: Picture): Promise<Image> {
	const response = await send(client, await drawPicture(picture));
	if (response.statusCode !== 201) throw new Error(response.body);
	return response.json();
}
