const steps: [unit: Intl.RelativeTimeFormatUnit, seconds: number][] = [
	['year', 31_557_600],
	['month', 2_629_800],
	['week', 604_800],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60],
];

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const date = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const monthAndYear = new Intl.DateTimeFormat('en-GB', {
	month: 'long',
	year: 'numeric',
	timeZone: 'UTC',
});

/** “2 hours ago”; `at` is RFC 3339, `now` in milliseconds. Within a minute and in the future: “just now”. */
export function formatRelative(at: string, now: number): string {
	const seconds = (Date.parse(at) - now) / 1000;
	const step = steps.find(([, length]) => -seconds >= length);
	return step ? relative.format(Math.ceil(seconds / step[1]), step[0]) : 'just now';
}

/** “3 Mar 2026”, the same on every machine. */
export const formatDate = (at: string): string => date.format(new Date(at));

/** “March 2026”, the same on every machine. */
export const formatMonth = (at: string): string => monthAndYear.format(new Date(at));

const exact = { dateStyle: 'long', timeStyle: 'short' } as const;
const exactHere = new Intl.DateTimeFormat('en-GB', exact);
const exactUtc = new Intl.DateTimeFormat('en-GB', { ...exact, timeZone: 'UTC' });

/** Date and time to the minute, in the reader's own time zone or, the same everywhere, in UTC. */
export const formatExact = (at: string, timeZone?: 'UTC'): string =>
	timeZone ? `${exactUtc.format(new Date(at))} UTC` : exactHere.format(new Date(at));

/** “14:05”, in the reader's own time zone. */
export const formatClock = (at: Date): string =>
	new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' }).format(at);
