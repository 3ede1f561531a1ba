import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { uploadPicture } from '../client/lib/upload.ts';

vi.mock('@inertiajs/svelte', () => ({ usePage: () => ({ props: { me: null } }) }));

let answer: { status: number; responseText: string } | 'cut' | 'late';

class FakeRequest {
	upload = {};
	timeout = 0;
	status = 0;
	responseText = '';
	onload = () => {};
	onerror = () => {};
	ontimeout = () => {};
	onabort = () => {};
	open() {}
	setRequestHeader() {}
	abort() {
		this.onabort();
	}
	send() {
		queueMicrotask(() => {
			if (answer === 'cut') this.onerror();
			else if (answer === 'late') this.ontimeout();
			else {
				Object.assign(this, answer);
				this.onload();
			}
		});
	}
}

beforeEach(() => vi.stubGlobal('XMLHttpRequest', FakeRequest));
afterEach(() => vi.unstubAllGlobals());

const upload = (signal?: AbortSignal) =>
	uploadPicture(new File(['x'], 'a.jpg', { type: 'image/jpeg' }), { signal });
const page = (status: number) => ({
	status,
	responseText: `<html><head><title>${status}</title></head></html>`,
});

test.each([
	[200, /did not arrive/],
	[403, /refuses this picture/],
	[404, /did not arrive/],
	[408, /took too long/],
	[413, /Make it smaller/],
	[429, /Wait a moment/],
	[500, /cannot take pictures at the moment/],
	[502, /cannot take pictures at the moment/],
	[503, /cannot take pictures at the moment/],
	[504, /cannot take pictures at the moment/],
])('a page of a proxy with %s is told in a sentence for it', async (status, sentence) => {
	answer = page(status);
	await expect(upload()).rejects.toThrow(sentence);
});

test.each([413, 422, 429, 503, 507])('the site’s own words for %s are shown', async (status) => {
	answer = { status, responseText: JSON.stringify({ status, detail: 'The site says so.' }) };
	await expect(upload()).rejects.toThrow('The site says so.');
});

test.each(['null', '7', '"x"', '[]', '{}', ''])('no words of its own, but %s', async (body) => {
	answer = { status: 413, responseText: body };
	await expect(upload()).rejects.toThrow(/Make it smaller/);
});

test('a session that has ended, a line that is cut and one that is too slow', async () => {
	answer = page(401);
	await expect(upload()).rejects.toThrow(/not signed in/);
	for (const end of ['cut', 'late'] as const) {
		answer = end;
		await expect(upload()).rejects.toThrow(/Check your connection/);
	}
});

test('what is stopped ends', async () => {
	const ending = new AbortController();
	answer = { status: 201, responseText: '{"id":"a"}' };
	const uploading = upload(ending.signal);
	ending.abort();
	await expect(uploading).rejects.toThrow();
	await expect(upload()).resolves.toEqual({ id: 'a' });
});
