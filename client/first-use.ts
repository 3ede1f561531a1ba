import { lazy } from './lib/lazy.ts';

type Use = {
	type: 'keydown' | 'selectionchange' | 'input' | 'paste' | 'focusin';
	isUse(event: Event): boolean;
	/** `start` takes over: it handles what has happened meanwhile and listens for what follows */
	load(): Promise<{ start(events: Event[]): void }>;
};

const written = ({ target }: Event) =>
	target instanceof HTMLTextAreaElement && target.dataset.writes ? target : null;

const uses: Use[] = [
	{
		type: 'keydown',
		isUse(event) {
			const { key, ctrlKey, metaKey, altKey } = event as KeyboardEvent;
			return /^[a-z/?]$/.test(key) && !ctrlKey && !metaKey && !altKey && !isField(event.target);
		},
		load: () => import('./keyboard/keyboard.ts'),
	},
	{
		type: 'selectionchange',
		isUse() {
			const selection = document.getSelection();
			return (
				selection?.isCollapsed === false &&
				!!selection.anchorNode?.parentElement?.closest('article[id^="post-"] .words')
			);
		},
		load: () => import('./replies/quote.ts'),
	},
	{
		type: 'input',
		isUse(event) {
			const field = written(event);
			return !!field && /[@:][^\s@:]*$/.test(field.value.slice(0, field.selectionStart));
		},
		load: () => import('./completion/complete.svelte.ts'),
	},
	{
		type: 'paste',
		isUse: (event) => written(event)?.dataset.writes === 'markdown',
		load: () => import('./link-previews/paste.ts'),
	},
	{
		type: 'focusin',
		isUse: () => true,
		load: () => import('./lib/rescue.ts'),
	},
];

const isField = (target: EventTarget | null) =>
	target instanceof Element &&
	target.closest('input, textarea, select, [contenteditable]') !== null;

/** What many never use is not loaded before its first use; this waits for it. Returns a function that ends this. */
export function waitForFirstUse(): () => void {
	const ends = uses.map(({ type, isUse, load }) => {
		const events: Event[] = [];
		const hear = (event: Event) => {
			if (!isUse(event) || events.push(event) > 1) return;
			lazy(load).then(
				({ start }) => {
					end();
					start(events);
				},
				// Without a connection it is tried again at the next use.
				() => (events.length = 0),
			);
		};
		const end = () => document.removeEventListener(type, hear);
		document.addEventListener(type, hear);
		return end;
	});
	return () => ends.forEach((end) => end());
}
