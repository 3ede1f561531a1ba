import fastifyMultipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { Malformed, Refusal } from '../errors.ts';
import { refuseFile } from './faults.ts';

/** Largest file that is taken, in bytes. */
const largestFile = 10 * 1024 * 1024;

/** Lets the routes of `register` take `multipart/form-data`, and no others. */
export function registerUploads(app: App, register: (app: App) => void): void {
	app.register(async (scope: App) => {
		await scope.register(fastifyMultipart, {
			// the file, and a field or two that a program sends along
			limits: {
				fileSize: largestFile,
				files: 1,
				fields: 2,
				parts: 3,
				fieldSize: 1000,
				headerPairs: 8,
			},
		});
		register(scope);
	});
}

/**
 * The file in the field `file` of a request.
 *
 * @throws {Refusal} 415 if the request is no such form, 400 if it is torn, 413 if the file is too large, 422 if there is none
 */
export async function readUpload(request: FastifyRequest): Promise<Buffer> {
	if (!request.isMultipart())
		throw new Refusal(
			415,
			'Unsupported media type',
			'Send the picture in the field “file” of a multipart form.',
		);
	try {
		const part = await request.file();
		const file = part?.fieldname === 'file' ? await part.toBuffer() : null;
		// that it was cut may be known only after its last bytes
		if (part?.file.truncated) throw tooLarge();
		if (file?.length) return file;
	} catch (error) {
		// the parser goes on past its limits, at a cost for every part
		request.raw.unpipe();
		request.raw.resume();
		if (error instanceof Refusal) throw error;
		if ((error as { statusCode?: number }).statusCode === 413) throw tooLarge();
		throw new Malformed('This form could not be read to its end. Send it again.');
	}
	throw refuseFile({
		status: 422,
		message: 'There is no picture in the field “file”. Choose one.',
	});
}

const tooLarge = () =>
	refuseFile({
		status: 413,
		message: 'A picture may have at most 10 megabytes. Make it smaller.',
	});
