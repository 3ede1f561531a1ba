import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { addressKey } from '../addresses.ts';
import type { App } from '../app.ts';
import { requireMember } from '../requests.ts';
import { problems } from '../openapi.ts';
import { findMe } from './queries.ts';
import { AccountChange, Me, SignIn, SignUp } from './schema.ts';
import { changeAccount, checkPassword, createAccount } from './service.ts';
import { hashToken } from './sessions.ts';

/** Where a form that was sent while signed out goes on: back to its page, with the words written there. */
function returnTo(from: string, definition: unknown): string {
	if (typeof definition !== 'string' || !definition) return from;
	const [path, query] = from.split('#')[0]!.split('?');
	const search = new URLSearchParams(query);
	search.set('draft', definition);
	return `${path}?${search}#compose`;
}

/** A form has no booleans: what it says in words. */
async function readTicks({ isForm, body }: FastifyRequest): Promise<void> {
	const change = body as Record<string, unknown> | undefined;
	if (isForm && (change?.hidden === 'true' || change?.hidden === 'false'))
		change.hidden = change.hidden === 'true';
}

export function registerAccountRoutes(app: App): void {
	const { context, sessions, limits } = app;

	const endSession = async ({ session }: FastifyRequest) => {
		if (!session) return null;
		const blank = await sessions.end(session);
		context.sockets.closeSession(hashToken(session.id));
		return blank;
	};

	app.post(
		'/api/accounts',
		{
			schema: {
				summary: 'Sign up',
				tags: ['accounts'],
				body: SignUp,
				response: {
					201: Me,
					...problems(409, 422, 429),
				},
			},
		},
		async (request, reply) => {
			await limits.count('signUpByAddress', addressKey(request.ip));
			const id = await createAccount(context, request.body);
			await endSession(request);
			const { from, values } = request.form;
			const me = await findMe(context.db, id);
			const cookie = await sessions.create(id);
			return reply.answerSignedIn(me, cookie, returnTo(from, values.definition));
		},
	);

	app.post(
		'/api/session',
		{
			schema: {
				summary: 'Sign in',
				tags: ['accounts'],
				body: SignIn,
				response: {
					201: Me,
					...problems(401, 422, 429),
				},
			},
		},
		async (request, reply) => {
			const account = request.body.email.trim().toLowerCase();
			await limits.count('signInByAddress', addressKey(request.ip));
			await limits.count('signInByAccount', account);
			const id = await checkPassword(context, request.body);
			await limits.clear('signInByAccount', account);
			await endSession(request);
			const { from, values } = request.form;
			const me = await findMe(context.db, id);
			const cookie = await sessions.create(id);
			return reply.answerSignedIn(me, cookie, returnTo(from, values.definition));
		},
	);

	app.delete(
		'/api/session',
		{
			schema: {
				summary: 'Sign out',
				tags: ['accounts'],
				response: { 204: Type.Null() },
			},
		},
		async (request, reply) => {
			const blank = await endSession(request);
			if (blank) reply.setSessionCookie(blank);
			return reply.answer(204, null);
		},
	);

	app.get(
		'/api/me',
		{
			schema: {
				summary: 'Who is signed in',
				tags: ['accounts'],
				response: {
					200: Me,
					...problems(401),
				},
			},
		},
		async (request) => requireMember(request),
	);

	app.patch(
		'/api/me',
		{
			schema: {
				summary: 'Change the settings of one’s own account',
				tags: ['accounts'],
				body: AccountChange,
				response: { 200: Me, ...problems(401, 422, 429) },
			},
			preValidation: readTicks,
		},
		async (request, reply) => {
			const { id } = requireMember(request);
			await limits.count('writeByAccount', id);
			await changeAccount(context, id, request.body);
			return reply.answer(200, await findMe(context.db, id));
		},
	);
}
