const name = (key: string) => `draft:${key}`;

function storage(): Storage | null {
	try {
		return globalThis.localStorage ?? null;
	} catch {
		return null;
	}
}

/** What was typed under this key and not sent; empty when there is nothing or nowhere to keep it. */
export function loadDraft(key: string): string {
	try {
		return storage()?.getItem(name(key)) ?? '';
	} catch {
		return '';
	}
}

/** Keeps the text in this browser; blank text clears it. */
export function saveDraft(key: string, text: string): void {
	if (!text.trim()) return clearDraft(key);
	try {
		storage()?.setItem(name(key), text);
	} catch {
		// A full or forbidden store only costs the draft.
	}
}

export function clearDraft(key: string): void {
	try {
		storage()?.removeItem(name(key));
	} catch {
		// As above.
	}
}

/**
 * Tells what another tab has typed under this key, or empty text once that was sent, unless somebody
 * types in `form` here. Returns a function that ends this.
 */
export function followDraft(
	key: string,
	form: () => Element | null | undefined,
	take: (text: string) => void,
): () => void {
	const hear = ({ key: changed, newValue }: StorageEvent) => {
		if (changed !== name(key)) return;
		const isHere = document.hasFocus() && form()?.contains(document.activeElement);
		if (!isHere) take(newValue ?? '');
	};
	window.addEventListener('storage', hear);
	return () => window.removeEventListener('storage', hear);
}
