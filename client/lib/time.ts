const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

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

/** The day in the reader's calendar, counted: one day is 1, whatever its hours. */
const countDay = (date: Date) =>
	Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / day;

/**
 * “2 hours ago”, “yesterday”, “last year”; `at` is RFC 3339, `now` in milliseconds. From a day on by the reader's
 * calendar: “yesterday” was the day before today, “last month” the month before this one. Within a minute and in
 * the future: “just now”.
 */
export function formatRelative(at: string, now: number): string {
	const then = new Date(at);
	const today = new Date(now);
	const past = now - then.getTime();
	const days = countDay(today) - countDay(then);
	const years = today.getFullYear() - then.getFullYear();
	const months = 12 * years + today.getMonth() - then.getMonth();
	// no more of a unit than have begun since, and none that is half over only
	const format = (unit: 'year' | 'month', begun: number, length: number) => {
		const count = Math.min(begun, Math.round(days / length));
		return count === 1 && begun > 1 ? `1 ${unit} ago` : relative().format(-count, unit);
	};
	if (!(past >= minute)) return 'just now';
	if (past < hour) return relative().format(-Math.floor(past / minute), 'minute');
	if (past < day || days < 1) return relative().format(-Math.floor(past / hour), 'hour');
	if (days < 7) return relative().format(-days, 'day');
	if (days < 30 || months < 1)
		return days < 14 ? '1 week ago' : `${Math.floor(days / 7)} weeks ago`;
	return days < 365 || years < 1 ? format('month', months, 30.44) : format('year', years, 365.25);
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
