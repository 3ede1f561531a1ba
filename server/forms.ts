import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { SessionCookie } from './accounts/sessions.ts';
import type { App } from './app.ts';
import { AnotherAccount, Malformed, type Refusal } from './errors.ts';
import { readOwnPath } from './origins.ts';
import { forwardedHeaders } from './proxies.ts';
import type { FailedForm } from './schema.ts';
import { unifyBreaks } from './text-forms.ts';

declare module 'fastify' {
	interface FastifyRequest {
		/** sent by a plain HTML form: it wants a page, not JSON */
		isForm: boolean;
		/** what came with a form beside the API's own fields */
		form: {
			from: string;
			key: string | undefined;
			/** whose page it is on */
			account: string | undefined;
			values: FailedForm['values'];
			/** the form that was turned away for want of a session, carried through signing in */
			resumed: FailedForm | null;
		};
		/** the form whose page this request renders again */
		failedForm: Failure | null;
	}
	interface FastifyReply {
		/** Answers JSON to programs, and to a form 303 to `to`, by default the page it came from. */
		answer(status: 200 | 201 | 204, payload: unknown, to?: string): FastifyReply;
		/** Answers a form that led into an account: the page it returns to, with the form that was turned away. */
		answerSignedIn(account: unknown, cookies: SignInCookies, to: string): Promise<FastifyReply>;
		/** Shows the form's page again with what was typed and what is wrong. */
		renderFailedForm(refusal: Refusal): Promise<FastifyReply>;
	}
}

/** What a browser is given that has signed in: its session, and what it is known by at the next sign-in. */
type SignInCookies = { session: SessionCookie; device: SessionCookie };

/** A form and the status of the page that shows it again. */
type Failure = { form: FailedForm; status: number };

const formType = 'application/x-www-form-urlencoded';
const mostFields = 100;
const ticketHeader = 'x-failed-form';
const secrets = new Set(['password']);
const signedInDetail = 'You are signed in. Your words are here: send them again.';
const Resumed = Type.Object({
	action: Type.String({ pattern: '^/api/' }),
	values: Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())])),
});

/**
 * Lets plain HTML forms use the API. `?_method=PUT` names the method that a form cannot send; the field
 * `from` is the page that it is on, `_account` who was signed in there, `_key` its idempotency key, and names ending in
 * `[]` are lists. A form with a file has `from` and `_account` in its address, where they are known before the file.
 */
export function registerForms(app: App): void {
	const failed = new Map<string, Failure>();
	app.decorateRequest('isForm', false);
	app.decorateRequest('form');
	app.decorateRequest('failedForm', null);

	app.addHook('onRequest', (request, _reply, done) => {
		const { 'content-type': type, accept } = request.headers;
		const isFile = isUpload(type) && accept?.includes('text/html') === true;
		request.isForm = isForm(type) || isFile;
		const { from, _account } = (isFile ? request.query : {}) as Record<string, unknown>;
		request.form = {
			from: readOwnPath(from, '/'),
			key: undefined,
			account: _account === undefined ? undefined : String(_account),
			values: {},
			resumed: null,
		};
		const ticket = request.headers[ticketHeader];
		if (typeof ticket === 'string') request.failedForm = failed.get(ticket) ?? null;
		done();
	});

	const parser = { parseAs: 'string' } as const;
	app.addContentTypeParser(formType, parser, async (request: FastifyRequest, text: string) => {
		const { from, _key, _account, _resumed, ...body } = parseForm(text);
		const values = Object.entries(body).filter(([name]) => !secrets.has(name));
		request.form = {
			from: readOwnPath(from, '/'),
			key: typeof _key === 'string' && _key ? _key : undefined,
			account: typeof _account === 'string' ? _account : undefined,
			values: Object.fromEntries(values),
			resumed: parseResumed(_resumed),
		};
		return body;
	});

	app.decorateReply('answer', function (status, payload, to) {
		const { isForm, form } = this.request;
		return isForm ? this.redirect(to ?? form.from, 303) : this.code(status).send(payload);
	});

	app.decorateReply('renderFailedForm', async function (this: FastifyReply, refusal) {
		const { form, url } = this.request;
		const action = url.split('?')[0]!;
		const isSomebody = refusal instanceof AnotherAccount;
		const signInFirst = refusal.status === 401 && !isSomebody && action !== '/api/session';
		const page = findFormPage(signInFirst ? '/api/session' : action, form);
		if (signInFirst && Object.values(form.values).every((value) => value.length === 0))
			return this.redirect(page, 303);
		const failure = {
			form: { action, values: form.values, detail: refusal.message, errors: refusal.errors ?? [] },
			status: refusal.status,
		};
		const isOnPage = refusal.errors !== undefined || [401, 429, 503].includes(refusal.status);
		const html = isOnPage ? await renderAgain(this.request, { page, failure }) : null;
		if (html !== null && (signInFirst || isTold(html, failure.form)))
			return sendHtml(this.code(refusal.status), html);
		this.request.failedForm = failure;
		return this.renderError(refusal);
	});

	app.decorateReply('answerSignedIn', async function (this: FastifyReply, account, cookies, to) {
		const { form } = this.request;
		const { session, device } = cookies;
		this.setSessionCookie(session).setSessionCookie(device);
		const status = this.request.method === 'POST' ? 201 : 200;
		if (!form.resumed) return this.answer(status, account, to);
		const html = await renderAgain(this.request, {
			page: form.from,
			failure: { form: form.resumed, status: 200 },
			cookie: `${session.name}=${session.value}`,
		});
		return html === null ? this.redirect(to, 303) : sendHtml(this, html);
	});

	/** The page as it is now, filled in with a form; null where it cannot be shown. */
	async function renderAgain(
		{ headers, socket }: FastifyRequest,
		{ page, failure, cookie = headers.cookie }: { page: string; failure: Failure; cookie?: string },
	): Promise<string | null> {
		const ticket = randomUUID();
		const forwarded = Object.entries(headers).filter(([name]) => forwardedHeaders.includes(name));
		failed.set(ticket, failure);
		try {
			const {
				statusCode,
				headers: answered,
				payload,
			} = await app.inject({
				url: page.split('#')[0]!,
				headers: {
					accept: 'text/html',
					host: headers.host,
					...Object.fromEntries(forwarded),
					...(cookie !== undefined && { cookie }),
					[ticketHeader]: ticket,
				},
				remoteAddress: socket.remoteAddress,
			});
			// what a form says it is on may be no page
			const isPage = String(answered['content-type']).startsWith('text/html');
			return isPage && statusCode === failure.status ? payload : null;
		} finally {
			failed.delete(ticket);
		}
	}
}

/** Whether a page shows why a form failed: it may have no such form, or one that shows nothing. */
function isTold(html: string, { detail, errors }: FailedForm): boolean {
	const shown = html.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '');
	const reasons = [detail, ...errors.map(({ message }) => message)];
	return reasons.some((reason) =>
		shown.includes(reason.replaceAll('&', '&amp;').replaceAll('<', '&lt;')),
	);
}

const sendHtml = (reply: FastifyReply, html: string) =>
	reply.type('text/html; charset=utf-8').send(html);

const accountPages: Record<string, string> = {
	'/api/session': '/sign-in',
	'/api/accounts': '/sign-up',
};

/** The page that a form is on: `from` names it, but on the forms that lead into an account it is where they return to. */
function findFormPage(action: string, { from, values }: FastifyRequest['form']): string {
	if (action.startsWith('/api/password-resets/')) return action.slice('/api'.length);
	const page = accountPages[action];
	if (!page) return from;
	const search = new URLSearchParams({ from });
	for (const name of ['definition', 'setUp'])
		if (typeof values[name] === 'string' && values[name]) search.set(name, values[name]);
	return `${page}?${search}`;
}

/**
 * The address to route a request to: a path of this site, whatever stands before it. Of `//elsewhere.example/a` a
 * link on its own page would lead there. A form gets the method it names.
 */
export function routeAddress(request: IncomingMessage): string {
	const { url: asked = '/' } = request;
	const url = asked.replace(/^(https?:\/\/[^/?]*)?[/\\]*/i, '/');
	if (!isDecodable(url)) return malformedAddress;
	const method = /[?&]_method=(PUT|PATCH|DELETE)(?:&|$)/.exec(url)?.[1];
	const type = request.headers['content-type'];
	if (request.method === 'POST' && method && (isForm(type) || isUpload(type)))
		request.method = method;
	return url;
}

/** Where requests for addresses that cannot be decoded go. */
export const malformedAddress = '/malformed-address';

function isDecodable(url: string): boolean {
	if (!url.includes('%')) return true;
	try {
		decodeURIComponent(url.split('?')[0]!);
		return true;
	} catch {
		return false;
	}
}

function isForm(contentType: string | undefined): boolean {
	return contentType?.toLowerCase().startsWith(formType) ?? false;
}

function isUpload(contentType: string | undefined): boolean {
	return contentType?.toLowerCase().startsWith('multipart/form-data') ?? false;
}

function parseForm(text: string): FailedForm['values'] {
	const fields = new Map<string, string | string[]>();
	// counted first: a hundred thousand empty fields take a third of a second to read
	if (text.split('&', mostFields + 1).length > mostFields)
		throw new Malformed(`A form may have at most ${mostFields} fields.`);
	for (const [name, value] of new URLSearchParams(text)) {
		const clean = unifyBreaks(value);
		const list = name.endsWith('[]') ? name.slice(0, -2) : null;
		if (list === null) fields.set(name, clean);
		else fields.set(list, [fields.get(list) ?? [], clean].flat());
	}
	return Object.fromEntries(fields);
}

function parseResumed(text: unknown): FailedForm | null {
	try {
		const form: unknown = JSON.parse(String(text));
		return Value.Check(Resumed, form) ? { ...form, detail: signedInDetail, errors: [] } : null;
	} catch {
		return null;
	}
}
