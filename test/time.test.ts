import { afterAll, beforeEach, expect, test } from 'vitest';
import { formatRelative } from '../client/lib/time.ts';

const zones = [
	'UTC',
	'Europe/Berlin',
	'America/New_York',
	'America/St_Johns',
	'Australia/Lord_Howe',
	'Asia/Kathmandu',
	'Pacific/Kiritimati',
	'Pacific/Apia',
	'America/Santiago',
];
const before = process.env.TZ;
beforeEach(() => void (process.env.TZ = 'UTC'));
afterAll(() => {
	if (before === undefined) delete process.env.TZ;
	else process.env.TZ = before;
});

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

type PlainDate = { year: number; month: number; day: number };

const formatters = new Map(
	zones.map((timeZone) => [
		timeZone,
		new Intl.DateTimeFormat('en-US', {
			timeZone,
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
		}),
	]),
);

/** The date on a wall calendar in a time zone. */
function readDate(at: number, zone: string): PlainDate {
	const [month, day, year] = formatters.get(zone)!.format(at).split('/').map(Number);
	return { year: year!, month: month!, day: day! };
}

/** Days since 1 March of the year 0; H. Hinnant, “chrono-compatible low-level date algorithms”. */
function countDays({ year, month, day }: PlainDate): number {
	const y = month <= 2 ? year - 1 : year;
	const m = (month + 9) % 12;
	return (
		365 * y +
		Math.floor(y / 4) -
		Math.floor(y / 100) +
		Math.floor(y / 400) +
		Math.floor((153 * m + 2) / 5) +
		day -
		1
	);
}

/** The same sentence by plain dates alone, without the device's own calendar. */
function describe(at: number, now: number, zone: string): string {
	const past = now - at;
	if (past < minute) return 'just now';
	const [then, today] = [readDate(at, zone), readDate(now, zone)];
	const days = countDays(today) - countDays(then);
	const ago = (count: number, unit: string) => `${count} ${unit}${count === 1 ? '' : 's'} ago`;
	if (past < hour) return ago(Math.floor(past / minute), 'minute');
	if (past < day || days === 0) return ago(Math.floor(past / hour), 'hour');
	if (days === 1) return 'yesterday';
	if (days < 7) return ago(days, 'day');
	const years = today.year - then.year;
	const months = years * 12 + today.month - then.month;
	if (days < 30 || months === 0) return ago(Math.floor(days / 7), 'week');
	const [begun, length, unit] =
		days < 365 || years === 0 ? [months, 30.44, 'month'] : [years, 365.25, 'year'];
	if (begun === 1) return `last ${unit}`;
	return ago(Math.min(begun, Math.round(days / length)), String(unit));
}

const show = (at: string, now: string, zone = 'UTC') => {
	process.env.TZ = zone;
	return formatRelative(new Date(at).toISOString(), new Date(now).getTime());
};

test.each([
	['2026-11-23T08:30:00Z', '2026-11-25T08:00:00Z', '2 days ago'],
	['2024-12-20T12:00:00Z', '2026-11-25T12:00:00Z', '2 years ago'],
	['2025-12-20T12:00:00Z', '2026-12-25T12:00:00Z', 'last year'],
	['2026-11-24T07:59:00Z', '2026-11-25T08:00:00Z', 'yesterday'],
	['2026-11-24T23:59:00Z', '2026-11-25T00:01:00Z', '2 minutes ago'],
	['2026-11-24T09:00:00Z', '2026-11-25T08:00:00Z', '23 hours ago'],
	['2026-11-18T12:00:00Z', '2026-11-25T12:00:00Z', '1 week ago'],
	['2026-10-20T12:00:00Z', '2026-11-25T12:00:00Z', 'last month'],
	['2026-09-30T12:00:00Z', '2026-11-05T12:00:00Z', '1 month ago'],
	['2026-01-01T12:00:00Z', '2026-01-31T12:00:00Z', '4 weeks ago'],
	['2026-01-31T12:00:00Z', '2026-03-02T12:00:00Z', '1 month ago'],
	['2024-11-30T12:00:00Z', '2026-01-02T12:00:00Z', '1 year ago'],
	['2026-11-25T14:00:00Z', '2026-11-25T12:00:00Z', 'just now'],
	['2026-11-25T11:59:01Z', '2026-11-25T12:00:00Z', 'just now'],
	['nonsense', '2026-11-25T12:00:00Z', 'just now'],
])('%s seen at %s is “%s”', (at, now, expected) => {
	process.env.TZ = 'UTC';
	expect(formatRelative(at, Date.parse(now))).toBe(expected);
});

test('a day is the reader’s own, also where it has 23 or 25 hours, or none', () => {
	expect(show('2026-10-24T22:30:00Z', '2026-10-25T22:45:00Z', 'Europe/Berlin')).toBe(
		'24 hours ago',
	);
	expect(show('2026-03-28T11:00:00Z', '2026-03-29T11:30:00Z', 'Europe/Berlin')).toBe('yesterday');
	expect(show('2026-11-23T23:30:00Z', '2026-11-25T00:00:00Z', 'UTC')).toBe('2 days ago');
	expect(show('2026-11-23T23:30:00Z', '2026-11-25T00:00:00Z', 'America/New_York')).toBe(
		'yesterday',
	);
	// there was no 30 December 2011 in Samoa
	expect(show('2011-12-30T08:00:00Z', '2011-12-31T09:00:00Z', 'Pacific/Apia')).toBe('2 days ago');
});

test.each(zones)('in %s any two instants are told apart as on a calendar on the wall', (zone) => {
	process.env.TZ = zone;
	const spans = [2 * hour, 3 * day, 10 * day, 70 * day, 800 * day, 4_000 * day];
	for (let n = 0; n < 4_000; n++) {
		const now = Date.UTC(2012 + Math.random() * 25, 0, 1) + Math.random() * 366 * day;
		const at = Math.floor(now - Math.random() * spans[n % spans.length]!);
		const seen = formatRelative(new Date(at).toISOString(), now);
		expect(seen, `${new Date(at).toISOString()} at ${new Date(now).toISOString()}`).toBe(
			describe(at, now, zone),
		);
	}
});
