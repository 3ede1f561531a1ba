import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { App } from '../app.ts';
import { readOwnPath } from '../origins.ts';
import { isSetUp } from './hosts.ts';
import { findReset, ResetOver } from './password-resets.ts';
import { TokenParams } from './schema.ts';

const Address = Type.Object({
	from: Type.Optional(Type.String({ maxLength: 2000 })),
	definition: Type.Optional(Type.String()),
});

const SignUpAddress = Type.Object({
	...Address.properties,
	setUp: Type.Optional(Type.String({ maxLength: 100 })),
});

/** What has a secret in its address is kept nowhere and named to nobody. */
async function keepSecret(request: FastifyRequest, reply: FastifyReply): Promise<void> {
	if (request.url.includes('setUp=') || request.url.startsWith('/password-resets/'))
		reply.headers({ 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer' });
}

export function registerAccountPages(app: App): void {
	const { context } = app;

	const signUp = { schema: { querystring: SignUpAddress }, onSend: keepSecret };
	app.get('/sign-up', signUp, async (request, reply) => {
		const from = readOwnPath(request.query.from, '/');
		const { setUp = '' } = request.query;
		const isHost = setUp !== '' && (await isSetUp(context.db, setUp));
		const isAgain = request.failedForm !== null;
		if (request.member && !isHost && !isAgain) return reply.redirect(from, 303);
		return reply.page('SignUpPage', {
			meta: request.describePage({
				title: 'Join',
				description: 'Put your name to what you think ownership means.',
				path: '/sign-up',
			}),
			from,
			definition: request.query.definition ?? '',
			setUp,
			isHost,
		});
	});

	app.get('/sign-in', { schema: { querystring: Address } }, async (request, reply) => {
		const from = readOwnPath(request.query.from, '/');
		if (request.member) return reply.redirect(from, 303);
		return reply.page('SignInPage', {
			meta: request.describePage({
				title: 'Sign in',
				description: 'Sign in to answer, reply and upvote.',
				path: '/sign-in',
				isHidden: true,
			}),
			from,
			definition: request.query.definition ?? '',
		});
	});

	const reset = { schema: { params: TokenParams }, onSend: keepSecret };
	app.get('/password-resets/:token', reset, async (request, reply) => {
		const { token } = request.params;
		const account = await findReset(context.db, token);
		if (!account) throw new ResetOver();
		return reply.page('PasswordPage', {
			meta: request.describePage({
				title: 'Set a password',
				description: 'Set another password for an account.',
				path: '/sign-in',
				isHidden: true,
			}),
			token,
			handle: account.handle,
		});
	});
}
