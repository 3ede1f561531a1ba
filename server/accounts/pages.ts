import { Type } from 'typebox';
import type { App } from '../app.ts';
import { readOwnPath } from '../origins.ts';
import { isWithoutAccounts } from './service.ts';

const Address = Type.Object({
	from: Type.Optional(Type.String({ maxLength: 2000 })),
	definition: Type.Optional(Type.String()),
});

export function registerAccountPages(app: App): void {
	const { context } = app;

	app.get('/sign-up', { schema: { querystring: Address } }, async (request, reply) => {
		const from = readOwnPath(request.query.from, '/');
		if (request.member) return reply.redirect(from, 303);
		return reply.page('SignUpPage', {
			meta: request.describePage({
				title: 'Join',
				description: 'Put your name to what you think ownership means.',
				path: '/sign-up',
			}),
			from,
			definition: request.query.definition ?? '',
			firstAccount: await isWithoutAccounts(context),
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
}
