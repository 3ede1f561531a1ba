import Ajv, { type FuncKeywordDefinition, type Options, type ValidateFunction } from 'ajv';
import type { DataValidateFunction } from 'ajv/dist/types/index.js';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import type { FastifyValidationResult } from 'fastify/types/schema.js';
import { textKeyword } from './schema.ts';
import { clean, findFault, type TextForm } from './text-forms.ts';

const options: Options = {
	allErrors: true,
	removeAdditional: true,
	useDefaults: true,
	discriminator: true,
	// The schemas are our own, and the compiler checks them already.
	validateSchema: false,
};

const cleanTexts: FuncKeywordDefinition = {
	keyword: textKeyword,
	type: 'string',
	schemaType: 'string',
	before: 'maxLength',
	modifying: true,
	errors: true,
	compile: (form: TextForm) => {
		const validate: DataValidateFunction = (text: string, place) => {
			const cleaned = clean(form, text);
			place!.parentData[place!.parentDataProperty] = cleaned;
			const message = findFault(form, cleaned);
			validate.errors = message === null ? [] : [{ keyword: textKeyword, message, params: {} }];
			return message === null;
		};
		return validate;
	},
};

/**
 * Bodies are taken at their word: a number is no text. Addresses are all text, so their parts are converted.
 * Unknown keys of a body are dropped, and its texts
 * are cleaned before they are counted.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
	const exact = addFormats(new Ajv(options)).addKeyword(cleanTexts);
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
