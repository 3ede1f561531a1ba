import fastifyCookie from '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import type { Session } from 'lucia';
import type { App } from '../app.ts';
import { SignInNeeded } from '../errors.ts';
import type { Me } from './schema.ts';
import type { SessionCookie } from './sessions.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** who is signed in; null for a reader */
		member: Me | null;
		session: Session | null;
	}
	interface FastifyContextConfig {
		/** answers the same whoever asks: reads no session and sets no cookie */
		isAnonymous?: boolean;
	}
	interface FastifyReply {
		setSessionCookie(cookie: SessionCookie): FastifyReply;
	}
}

/** Names the account that a request is for: one that waited must not go out under the next to sign in. */
const accountHeader = 'weigh-in-account';

const anotherAccount =
	'Another account is signed in here now, so nothing was sent. Sign in with your own to send it.';

/** Reads the session of each request once, and none for requests without its cookie. */
export function registerSessions(app: App): void {
	app.register(fastifyCookie);
	app.decorateRequest('member', null);
	app.decorateRequest('session', null);
	app.decorateReply('setSessionCookie', function (this: FastifyReply, { name, value, attributes }) {
		return this.setCookie(name, value, attributes);
	});
	// after the body is parsed: should the database be away, a form's words are not lost with it
	app.addHook('preValidation', async (request, reply) => {
		if (request.routeOptions.config.isAnonymous) return;
		const account = request.headers[accountHeader];
		const token = request.cookies[app.sessions.cookieName];
		if (/^\/(assets|images)\//.test(request.url)) return;
		const signedIn = token ? await app.sessions.read(token) : null;
		if (account !== undefined && account !== String(signedIn?.member.id))
			throw new SignInNeeded(signedIn ? anotherAccount : undefined);
		if (!signedIn) return;
		request.member = signedIn.member;
		request.session = signedIn.session;
		if (signedIn.renewed) reply.setSessionCookie(signedIn.renewed);
	});
}
