/*
 * What Inertia takes from es-toolkit and laravel-precognition, for pages whose data are JSON. The whole of both
 * would be 5 kB of the first visit; vite.config.ts puts this in their place.
 */

type Path = string | readonly (string | number)[];
type Holder = Record<string, unknown>;

const isPlain = (value: unknown): value is Holder =>
	typeof value === 'object' &&
	value !== null &&
	[Object.prototype, null].includes(Object.getPrototypeOf(value));

/** A copy of lists and plain objects, however deep; anything else is handed on as it is. */
export function cloneDeep<T>(value: T): T;
export function cloneDeep(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(cloneDeep);
	if (!isPlain(value)) return value;
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cloneDeep(part)]));
}

/** Whether two values are the same, or lists or plain objects of equal ones. */
export function isEqual(one: unknown, other: unknown): boolean {
	if (Object.is(one, other)) return true;
	if (Array.isArray(one) ? !Array.isArray(other) : !isPlain(one) || !isPlain(other)) return false;
	const [first, second] = [one as Holder, other as Holder];
	const keys = Object.keys(first);
	return (
		keys.length === Object.keys(second).length &&
		keys.every((key) => Object.hasOwn(second, key) && isEqual(first[key], second[key]))
	);
}

/** The keys of a path such as `stories.items[0]`. */
export function toPath(path: Path): string[] {
	return typeof path === 'string' ? (path.match(/[^.[\]]+/g) ?? []) : path.map(String);
}

/** What stands at a path; `otherwise` where nothing does. */
export function get(holder: unknown, path: Path, otherwise?: unknown): unknown {
	let value = holder;
	for (const key of toPath(path)) value = (value as Holder | null | undefined)?.[key];
	return value === undefined ? otherwise : value;
}

/** Whether a path leads somewhere, be it to nothing. */
export function has(holder: unknown, path: Path): boolean {
	const keys = toPath(path);
	const last = keys.pop();
	const above = get(holder, keys);
	return last !== undefined && above instanceof Object && Object.hasOwn(above, last);
}

/** Puts a value at a path, with lists and objects on the way to it, and never into what all objects share. */
export function set<T extends object>(holder: T, path: Path, value: unknown): T {
	const keys = toPath(path);
	if (keys.some((key) => ['__proto__', 'constructor', 'prototype'].includes(key))) return holder;
	let at = holder as Holder;
	keys.forEach((key, i) => {
		const next = keys[i + 1];
		if (next === undefined) at[key] = value;
		else if (!(at[key] instanceof Object)) at[key] = /^\d+$/.test(next) ? [] : {};
		at = at[key] as Holder;
	});
	return holder;
}

function refuse(): never {
	throw new Error('No form here is validated while it is filled in.');
}

/** Laravel Precognition validates forms while they are filled in; here they are validated when they are sent. */
export const client = { withXsrfCookieName: refuse, withXsrfHeaderName: refuse };
export { refuse as createValidator, refuse as resolveName, refuse as toSimpleValidationErrors };
