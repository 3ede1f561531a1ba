import { createSubscriber } from 'svelte/reactivity';
import { keepStill } from '../lib/still.ts';

const subscribe = createSubscriber((update) => {
	const timer = setInterval(() => keepStill(update), 30_000);
	return () => clearInterval(timer);
});

/** The present in milliseconds; read in an effect or a template, it moves on every half minute. */
export function now(): number {
	subscribe();
	return Date.now();
}
