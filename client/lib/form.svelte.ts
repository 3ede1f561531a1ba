import { usePage } from '@inertiajs/svelte';
import { tick } from 'svelte';
import type { FailedForm, SharedProps } from '../../server/schema.ts';
import { send } from '../outbox/send.ts';
import { ApiError } from './api.ts';

type Values = Record<string, string | string[]>;

type FormOptions<V extends Values, R> = {
	/** the API path the form is sent to, as in its `action` attribute */
	action: string;
	method?: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
	initial: V;
	/** what is sent; the values as they are unless given */
	body?: (values: V) => unknown;
	/**
	 * `hasWaited` says that the form was free meanwhile, see `onWaiting`. A promise says that the page is being left:
	 * until it settles the form is busy.
	 */
	onSuccess?: (result: R, hasWaited: boolean) => Promise<void> | void;
	/** The outbox has taken over what was sent, with its words: the form is free for others. */
	onWaiting?: () => void;
};

/** What became of a sending; the last two only of one that has waited in the outbox. */
type Outcome = 'sent' | 'failed' | 'taken back' | 'refused';

const fieldName = (path: string) => path.replace(/^\//, '').split(/[/.[]/, 1)[0] ?? '';

/** The API's messages may leave out their subject: “may have at most 80 characters”. */
const sentence = (message: string) => (/^[a-z]/.test(message) ? `This ${message}.` : message);

function errorsByField(errors: { path: string; message: string }[] = []) {
	const byField: Record<string, string> = {};
	for (const { path, message } of errors) byField[fieldName(path)] ??= sentence(message);
	return byField;
}

function valuesAfterFailure<V extends Values>(initial: V, failed: FailedForm | null): V {
	const values: Values = { ...initial };
	for (const name of Object.keys(initial)) {
		const typed = failed?.values[name] ?? failed?.values[`${name}[]`];
		if (typed === undefined) continue;
		values[name] = Array.isArray(initial[name]) ? [typed].flat() : ([typed].flat()[0] ?? '');
	}
	return values as V;
}

/** `crypto.randomUUID` is missing on plain HTTP. */
const randomKey = () =>
	Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
		byte.toString(16).padStart(2, '0'),
	).join('');

/** The state of one form: what is typed, what is wrong with it, whether it is on its way. */
export class FormState<V extends Values, R> {
	values: V = $state({} as V);
	errors: Record<string, string> = $state({});
	detail: string = $state('');
	/** the status of the last failure; 0 when no answer came */
	status: number | null = $state(null);
	busy: boolean = $state(false);

	#options: FormOptions<V, R>;
	#sent: { content: string; key: string } | null = null;
	/** whose the words are: an empty form is for whoever is signed in */
	#account: number | undefined;

	constructor(options: FormOptions<V, R>, failed: FailedForm | null) {
		this.#options = options;
		const mine = failed?.action === options.action ? failed : null;
		this.values = valuesAfterFailure(options.initial, mine);
		if (mine) this.#fail(mine.detail, mine.errors);
		const page = usePage<SharedProps>();
		$effect.pre(() => {
			const account = page.props.me?.id;
			const isEmpty = Object.values(this.values).every((value) => value.length === 0);
			if (isEmpty || !this.#account) this.#account = account;
		});
	}

	/** Sends the form by fetch. A failure keeps every value, says what is wrong and leads there. */
	submit = async (event?: Event): Promise<Outcome> => {
		event?.preventDefault();
		const form = event?.target;
		if (this.busy) return 'failed';
		const { action, method = 'POST', body, onSuccess } = this.#options;
		const values = $state.snapshot(this.values) as V;
		const content = body ? body(values) : values;

		this.busy = true;
		this.errors = {};
		this.detail = '';
		this.status = null;
		let hasWaited = false;
		const onWaiting = () => {
			hasWaited = true;
			this.busy = false;
			this.#sent = null;
			this.#options.onWaiting?.();
		};
		try {
			const result = await send<R>(method, action, content, {
				idempotencyKey: method === 'POST' ? this.#keyFor(content) : undefined,
				onWaiting,
				account: this.#account,
			});
			const leaving = onSuccess?.(result, hasWaited);
			// Sent again because the next page did not come, it is the same request.
			if (!leaving && !hasWaited) this.#sent = null;
			await leaving;
			return 'sent';
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			if (hasWaited && error.status) return 'refused';
			if (hasWaited) {
				this.detail = error.message;
				return 'taken back';
			}
			this.#fail(error.message, error.problem.errors);
			this.status = error.status;
			await tick();
			if (form instanceof HTMLFormElement)
				form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
			return 'failed';
		} finally {
			if (!hasWaited) this.busy = false;
		}
	};

	#fail(detail: string, errors?: { path: string; message: string }[]): void {
		this.errors = errorsByField(errors);
		const fields = Object.keys(this.errors);
		const shown = fields.length > 0 && fields.every((name) => name in this.#options.initial);
		this.detail = shown ? 'Look at what is marked and try again.' : detail;
	}

	/** The same content keeps its key, so that a retry after a lost answer creates nothing twice. */
	#keyFor(body: unknown): string {
		const content = JSON.stringify(body);
		if (this.#sent?.content !== content) this.#sent = { content, key: randomKey() };
		return this.#sent.key;
	}
}

/**
 * A form that works by fetch and, without JavaScript, by itself: after a failed sending the page is
 * rendered again with the shared prop `form`, which fills in the values and errors here.
 */
export function createForm<R = unknown, V extends Values = Values>(
	options: FormOptions<V, R>,
): FormState<V, R> {
	return new FormState(options, usePage<SharedProps>().props.form);
}
