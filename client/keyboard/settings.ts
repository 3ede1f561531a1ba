const SETTING = 'keys';

/** Whether keys without a modifier do something on this device (WCAG 2.1.4). */
export function areKeysOn(): boolean {
	try {
		return globalThis.localStorage.getItem(SETTING) !== 'off';
	} catch {
		return true;
	}
}

export function turnKeys(on: boolean): void {
	try {
		if (on) globalThis.localStorage.removeItem(SETTING);
		else globalThis.localStorage.setItem(SETTING, 'off');
	} catch {
		// Without a store they are on.
	}
}
