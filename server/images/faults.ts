import { Refusal } from '../errors.ts';

/** Why a picture is not taken: the status of the answer, and a sentence that says what to do. */
export type Fault = { status: 413 | 415 | 422 | 507; message: string; cause?: unknown };

const titles = {
	413: 'Too large',
	415: 'Unsupported media type',
	422: 'Invalid input',
	507: 'No room',
};

/** The answer to a picture that is not taken, which a form shows beside its field. */
export function refuseFile({ status, message, cause }: Fault): Refusal {
	return new Refusal(status, titles[status], message, {
		errors: [{ path: '/file', message }],
		cause,
	});
}
