import { afterEach, expect, test, vi } from 'vitest';
import { keepDraft, type Kept, nameDraft } from '../client/lib/kept-drafts.ts';

const key = 'story:ownership';

/** A device that takes nothing more once it is full. */
function openDevice() {
	const items = new Map<string, string>();
	const device = {
		isFull: false,
		getItem: (name: string) => items.get(name) ?? null,
		removeItem: (name: string) => void items.delete(name),
		setItem(name: string, value: string) {
			if (device.isFull) throw new DOMException('Full.', 'QuotaExceededError');
			items.set(name, value);
		},
	};
	vi.stubGlobal('localStorage', device);
	return device;
}

const write = (body: string): Kept => ({
	content: { body },
	at: '2026-01-01T00:00:00.000Z',
	saved: null,
	isSaved: false,
});

afterEach(() => vi.unstubAllGlobals());

test('what was typed before there was an account goes once the account has it on the device, and not before', () => {
	const device = openDevice();
	expect(keepDraft(key, null, write('Typed first.'))).toBe(true);
	device.isFull = true;
	expect(keepDraft(key, 7, write('Typed first, and more.'))).toBe(false);
	expect(device.getItem(nameDraft(key, null))).toContain('Typed first.');
	device.isFull = false;
	expect(keepDraft(key, 7, write('Typed first, and more.'))).toBe(true);
	expect(device.getItem(nameDraft(key, null))).toBeNull();
	expect(device.getItem(nameDraft(key, 7))).toContain('and more.');
});

test('a draft that is dropped takes what was typed before there was an account along', () => {
	const device = openDevice();
	keepDraft(key, null, write('Typed first.'));
	device.isFull = true;
	expect(keepDraft(key, 7, null)).toBe(true);
	expect(device.getItem(nameDraft(key, null))).toBeNull();
});
