import fastifyCookie from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Session } from 'lucia';
import type { App } from '../app.ts';
import { AnotherAccount, SignInNeeded } from '../errors.ts';
import type { Me } from './schema.ts';
import type { SessionCookie } from './sessions.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** who is signed in; null for a reader */
		readonly member: Me | null;
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

/** Reads the session of each request once, and none for requests without its cookie. */
export function registerSessions(app: App): void {
	// cookies are read with the rest of the request, in page-request.ts
	app.register(fastifyCookie, { hook: false });
	app.decorateRequest('member', {
		getter(this: FastifyRequest) {
			return this.pageRequest.member;
		},
	});
	app.decorateRequest('session', null);
	app.decorateReply('setSessionCookie', function (this: FastifyReply, { name, value, attributes }) {
		this.request.pageRequest = this.request.pageRequest.withCookie();
		return this.setCookie(name, value, attributes);
	});
	// after the body is parsed: should the database be away, a form's words are not lost with it
	app.addHook('preValidation', async (request, reply) => {
		if (request.routeOptions.config.isAnonymous) return;
		const { account = request.form.account, token } = request.pageRequest;
		if (/^\/(assets|images)\//.test(request.url)) return;
		const signedIn = token ? await app.sessions.read(token) : null;
		if (account !== undefined && account !== String(signedIn?.member.id))
			throw signedIn ? new AnotherAccount() : new SignInNeeded();
		if (!signedIn) return;
		request.pageRequest = request.pageRequest.by(signedIn.member);
		request.session = signedIn.session;
		if (signedIn.renewed) reply.setSessionCookie(signedIn.renewed);
	});
}
