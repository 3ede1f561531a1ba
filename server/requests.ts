import type { FastifyRequest } from 'fastify';
import { Invalid } from './errors.ts';
import { describeRequest, type Once } from './idempotency.ts';

/**
 * The request's idempotency key, from its header or its form. A form's goes with what is in it: sent again
 * from the same page with other words, it is another request.
 *
 * @throws {Invalid} if the key is not 1 to 255 visible ASCII characters
 */
export function readOnce(request: FastifyRequest): Once | undefined {
	const { 'idempotency-key': header } = request.headers;
	const { key: formKey } = request.form;
	if (header === undefined && formKey === undefined) return undefined;
	const asked = describeRequest(
		request.method,
		request.routeOptions.url,
		request.params,
		request.body,
	);
	const key = header ?? `${formKey}-${asked.slice(0, 32)}`;
	if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key))
		throw new Invalid('', 'An Idempotency-Key has 1 to 255 visible ASCII characters.');
	return { key, request: asked };
}

/**
 * Refuses text that no database or page can hold: NUL bytes and halves of characters.
 *
 * @throws {Invalid} naming the field
 */
export function requireCleanText(value: unknown, path = ''): void {
	if (typeof value === 'string') {
		if (value.includes('\0') || !value.isWellFormed())
			throw new Invalid(path, 'This text has characters that cannot be stored. Remove them.');
	} else if (typeof value === 'object' && value !== null)
		for (const [key, item] of Object.entries(value)) requireCleanText(item, `${path}/${key}`);
}

const deepest = 8;
/** Most values that a body may have on one level. */
const most = 100;

/**
 * Refuses a body that nests deeper or lists more than any that the API takes, before anything goes through it.
 *
 * @throws {Invalid}
 */
export function requireShallow(body: unknown): void {
	let level = [body];
	for (let depth = 0; level.length > 0; depth++) {
		if (depth > deepest || level.length > most)
			throw new Invalid('', 'What was sent nests too deeply or lists too much.');
		level = level.flatMap((value) =>
			typeof value === 'object' && value !== null ? Object.values(value) : [],
		);
	}
}
