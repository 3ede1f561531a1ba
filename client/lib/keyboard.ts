/**
 * An attachment that keeps an element fixed to the bottom edge above the on-screen keyboard, which covers
 * that edge without making the window smaller: `--keyboard` is how much of it is covered.
 */
export function aboveKeyboard(element: HTMLElement): (() => void) | void {
	const { visualViewport } = window;
	if (!visualViewport) return;
	const measure = () => {
		const { height, offsetTop, scale } = visualViewport;
		const covered = scale > 1 ? 0 : Math.max(0, window.innerHeight - height - offsetTop);
		element.style.setProperty('--keyboard', `${Math.round(covered)}px`);
	};
	const changes = ['resize', 'scroll'] as const;
	for (const change of changes) visualViewport.addEventListener(change, measure);
	measure();
	return () => {
		for (const change of changes) visualViewport.removeEventListener(change, measure);
	};
}
