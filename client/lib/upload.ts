import { usePage } from '@inertiajs/svelte';
import type { Problem, SharedProps } from '../../server/schema.ts';

export const pictureTypes = 'image/jpeg,image/png,image/webp,image/gif,image/avif';
const largestFile = 10 * 1024 * 1024;

/** How long nothing may move, and how long the answer may take. */
const patienceMs = 120_000;

const noAnswer = 'The picture did not arrive. Check your connection and try again.';

type UploadOptions = {
	method?: 'POST' | 'PUT';
	path?: string;
	/** is told which part of the file has gone out, 0 to 1 */
	onprogress?: (part: number) => void;
	signal?: AbortSignal;
};

/**
 * Sends a picture; fetch would not tell how far it has come.
 *
 * @returns what the API answers; rejects with an `Error` whose message is a sentence for people
 */
export function uploadPicture<T>(
	file: File,
	{ method = 'POST', path = '/api/images', onprogress, signal }: UploadOptions,
): Promise<T> {
	if (file.size > largestFile)
		return Promise.reject(new Error('A picture may have at most 10 megabytes. Make it smaller.'));
	const form = new FormData();
	form.append('file', file);
	const request = new XMLHttpRequest();
	return new Promise((resolve, reject) => {
		const began = performance.now();
		request.upload.onprogress = ({ loaded, total }) => {
			request.timeout = performance.now() - began + patienceMs;
			onprogress?.(loaded / total);
		};
		request.onload = () => {
			if (request.status < 300) return resolve(JSON.parse(request.responseText) as T);
			return reject(new Error(readDetail(request)));
		};
		request.onerror = () => reject(new Error(noAnswer));
		request.ontimeout = request.onerror;
		signal?.addEventListener('abort', () => request.abort());
		request.open(method, path);
		request.timeout = patienceMs;
		request.setRequestHeader('accept', 'application/json');
		const { me } = usePage<SharedProps>().props;
		if (me) request.setRequestHeader('weigh-in-account', String(me.id));
		request.send(form);
	});
}

function readDetail({ status, responseText }: XMLHttpRequest): string {
	if (status === 401)
		return 'You are not signed in here any more. Sign in in another tab and try again.';
	try {
		return (JSON.parse(responseText) as Problem).detail ?? noAnswer;
	} catch {
		return noAnswer;
	}
}
