import type { Page } from 'playwright-core';

/** Where the focus is, and what somebody who goes by it would miss. */
export type Stop = {
	/** what a screen reader would call it, more or less */
	name: string;
	tag: string;
	/** whether it can be reached with Tab, so that it has to show that it has the focus */
	isControl: boolean;
	isEditor: boolean;
	problem: string;
};

/** Looks at what has the focus: that it is something, shows it, and is not hidden under what floats. */
export function readFocus(page: Page): Promise<Stop> {
	return page.evaluate(() => {
		const element = document.activeElement as HTMLElement;
		const { tagName: tag } = element;
		const labels = (element as HTMLInputElement).labels ?? [];
		const labelledBy = element.getAttribute('aria-labelledby');
		const name = (
			element.getAttribute('aria-label') ??
			(labelledBy && document.getElementById(labelledBy)?.textContent) ??
			([...labels].map(({ textContent }) => textContent).join(' ') || element.textContent)
		)
			.replace(/\s+/g, ' ')
			.trim()
			.slice(0, 300);
		const isControl = element.tabIndex >= 0 && tag !== 'BODY';
		const found = { name, tag, isControl, isEditor: element.isContentEditable };
		if (tag === 'BODY') return { ...found, problem: 'The focus is lost.' };

		const chain = [element, element.parentElement!, element.parentElement!.parentElement!];
		const isShown = chain.some((each) => {
			const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(each);
			const isOutlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
			const isClear = !/, 0\)|\/ 0\)|transparent/.test(outlineColor);
			const line = getComputedStyle(each, '::after');
			return (
				(isOutlined && isClear) ||
				(each.matches(':focus-within') && line.borderBottomStyle === 'solid') ||
				getComputedStyle(each, '::before').outlineStyle === 'solid'
			);
		});
		if (isControl && !isShown) return { ...found, problem: 'Nothing shows the focus.' };

		const target = labels[0]?.contains(element) ? labels[0] : element;
		const boxes = [...target.getClientRects()];
		const isSeen = boxes.some(({ left, top, width, height }) =>
			[0.05, 0.5, 0.95].some((x) =>
				[0.05, 0.5, 0.95].some((y) => {
					const hit = document.elementFromPoint(left + width * x, top + height * y);
					return hit && (target.contains(hit) || hit.contains(target));
				}),
			),
		);
		if (isControl && !isSeen) return { ...found, problem: 'It is out of sight.' };
		return { ...found, problem: '' };
	});
}

/** Presses Tab until the focus is on a control of that name; each stop on the way has to be seen. */
export async function tabTo(page: Page, name: string | RegExp, key = 'Tab'): Promise<Stop> {
	const passed: string[] = [];
	for (let presses = 0; presses < 150; presses++) {
		await page.keyboard.press(key);
		const stop = await readFocus(page);
		if (stop.tag === 'BODY') break;
		if (stop.problem) throw new Error(`${stop.tag} “${stop.name}”: ${stop.problem}`);
		if (typeof name === 'string' ? stop.name === name : name.test(stop.name)) return stop;
		passed.push(stop.name);
		if (stop.isEditor) await page.keyboard.press('Escape');
	}
	throw new Error(`The focus does not come to ${name}, only to ${passed.join(' | ')}`);
}

/** Goes through a whole page with Tab; returns what was wrong at which control. */
export async function walk(page: Page, most = 250): Promise<{ stops: Stop[]; problems: string[] }> {
	const stops: Stop[] = [];
	const problems: string[] = [];
	for (let presses = 0; presses < most; presses++) {
		await page.keyboard.press('Tab');
		const stop = await readFocus(page);
		if (stop.tag === 'BODY') return { stops, problems };
		stops.push(stop);
		if (stop.problem) problems.push(`${stop.tag} “${stop.name}”: ${stop.problem}`);
		if (stop.isEditor) await page.keyboard.press('Escape');
	}
	return { stops, problems: [...problems, `It does not end: ${stops.at(-1)!.name}`] };
}
