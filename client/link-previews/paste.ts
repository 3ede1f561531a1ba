import { mount, unmount } from 'svelte';
import type { LinkPreview } from '../../server/link-previews/schema.ts';
import { ApiError, request } from '../lib/api.ts';
import PastedPreview from './PastedPreview.svelte';

/** The web address that a pasted text is and nothing else; null for any other text. */
export function readPastedAddress(text: string): string | null {
	const pasted = text.trim();
	return /^https?:\/\/[^\s<>]+$/i.test(pasted) && URL.canParse(pasted) ? pasted : null;
}

/**
 * Asks the site what an address says of itself, so that a post written after that shows it; null where
 * there is nothing to show. For signed-in members.
 */
export async function requestPreview(url: string): Promise<LinkPreview | null> {
	try {
		const preview = await request<LinkPreview>('POST', '/api/link-previews', { url });
		return preview.title === null ? null : preview;
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		return null;
	}
}

/** Shows what is pasted into fields, from the last of these events on. */
export function start(pasted: Event[]): void {
	document.addEventListener('paste', take);
	take(pasted.at(-1)!);
}

const shown = new WeakMap<HTMLTextAreaElement, () => void>();

/** The line that the caret ends once the text is there: an event that has passed tells no text. */
function take({ target }: Event): void {
	if (!(target instanceof HTMLTextAreaElement) || target.dataset.writes !== 'markdown') return;
	setTimeout(() => {
		const line = target.value.slice(0, target.selectionStart).split('\n').at(-1)!;
		const url = readPastedAddress(line);
		if (url !== null) preview(target, url);
	});
}

const hasAlone = ({ value }: HTMLTextAreaElement, url: string) =>
	value.split('\n').some((line) => line.trim() === url);

/** Below the field, as long as the address stands alone in it. */
function preview(field: HTMLTextAreaElement, url: string): void {
	if (!hasAlone(field, url)) return;
	shown.get(field)?.();
	const said = mount(PastedPreview, {
		target: field.parentElement!,
		props: { url, reading: requestPreview(url) },
	});
	const form = field.form ?? field;
	const check = () => hasAlone(field, url) || end();
	const end = () => {
		shown.delete(field);
		form.removeEventListener('input', check);
		form.removeEventListener('submit', end);
		void unmount(said);
	};
	form.addEventListener('input', check);
	form.addEventListener('submit', end);
	shown.set(field, end);
}
