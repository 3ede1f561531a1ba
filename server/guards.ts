import type { FastifyContextConfig, FastifyRequest, RouteOptions } from 'fastify';
import { isHost, isModerator } from './accounts/permissions.ts';
import type { Me } from './accounts/schema.ts';
import type { App } from './app.ts';
import { Forbidden, SignInNeeded, Suspended } from './errors.ts';
import { problems } from './openapi.ts';
import type { AccountLimit } from './rate-limits.ts';

/** Everybody; who is signed in; who is not suspended either; a moderator or the host; the host. */
type Guard = 'reader' | 'member' | 'active' | 'moderator' | 'host';

declare module 'fastify' {
	interface FastifyContextConfig {
		/** who may ask; what reads is for the `reader` unless it says otherwise, what writes for the `active` */
		for?: Guard;
		/** what follows from that and from `limit` for a route that is not for readers; filled in when it is registered */
		guarded?: { guard: Exclude<Guard, 'reader'>; limit: AccountLimit | null };
	}
	interface FastifyRequest {
		/**
		 * The member who asks, on a route that is not for readers.
		 *
		 * @throws {SignInNeeded} for a reader
		 */
		readonly actor: Me;
	}
}

/** @throws {Forbidden} unless the member may pass */
function check(guard: Exclude<Guard, 'reader'>, actor: Me): void {
	if (guard === 'member') return;
	if (actor.suspension) throw new Suspended();
	if (guard === 'moderator' && !isModerator(actor)) throw new Forbidden('Only moderators do this.');
	if (guard === 'host' && !isHost(actor)) throw new Forbidden('Only the host does this.');
}

export const isWrite = (method: string) => !['GET', 'HEAD', 'OPTIONS'].includes(method);

/** What stands before a route; null where nothing does. */
function readGuard({ method, config }: RouteOptions): FastifyContextConfig['guarded'] {
	const writes = [method].flat().some(isWrite);
	const guard = config?.for ?? (writes ? 'active' : 'reader');
	if (guard === 'reader') return undefined;
	const { limit } = config ?? {};
	if (limit && isAccountLimit(limit)) return { guard, limit };
	return { guard, limit: writes ? 'writeByAccount' : null };
}

const isAccountLimit = (limit: string): limit is AccountLimit => limit.endsWith('ByAccount');

/**
 * Refuses whoever a route is not for, and counts what members do. To be registered before all routes, and after all
 * other hooks.
 */
export function registerGuards(app: App): void {
	app.decorateRequest('actor', {
		getter(this: FastifyRequest) {
			if (!this.member) throw new SignInNeeded();
			return this.member;
		},
	});
	app.addHook('onRoute', (route) => {
		const guarded = readGuard(route);
		if (!guarded) return;
		const { guard, limit } = guarded;
		route.config = { ...route.config, guarded };
		const refusals = problems(401, ...(guard === 'member' ? [] : [403]), ...(limit ? [429] : []));
		const response = { ...refusals, ...(route.schema?.response as object) };
		route.schema = { ...route.schema, response };
	});
	app.addHook('preHandler', async (request) => {
		const { guarded } = request.routeOptions.config;
		if (!guarded) return;
		const { actor } = request;
		check(guarded.guard, actor);
		if (guarded.limit) await app.limits.count(guarded.limit, actor.id);
	});
}
