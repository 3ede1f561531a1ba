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

/** Addresses are all text. Each value has one text: what is another way of writing it stays text, and is refused. */
const conversions: Record<string, (text: string) => unknown> = {
	integer: (text) => (/^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : text),
	boolean: (text) => text === 'true' || (text === 'false' ? false : text),
};

type Flat = { properties?: Record<string, { type?: string }> };
const readNames = ({ properties = {} }: Flat) => new Set(Object.keys(properties));
type Converted = { name: string; convert: (text: string) => unknown };

const findConverted = ({ properties = {} }: Flat): Converted[] =>
	Object.entries(properties).flatMap(([name, { type = '' }]) => {
		const convert = conversions[type];
		return convert ? [{ name, convert }] : [];
	});

/**
 * Bodies are taken at their word: a number is no text. Of addresses, the parameters that are whole numbers or booleans are
 * converted. Unknown keys of a body or query are dropped, and texts of a body are cleaned before they are counted.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
	const ajv = addFormats(new Ajv(options)).addKeyword(cleanTexts);
	return ({ schema, httpPart }) => {
		const converted = httpPart === 'body' ? [] : findConverted(schema as Flat);
		const names = httpPart === 'querystring' ? readNames(schema as Flat) : null;
		let compiled: ValidateFunction | undefined;
		// most schemas are first needed long after the start
		const validate: FastifyValidationResult = (data) => {
			compiled ??= ajv.compile(schema);
			if (names) for (const name of Object.keys(data)) if (!names.has(name)) delete data[name];
			for (const { name, convert } of converted)
				if (typeof data[name] === 'string') data[name] = convert(data[name]);
			const isValid = compiled(data);
			validate.errors = compiled.errors as FastifySchemaValidationError[] | null;
			return isValid;
		};
		return validate;
	};
}
