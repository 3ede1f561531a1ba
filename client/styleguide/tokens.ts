import css from '../app.css?raw';

type Token = { name: string; value: string };

const layer = /@layer tokens \{(.*?)\n\}/s.exec(css)![1]!;
/** The tokens as app.css has them, in its order. */
const tokens: Token[] = [...layer.matchAll(/^\t\t(--[\w-]+): (.+);$/gm)].map(([, name, value]) => ({
	name: name!,
	value: value!,
}));

const named = (start: string) => tokens.filter(({ name }) => name.startsWith(start));

export const colors = tokens.filter(({ value }) => value.includes('oklch('));
export const fonts = tokens.filter(({ name }) => /^--(sans|serif)/.test(name));
export const steps = named('--step');
export const spaces = named('--space');
export const radii = named('--radius');
export const others = tokens.filter(
	(token) => ![colors, fonts, steps, spaces, radii].some((group) => group.includes(token)),
);

/** What stands on what, and the least contrast that it needs (WCAG 1.4.3 and 1.4.11). */
export const pairs: { front: string; back: string; least: number }[] = [
	...['--ink', '--soft', '--pen', '--pen-strong', '--red'].flatMap((front) =>
		['--paper', '--lift'].map((back) => ({ front, back, least: 4.5 })),
	),
	{ front: '--on-pen', back: '--pen', least: 4.5 },
	{ front: '--on-pen', back: '--pen-strong', least: 4.5 },
	{ front: '--paper', back: '--red', least: 4.5 },
	{ front: '--on-mark', back: '--mark', least: 4.5 },
	{ front: '--edge', back: '--paper', least: 3 },
	{ front: '--edge', back: '--lift', least: 3 },
];

export const motions = [
	{ ms: 120, what: 'what is pressed, and the page that goes' },
	{ ms: 200, what: 'the sheet that rises' },
	{ ms: 220, what: 'the page that comes' },
];
