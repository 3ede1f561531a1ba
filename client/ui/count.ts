const grouped = new Intl.NumberFormat('en');

/** “1,204” */
export const formatNumber = (n: number): string => grouped.format(n);

/** “1 reply”, “1,204 replies” */
export const formatCount = (n: number, one: string, many: string): string =>
	`${grouped.format(n)} ${n === 1 ? one : many}`;
