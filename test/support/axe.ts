import axe from 'axe-core';
import type { Page } from 'playwright-core';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

type Scope = {
	/** one rule instead of all */
	rule?: string;
	/** whether the page's scripts run */
	scripts?: boolean;
};

/** What axe finds on a page: a line for each element and the rule that it breaks. */
export async function audit(page: Page, { rule, scripts = true }: Scope = {}): Promise<string[]> {
	if (!(await page.evaluate(() => 'axe' in window))) {
		// No timer rings where scripts are switched off, and axe waits for some.
		if (!scripts)
			await page.evaluate(() => Object.assign(window, { setTimeout: (act: () => void) => act() }));
		await page.evaluate(axe.source);
	}
	const { violations } = await page.evaluate(
		(options) => (window as unknown as { axe: typeof axe }).axe.run(document, options),
		{
			resultTypes: ['violations'],
			runOnly: rule ? { type: 'rule', values: [rule] } : { type: 'tag', values: tags },
		} as axe.RunOptions,
	);
	return violations.flatMap(({ id, nodes }) =>
		nodes.map(
			({ target, html, any, all, none }) =>
				`${id}: ${target.join(' ')} ${html.slice(0, 160)} ${[...any, ...all, ...none].map(({ message }) => message).join(' ')}`,
		),
	);
}
