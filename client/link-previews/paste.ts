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

/** what ends the preview of a field */
const asked = new WeakMap<HTMLTextAreaElement, () => void>();

/** The line that the caret ends once the text is there: an event that has passed tells no text. */
function take({ target }: Event): void {
	if (!(target instanceof HTMLTextAreaElement) || target.dataset.writes !== 'markdown') return;
	setTimeout(() => {
		const line = target.value.slice(0, target.selectionStart).split('\n').at(-1)!;
		const url = readPastedAddress(line);
		if (url !== null) preview(target, url);
	});
}

const isAlone = (parts: string[], url: string) => parts.some((part) => part.trim() === url);

/** Asks at once, and shows the answer below the field while the address is a paragraph by itself, as in the post. */
function preview(field: HTMLTextAreaElement, url: string): void {
	asked.get(field)?.();
	const reading = requestPreview(url);
	let said: ReturnType<typeof mount> | null = null;
	const form = field.form ?? field;
	const show = (isShown: boolean) => {
		if (isShown === (said !== null)) return;
		if (said) void unmount(said);
		said = isShown
			? mount(PastedPreview, { target: field.parentElement!, props: { url, reading } })
			: null;
	};
	const check = () => {
		if (!isAlone(field.value.split('\n'), url)) end();
		else show(isAlone(field.value.split(/\n[^\S\n]*\n/), url));
	};
	const end = () => {
		show(false);
		asked.delete(field);
		form.removeEventListener('input', check);
		form.removeEventListener('submit', end);
	};
	form.addEventListener('input', check);
	form.addEventListener('submit', end);
	asked.set(field, end);
	check();
}
