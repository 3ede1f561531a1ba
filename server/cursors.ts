import { Malformed } from './errors.ts';

type Value = string | number;

/**
 * Packs the sort values of a list's last item into an opaque cursor.
 *
 * @param list names the list and its order, so that a cursor serves no other
 */
export function packCursor(list: string, values: Value[]): string {
	return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/**
 * Unpacks a cursor that {@link packCursor} made for the same list: whole numbers, or any numbers where
 * `types` says so.
 *
 * @throws {Malformed} if it is not one
 */
export function unpackCursor(
	list: string,
	cursor: string,
	types: ('integer' | 'number')[],
): number[] {
	const refuse = () =>
		new Malformed('This cursor does not belong to this list. Start again without a cursor.');
	let values: unknown;
	try {
		values = JSON.parse(Buffer.from(cursor, 'base64url').toString());
	} catch {
		throw refuse();
	}
	if (!Array.isArray(values) || values.length !== types.length + 1 || values[0] !== list)
		throw refuse();
	const numbers: unknown[] = values.slice(1);
	const fits = (value: unknown, index: number): value is number =>
		types[index] === 'integer'
			? Number.isInteger(value) && Math.abs(value as number) < 2 ** 31
			: Number.isFinite(value);
	if (!numbers.every(fits)) throw refuse();
	return numbers as number[];
}
