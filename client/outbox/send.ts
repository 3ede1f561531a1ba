import { ApiError, type Method, request, type RequestOptions } from '../lib/api.ts';
import { loadOffline } from '../offline/load.ts';

/**
 * As {@link request}; what cannot go out for want of a connection may wait for one, also when its page is gone. So may
 * what got no answer, if its key keeps it from being done twice.
 *
 * @param options.onWaiting called once the outbox has it; the answer may come hours later then
 */
export async function send<T>(
	method: Method,
	path: string,
	body?: unknown,
	{ onWaiting, ...options }: RequestOptions & { onWaiting?: () => void } = {},
): Promise<T> {
	try {
		return await request<T>(method, path, body, options);
	} catch (error) {
		if (!(error instanceof ApiError) || error.status) throw error;
		if (navigator.onLine && !options.idempotencyKey) throw error;
		const { waitForLine } = await loadOffline().catch(() => {
			throw error;
		});
		return waitForLine({ method, path, body, ...options }, error, onWaiting);
	}
}
