/** How far the server's clock is before this device's, in ms; 0 as long as they are much the same. */
export const serverClock = $state({ offsetMs: 0 });

/** Clocks that are less apart than this are the same: an answer takes a while, and its date has no parts of a second. */
const toleranceMs = 20_000;

/** Takes the time that a fresh answer was sent at, as in its `Date`. */
export function hearServerTime(date: string | null): void {
	hearTime(Date.parse(date ?? ''));
}

/** Takes the time that this document was sent at, from its `Server-Timing`; not where the browser had kept it. */
export function hearDocumentTime(): void {
	const [navigation] = performance.getEntriesByType(
		'navigation',
	) as (PerformanceNavigationTiming & { deliveryType?: string })[];
	if (!navigation || navigation.type === 'back_forward' || navigation.deliveryType === 'cache')
		return;
	const sent = navigation.serverTiming?.find(({ name }) => name === 'sent');
	if (sent) hearTime(sent.duration + performance.now() - navigation.responseStart);
}

function hearTime(timeMs: number): void {
	const offset = timeMs - Date.now();
	if (!(Math.abs(offset - serverClock.offsetMs) > toleranceMs)) return;
	serverClock.offsetMs = Math.abs(offset) > toleranceMs ? offset : 0;
}
