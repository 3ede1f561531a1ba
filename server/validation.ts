import Ajv, { type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { FastifyValidationResult } from 'fastify/types/schema.js';

const options: Options = {
	allErrors: true,
	removeAdditional: true,
	useDefaults: true,
	discriminator: true,
	// The schemas are our own, and the compiler checks them already.
	validateSchema: false,
};

/**
 * Bodies are taken at their word: a number is no text. Addresses are all text, so their parts are converted.
 * Unknown keys of a body are dropped.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
	const exact = addFormats(new Ajv(options));
	const converting = addFormats(new Ajv({ ...options, coerceTypes: true, strictNumbers: false }));
	return ({ schema, httpPart }) => {
		const ajv = httpPart === 'body' ? exact : converting;
		let compiled: ValidateFunction | undefined;
		// most schemas are first needed long after the start
		const validate: FastifyValidationResult = (data) => {
			compiled ??= ajv.compile(schema);
			const isValid = compiled(data);
			validate.errors = compiled.errors as FastifySchemaValidationError[] | null;
			return isValid;
		};
		return validate;
	};
}
