import type { FastifyRequest } from 'fastify';
import { addressKey } from '../addresses.ts';
import type { App } from '../app.ts';
import type { ActContext } from '../context.ts';
import { Refusal } from '../errors.ts';
import { isWrite } from '../guards.ts';
import { describeRequest } from '../request-log.ts';
import type { DoneEvent, Origin } from './schema.ts';
import type { Audit } from './service.ts';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** what has happened where a writing route succeeds, or why it is not written down */
		audit?: DoneEvent | { unwritten: string };
	}
	interface FastifyRequest {
		/** the context of what its sender does */
		readonly context: ActContext;
	}
}

const originOf = ({ member, ip, id }: FastifyRequest): Origin => ({
	actor: member?.id ?? null,
	address: addressKey(ip),
	reqId: id,
});

/**
 * Lets requests write down what they do. To be registered before all routes: one that writes says what its success is
 * called, or why that is of no account.
 */
export function registerAudit(app: App, audit: Audit): void {
	app.addHook('onRoute', ({ method, url, config }) => {
		if ([method].flat().some(isWrite) && !config?.audit)
			throw new Error(`${String(method)} ${url} does not say what it writes into the audit log.`);
	});
	app.decorateRequest('context', {
		getter(this: FastifyRequest) {
			return { ...app.context, audit: audit.by(originOf(this)) };
		},
	});
	app.addHook('onClose', async () => audit.close());
}

/** Writes down a refusal that says what somebody has tried. */
export function auditRefusal(audit: Audit, error: unknown, request: FastifyRequest): void {
	// a page that shows a failed form again is asked for by this server
	if (!(error instanceof Refusal) || !error.audit || request.failedForm) return;
	const { audit: declared } = request.routeOptions.config;
	const what = typeof declared === 'string' ? declared : undefined;
	const { method, url } = describeRequest(request);
	const details = { status: error.status, method, url: url ?? null };
	audit.refuse({ what, ...error.audit }, originOf(request), details);
}
