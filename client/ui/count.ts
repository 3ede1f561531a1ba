/** “1,204”. Most are smaller, and the first formatter of a page keeps a phone busy for 40 ms. */
export const formatNumber = (n: number): string => (n < 1_000 ? String(n) : n.toLocaleString('en'));

/** “1 reply”, “1,204 replies” */
export const formatCount = (n: number, one: string, many: string): string =>
	`${formatNumber(n)} ${n === 1 ? one : many}`;
