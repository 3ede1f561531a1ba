import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { isDatabaseAway } from '../db/connection.ts';
import type { Refused } from './audit/schema.ts';
import type { Problem } from './schema.ts';

type FieldError = { path: string; message: string };
type Details = { errors?: FieldError[]; retryAfter?: number; cause?: unknown };

/** An answer other than success: `message` is a sentence for the person who asked. */
export class Refusal extends Error {
	readonly status: number;
	readonly title: string;
	readonly errors?: FieldError[];
	/** seconds */
	readonly retryAfter?: number;

	constructor(status: number, title: string, detail: string, details: Details = {}) {
		super(detail, { cause: details.cause });
		this.status = status;
		this.title = title;
		this.errors = details.errors;
		this.retryAfter = details.retryAfter;
	}

	/** what the audit log tells of it; null: nothing */
	get audit(): Refused | null {
		return [401, 403].includes(this.status) ? { event: 'access.refused' } : null;
	}
}

export class Malformed extends Refusal {
	constructor(detail: string) {
		super(400, 'Malformed request', detail);
	}
}

export class SignInNeeded extends Refusal {
	constructor(detail = 'Sign in to do this.') {
		super(401, 'Not signed in', detail);
	}
}

/** 401 for what one account has begun where another one is signed in now. */
export class AnotherAccount extends SignInNeeded {
	constructor() {
		super(
			'Another account is signed in here now, so nothing was sent. Sign in with your own to send it.',
		);
	}
}

export class Forbidden extends Refusal {
	constructor(detail = 'You may not do this.') {
		super(403, 'Not allowed', detail);
	}
}

export class Suspended extends Forbidden {
	constructor() {
		super('Your account is suspended: you can read, but not write.');
	}
}

export class Locked extends Forbidden {
	constructor() {
		super('This thread is locked: it can be read and voted on, but not answered.');
	}
}

export class NotFound extends Refusal {
	constructor(detail = 'There is nothing at this address.') {
		super(404, 'Not found', detail);
	}
}

/** A link that was good once. */
export class Gone extends Refusal {
	constructor(detail: string, errors?: FieldError[]) {
		super(410, 'No longer good', detail, { errors });
	}
}

export class Conflict extends Refusal {
	constructor(detail: string, errors?: FieldError[]) {
		super(409, 'Conflict', detail, { errors });
	}
}

export class Invalid extends Refusal {
	/** `path` is a JSON Pointer into the body (RFC 6901). */
	constructor(path: string, message: string) {
		super(422, 'Invalid input', message, { errors: [{ path, message }] });
	}
}

export class TooMany extends Refusal {
	/** the name of the limit that was met */
	readonly limit: string;
	/** whose limit it is, where it is not that of who asks */
	readonly account: number | null;

	constructor(detail: string, retryAfter: number, limit: string, account: number | null = null) {
		super(429, 'Too many requests', detail, { retryAfter });
		this.limit = limit;
		this.account = account;
	}

	override get audit(): Refused {
		const { limit, account } = this;
		const subject = account === null ? null : ({ kind: 'account', id: account } as const);
		return { event: 'limit.reached', what: limit, subject };
	}
}

export class Unavailable extends Refusal {
	constructor(detail = 'The database cannot be reached. Try again in a moment.', cause?: unknown) {
		super(503, 'Not available now', detail, { retryAfter: 5, cause });
	}
}

/** 503 of a server that was told to stop: nothing to mend. */
export class Leaving extends Unavailable {
	constructor() {
		super('This server is about to stop.');
	}
}

/** 503 of a server that does as much as it may at once: nothing to mend. */
export class Busy extends Unavailable {}

/**
 * What an error means to the one who asked: refusals as they are, Fastify's own in our words, a database
 * that is away as 503, and everything else as 500 that tells nothing.
 */
export function toRefusal(error: unknown): Refusal {
	if (error instanceof Refusal) return error;
	const { statusCode, code, validation, validationContext } = error as FastifyError;
	if (validation) return toValidationRefusal(validation, validationContext);
	if (isDatabaseAway(error)) return new Unavailable();
	if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
		return new Refusal(413, 'Too large', 'The request is larger than this site accepts.');
	if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
		return new Refusal(415, 'Unsupported media type', 'Send JSON, or a form as browsers do.');
	if (statusCode && statusCode >= 400 && statusCode < 500)
		return new Refusal(statusCode, 'Malformed request', 'The request could not be understood.');
	return new Refusal(500, 'Something broke here', 'This is our fault. It has been written down.');
}

/** Most faults that one answer names. */
const mostErrors = 10;

function toValidationRefusal(
	validation: NonNullable<FastifyError['validation']>,
	part: FastifyError['validationContext'],
): Refusal {
	if (part === 'params') return new NotFound();
	// a text that is too short shows nothing either: that is said once
	const isShort = new Set(
		validation
			.filter(({ keyword }) => keyword === 'minLength')
			.map((problem) => problem.instancePath),
	);
	const told = validation.filter(
		({ keyword, instancePath }) => keyword !== 'pattern' || !isShort.has(instancePath),
	);
	const errors = told.slice(0, mostErrors).map((problem) => {
		const { missingProperty, tag = missingProperty } = problem.params;
		const field = tag === undefined ? '' : `/${String(tag)}`;
		return { path: problem.instancePath + field, message: describeProblem(problem) };
	});
	const subject = part === 'querystring' ? 'The address' : 'What was sent';
	const detail = `${subject} is not valid: ${errors.map((error) => `${error.path.slice(1) || 'it'} ${error.message}`).join('; ')}.`;
	return new Refusal(422, 'Invalid input', detail, { errors });
}

function describeProblem(problem: NonNullable<FastifyError['validation']>[number]): string {
	const { keyword, params, message } = problem;
	switch (keyword) {
		case 'required':
			return 'is needed';
		case 'minLength':
			return params.limit === 1 ? 'is needed' : `needs at least ${params.limit} characters`;
		case 'maxLength':
			return `may have at most ${params.limit} characters`;
		case 'pattern':
			return params.pattern === '^[A-Za-z0-9_]{3,30}$'
				? 'needs 3 to 30 letters, digits or underscores'
				: String(params.pattern).startsWith('^')
					? 'has a form that cannot be used here'
					: 'is needed';
		case 'format':
			return params.format === 'email' ? 'is not an e-mail address' : 'has the wrong form';
		case 'type':
			return `must be of type ${String(params.type)}`;
		case 'enum':
			return `must be one of ${(params.allowedValues as string[]).join(', ')}`;
		default:
			return message ?? 'is not valid';
	}
}

/** The SQLSTATE and constraint of a failed statement, where there is one. */
export function readDatabaseError(error: unknown): { code?: string; constraint?: string } {
	for (let cause = error; cause instanceof Error; cause = cause.cause) {
		if ('code' in cause && typeof cause.code === 'string') return cause as { code?: string };
	}
	return {};
}

export function toProblem(refusal: Refusal): Problem {
	return {
		type: 'about:blank',
		title: refusal.title,
		status: refusal.status,
		detail: refusal.message,
		...(refusal.errors && { errors: refusal.errors }),
	};
}

/** The one error handler: logs what is ours to mend and answers a page to browsers, RFC 9457 to programs. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply) {
	const refusal = toRefusal(error);
	// a client that went away in the middle of its request is nothing to mend
	const isToMend = !(error instanceof Leaving || error instanceof Busy);
	if (refusal.status >= 500 && isToMend && !request.raw.readableAborted) {
		// the message of a failed query quotes its parameters, which are people's words and addresses
		const isQuery = error instanceof DrizzleQueryError;
		const details = isQuery ? { err: error.cause, query: error.query } : { err: error };
		request.log.error({ reqId: request.id, ...details }, refusal.title);
	}
	if (refusal.status >= 500) reply.header('x-request-id', request.id);
	if (refusal.retryAfter) reply.header('retry-after', Math.ceil(refusal.retryAfter));
	if (request.isForm) return reply.renderFailedForm(refusal);
	if (request.url.startsWith('/api/') || !wantsPage(request))
		return reply
			.code(refusal.status)
			.type('application/problem+json')
			.serializer(JSON.stringify as (payload: unknown) => string)
			.send(toProblem(refusal));
	return reply.renderError(refusal);
}

function wantsPage(request: FastifyRequest): boolean {
	const accept = request.headers.accept ?? '';
	return accept.includes('text/html') || request.headers['x-inertia'] !== undefined;
}
