import { usePage } from '@inertiajs/svelte';
import type { Problem, SharedProps } from '../../server/schema.ts';

export const pictureTypes = 'image/jpeg,image/png,image/webp,image/gif,image/avif';
const maxFileBytes = 10 * 1024 * 1024;

/** How long nothing may move, and how long the answer may take. */
const timeoutMs = 120_000;

const noAnswer = 'The picture did not arrive. Check your connection and try again.';
const notNow = 'The site cannot take pictures at the moment. Try again in a minute.';
/** What to say where the answer is not the site's own: a proxy's, or that of a filter on the way. */
const explanations: Record<number, string> = {
	403: 'Something between here and the site refuses this picture. Try another one.',
	408: 'The picture took too long to arrive. Check your connection and try again.',
	413: 'This picture is larger than the way to the site allows. Make it smaller.',
	429: 'That was a lot at once. Wait a moment and try again.',
	500: notNow,
	502: notNow,
	503: notNow,
	504: notNow,
};

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
	if (file.size > maxFileBytes)
		return Promise.reject(new Error('A picture may have at most 10 megabytes. Make it smaller.'));
	const form = new FormData();
	form.append('file', file);
	const request = new XMLHttpRequest();
	return new Promise((resolve, reject) => {
		const began = performance.now();
		request.upload.onprogress = ({ loaded, total }) => {
			request.timeout = performance.now() - began + timeoutMs;
			onprogress?.(loaded / total);
		};
		request.onload = () => {
			const answer = readAnswer(request);
			if (request.status < 300 && answer) resolve(answer as T);
			else reject(new Error(describeFailure(request.status, answer)));
		};
		request.onerror = () => reject(new Error(noAnswer));
		request.ontimeout = request.onerror;
		request.onabort = request.onerror;
		signal?.addEventListener('abort', () => request.abort());
		request.open(method, path);
		request.timeout = timeoutMs;
		request.setRequestHeader('accept', 'application/json');
		const { me } = usePage<SharedProps>().props;
		if (me) request.setRequestHeader('weigh-in-account', String(me.id));
		request.send(form);
	});
}

/** What came as JSON, or null: a portal or a proxy answers with a page of its own. */
function readAnswer({ responseText }: XMLHttpRequest): object | null {
	try {
		const answer: unknown = JSON.parse(responseText);
		return typeof answer === 'object' ? answer : null;
	} catch {
		return null;
	}
}

function describeFailure(status: number, answer: Partial<Problem> | null): string {
	if (status === 401)
		return 'You are not signed in here any more. Sign in in another tab and try again.';
	return answer?.detail ?? explanations[status] ?? noAnswer;
}
