const steps: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
	['year', 31_557_600],
	['month', 2_629_800],
	['week', 604_800],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
];

const months = [
	'January',
	'February',
	'March',
	'April',
	'May',
	'June',
	'July',
	'August',
	'September',
	'October',
	'November',
	'December',
];

/** Makes a formatter when it is needed: the first one of a page keeps a phone busy for 40 ms. */
function lazily<T>(make: () => T): () => T {
	let made: T | undefined;
	return () => (made ??= make());
}

const relative = lazily(() => new Intl.RelativeTimeFormat('en', { numeric: 'auto' }));

/** “2 hours ago”; `at` is RFC 3339, `now` in milliseconds. Within a minute and in the future: “just now”. */
export function formatRelative(at: string, now: number): string {
	const seconds = (Date.parse(at) - now) / 1000;
	const step = steps.find(([, length]) => -seconds >= length);
	return step ? relative().format(Math.ceil(seconds / step[1]), step[0]) : 'just now';
}

/** “3 Mar 2026”, the same on every machine. */
export function formatDate(at: string): string {
	const day = new Date(at);
	return `${day.getUTCDate()} ${months[day.getUTCMonth()]!.slice(0, 3)} ${day.getUTCFullYear()}`;
}

/** “March 2026”, the same on every machine. */
export function formatMonth(at: string): string {
	const day = new Date(at);
	return `${months[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
}

const exact = lazily(
	() => new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short' }),
);

/** “3 March 2026 at 14:05”, in the reader's own time zone or, the same everywhere, in UTC. */
export const formatExact = (at: string, timeZone?: 'UTC'): string =>
	timeZone
		? `${new Date(at).getUTCDate()} ${formatMonth(at)} at ${new Date(at).toISOString().slice(11, 16)} UTC`
		: exact().format(new Date(at));

/** “14:05”, in the reader's own time zone. */
export const formatClock = (at: Date): string =>
	new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' }).format(at);
