/** What this device does not take: it lasts as long as the document. */
const memory = new Map<string, string>();

// What another tab could write is later than what this one could not.
globalThis.window?.addEventListener('storage', ({ key, isTrusted }) => {
	if (isTrusted && key !== null) memory.delete(key);
});

/** What was last written under a name; null for nothing. Never throws. */
export function readItem(name: string): string | null {
	try {
		return memory.get(name) ?? localStorage.getItem(name);
	} catch {
		return null;
	}
}

/** Writes under a name, with null nothing. Returns whether the device has it: its store may be full, forbidden or absent. */
export function writeItem(name: string, value: string | null): boolean {
	memory.delete(name);
	try {
		if (value === null) localStorage.removeItem(name);
		else localStorage.setItem(name, value);
		return true;
	} catch {
		if (value !== null) memory.set(name, value);
		return false;
	}
}

/** The names under which something is written here. */
export function listItems(): string[] {
	try {
		return [...new Set([...memory.keys(), ...Object.keys(localStorage)])];
	} catch {
		return [...memory.keys()];
	}
}
