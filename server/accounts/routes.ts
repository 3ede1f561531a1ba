import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { addressKey } from '../addresses.ts';
import type { App } from '../app.ts';
import { Conflict } from '../errors.ts';
import { problems } from '../openapi.ts';
import { findMe } from './queries.ts';
import { createDeviceCookie, deviceCookieName } from './devices.ts';
import { resetPassword } from './password-resets.ts';
import { AccountChange, Me, NewPassword, SignIn, SignUp, TokenParams } from './schema.ts';
import { changeAccount, createAccount } from './service.ts';
import { type Credentials, hashToken } from './sessions.ts';
import { checkPassword, WrongPassword } from './sign-ins.ts';

/** Where a form that was sent while signed out goes on: back to its page, with the words written there. */
function returnTo(from: string, definition: unknown): string {
	if (typeof definition !== 'string' || !definition) return from;
	const [path, query] = from.split('#')[0]!.split('?');
	const search = new URLSearchParams(query);
	search.set('draft', definition);
	return `${path}?${search}#compose`;
}

/** Whether signing up has told that an e-mail address has an account. */
const isTaken = (error: unknown) =>
	error instanceof Conflict && error.errors?.some(({ path }) => path === '/email');

/** A form has no booleans: what it says in words. */
async function readTicks({ isForm, body }: FastifyRequest): Promise<void> {
	const change = body as Record<string, unknown> | undefined;
	if (isForm && (change?.hidden === 'true' || change?.hidden === 'false'))
		change.hidden = change.hidden === 'true';
}

export function registerAccountRoutes(app: App): void {
	const { context, sessions, limits } = app;
	const secure = app.config.origin?.startsWith('https:') ?? false;
	const readDeviceCookie = ({ headers }: FastifyRequest) =>
		app.parseCookie(headers.cookie ?? '')[deviceCookieName(secure)];

	const endSession = async ({ session, context: { audit } }: FastifyRequest) => {
		if (!session) return null;
		const blank = await sessions.end(session);
		audit('session.ended', { kind: 'account', id: session.userId });
		context.changed({ session: hashToken(session.id) });
		return blank;
	};

	/** Opens a session in place of the one that the browser has, and answers. */
	const signIn = async (request: FastifyRequest, reply: FastifyReply, account: Credentials) => {
		const session = await sessions.create(account);
		if (!session) throw new WrongPassword(account.id);
		const { id } = account;
		request.context.audit('session.created', { kind: 'account', id }, { actor: id });
		await endSession(request);
		const { from, values } = request.form;
		const me = await findMe(context.db, id);
		const device = createDeviceCookie(account, { secure, cookie: readDeviceCookie(request) });
		return reply.answerSignedIn(me, { session, device }, returnTo(from, values.definition));
	};

	app.post(
		'/api/accounts',
		{
			config: { for: 'reader', audit: 'account.created' },
			schema: {
				summary: 'Sign up',
				tags: ['accounts'],
				body: SignUp,
				response: {
					201: Me,
					...problems(409, 410, 422, 429),
				},
			},
		},
		async (request, reply) => {
			const address = addressKey(request.ip);
			await limits.count('signUpByAddress', address);
			await limits.check('takenByAddress', address);
			const account = await createAccount(request.context, request.body).catch(
				async (error: unknown) => {
					if (isTaken(error)) await limits.count('takenByAddress', address);
					throw error;
				},
			);
			return signIn(request, reply, account);
		},
	);

	app.post(
		'/api/session',
		{
			config: { for: 'reader', audit: 'session.created' },
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
			const address = addressKey(request.ip);
			const device = readDeviceCookie(request);
			const account = await checkPassword(context, request.body, { limits, address, device });
			return signIn(request, reply, account);
		},
	);

	app.delete(
		'/api/session',
		{
			config: { for: 'reader', audit: 'session.ended' },
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

	app.put(
		'/api/password-resets/:token',
		{
			config: { for: 'reader', audit: 'password.changed' },
			schema: {
				summary: 'Set a password by a link that was handed out',
				description: 'The link is spent, and all sessions of the account end but the new one.',
				tags: ['accounts'],
				params: TokenParams,
				body: NewPassword,
				response: {
					200: Me,
					...problems(410, 422, 429),
				},
			},
		},
		async (request, reply) => {
			await limits.count('signInByAddress', addressKey(request.ip));
			const { token } = request.params;
			const { password } = request.body;
			return signIn(request, reply, await resetPassword(request.context, { token, password }));
		},
	);

	app.get(
		'/api/me',
		{
			config: { for: 'member' },
			schema: {
				summary: 'Who is signed in',
				tags: ['accounts'],
				response: {
					200: Me,
				},
			},
		},
		async (request) => request.actor,
	);

	app.patch(
		'/api/me',
		{
			config: { for: 'member', audit: 'account.changed' },
			schema: {
				summary: 'Change the settings of one’s own account',
				tags: ['accounts'],
				body: AccountChange,
				response: { 200: Me, ...problems(422) },
			},
			preValidation: readTicks,
		},
		async (request, reply) => {
			const { id } = request.actor;
			await changeAccount(request.context, id, request.body);
			return reply.answer(200, await findMe(context.db, id));
		},
	);
}
