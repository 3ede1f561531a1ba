import Ajv, { type Options } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const options: Options = {
	allErrors: true,
	removeAdditional: true,
	useDefaults: true,
	discriminator: true,
};

/**
 * Bodies are taken at their word: a number is no text. Addresses are all text, so their parts are converted.
 * Unknown keys of a body are dropped.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
	const exact = addFormats(new Ajv(options));
	const converting = addFormats(new Ajv({ ...options, coerceTypes: true, strictNumbers: false }));
	return ({ schema, httpPart }) =>
		httpPart === 'body' ? exact.compile(schema) : converting.compile(schema);
}
