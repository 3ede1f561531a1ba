import type { Problem } from '../../server/schema.ts';
import { hearServerTime } from './server-clock.svelte.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const timeoutMs = 30_000;

/** A request that did not succeed. `status` is 0 when no answer came. `message` is a sentence for people. */
export class ApiError extends Error {
	readonly status: number;
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.detail ?? problem.title);
		this.name = 'ApiError';
		this.status = problem.status;
		this.problem = problem;
	}
}

const explanations: Record<number, string> = {
	401: 'Sign in to go on. Nothing you typed is lost.',
	403: 'Your account is not allowed to do this.',
	404: 'This is no longer here.',
	413: 'This is too long to send. Shorten it and try again.',
	429: 'That was a lot at once. Wait a moment and try again.',
	503: 'The site is catching its breath. Try again in a few seconds.',
};

const problem = (status: number, title: string): Problem => ({
	type: 'about:blank',
	status,
	title,
	detail: explanations[status] ?? 'The server could not do this. Try again in a moment.',
});

async function readProblem(response: Response): Promise<Problem> {
	const fallback = problem(response.status, response.statusText);
	if (!response.headers.get('content-type')?.includes('json')) return fallback;
	const sent = (await response.json().catch(() => ({}))) as Partial<Problem>;
	return { ...fallback, ...sent, status: response.status };
}

export type RequestOptions = {
	idempotencyKey?: string;
	keepalive?: boolean;
	/** whose request it is: the server refuses it from any other account */
	account?: number;
};

/**
 * Sends JSON to the API and answers what it answers (`undefined` for 204).
 * With `keepalive` the request outlives its page. Throws `ApiError` for every other outcome, also when no answer, or
 * none that is whole and JSON, comes within 30 seconds.
 */
export async function request<T>(
	method: Method,
	path: string,
	body?: unknown,
	options: RequestOptions = {},
): Promise<T> {
	const headers: Record<string, string> = { accept: 'application/json' };
	if (body !== undefined) headers['content-type'] = 'application/json';
	if (options.idempotencyKey) headers['idempotency-key'] = options.idempotencyKey;
	if (options.account) headers['weigh-in-account'] = String(options.account);

	let response: Response;
	try {
		response = await fetch(path, {
			method,
			headers,
			body: body === undefined ? undefined : JSON.stringify(body),
			credentials: 'same-origin',
			keepalive: options.keepalive,
			signal: AbortSignal.timeout(timeoutMs),
		});
		hearServerTime(response.headers.get('date'));
		if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
	} catch {
		throw new ApiError({
			type: 'about:blank',
			status: 0,
			title: 'No answer',
			detail: 'The site did not answer. Check your connection and try again.',
		});
	}
	throw new ApiError(await readProblem(response));
}
