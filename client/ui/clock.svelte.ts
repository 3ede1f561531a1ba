import { createSubscriber } from 'svelte/reactivity';
import { hearDocumentTime, serverClock } from '../lib/server-clock.svelte.ts';
import { keepStill } from '../lib/still.ts';

const subscribe = createSubscriber((update) => {
	const timer = setInterval(() => keepStill(update), 30_000);
	return () => clearInterval(timer);
});

/** The present by the server's clock, in milliseconds; read in an effect or a template, it moves on every half minute. */
export function now(): number {
	subscribe();
	return Date.now() + serverClock.offsetMs;
}

let isRunning = $state(false);
let starting: ReturnType<typeof setTimeout> | undefined;

/** Whether the present may be shown: not before a page that came as a document was taken over as it came. */
export const runs = () => isRunning;

/** Has the present shown from the next task on: the first formatter of a page keeps a phone busy for 40 ms. */
export function startClock(): void {
	starting ??= setTimeout(() => {
		hearDocumentTime();
		isRunning = true;
	});
}
