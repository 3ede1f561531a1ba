import { Malformed } from './errors.ts';

type Value = string | number;

/** The year 10000, in ms since 1970. */
const endOfTimes = 253_402_300_800_000;

const fits = {
	integer: (value: number) => Number.isInteger(value) && Math.abs(value) < 2 ** 31,
	time: (value: number) => Number.isInteger(value) && value >= 0 && value < endOfTimes,
	number: Number.isFinite,
};

/**
 * Packs the sort values of a list's last item into an opaque cursor.
 *
 * @param list names the list and its order, so that a cursor serves no other
 */
export function packCursor(list: string, values: Value[]): string {
	return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/**
 * Unpacks a cursor that {@link packCursor} made for the same list: whole numbers, or times (ms since
 * 1970) or any numbers where `types` says so.
 *
 * @throws {Malformed} if it is not one
 */
export function unpackCursor(list: string, cursor: string, types: (keyof typeof fits)[]): number[] {
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
	const isNumber = (value: unknown, index: number): value is number =>
		typeof value === 'number' && fits[types[index]!](value);
	if (!numbers.every(isNumber)) throw refuse();
	return numbers;
}
