import pg from 'pg';

/** No connection to the database could be had; the cause says why. */
export class ConnectError extends Error {
	constructor(cause: unknown) {
		super(cause instanceof Error ? cause.message : String(cause), { cause });
	}
}

/** Longest that a statement may take, and that a transaction may stand idle, in ms. */
const longestStatementMs = 15_000;
const connectTimeoutMs = 5_000;

/** What every connection counts on, whatever the defaults of its server, its database and its role are. */
const session = {
	idle_in_transaction_session_timeout: String(longestStatementMs),
	lock_timeout: '0',
	datestyle: 'ISO, MDY',
	intervalstyle: 'postgres',
	timezone: 'UTC',
	standard_conforming_strings: 'on',
	bytea_output: 'hex',
	extra_float_digits: '1',
	array_nulls: 'on',
	transform_null_equals: 'off',
	default_transaction_isolation: 'read committed',
	default_transaction_read_only: 'off',
	default_transaction_deferrable: 'off',
	search_path: 'public',
};

/** Why connections broke: the same codes may have come from anywhere else. */
const broken = new WeakSet<Error>();

type Options = pg.ClientConfig & { statementTimeoutMs?: number };

/**
 * A connection as the forum needs it. What it counts on is set by a statement, not sent with the start of the
 * connection: poolers such as PgBouncer refuse what they do not know there.
 *
 * @throws {ConnectError} from `connect()`, whatever the cause; also where the database is a standby, which can only
 * be read
 */
export class Connection extends pg.Client {
	readonly #statementTimeoutMs: number;

	/** @param options.statementTimeoutMs longest that a statement may take; 0 for ever */
	constructor({ statementTimeoutMs = longestStatementMs, ...config }: Options = {}) {
		super({ connectionTimeoutMillis: connectTimeoutMs, keepAlive: true, ...config });
		this.#statementTimeoutMs = statementTimeoutMs;
		// One that breaks between two statements of a transaction tells nobody else, and the next one fails.
		this.on('error', (error) => broken.add(error));
	}

	override connect(): Promise<pg.Client>;
	override connect(callback: (error: Error) => void): void;
	override connect(callback?: (error: Error) => void): Promise<pg.Client> | void {
		const connected = this.#open();
		if (!callback) return connected;
		const succeed = callback as () => void;
		connected.then(
			() => process.nextTick(succeed),
			(error) => process.nextTick(callback, error),
		);
	}

	async #open(): Promise<pg.Client> {
		try {
			await super.connect();
			const settings = { ...session, statement_timeout: String(this.#statementTimeoutMs) };
			const calls = Object.entries(settings).map(
				([name, value]) => `pg_catalog.set_config('${name}', '${value}', false)`,
			);
			const { rows } = await this.query({
				text: `select pg_catalog.pg_is_in_recovery() as is_standby, ${calls.join(', ')}`,
				query_timeout: connectTimeoutMs,
			} as pg.QueryConfig);
			if (rows[0].is_standby)
				throw new Error('the database is a standby at the moment, which can only be read');
			return this;
		} catch (error) {
			void this.end();
			throw new ConnectError(error);
		}
	}
}

/** SQLSTATE classes 08, 53, 57 and 58, a transaction that took too long, and one that may only read. */
const sqlStates = /^((08|53|57|58)...|25006|25P0[34])$/;
/** What `pg` says without a code. */
const clientErrors =
	/Connection terminated|is not queryable|a connection error|timeout exceeded when trying to connect|Query read timeout|after calling end on the pool/;

/** Whether an error means that the database is away, or as good as: a later try, on another connection, may succeed. */
export function isDatabaseAway(error: unknown): boolean {
	for (let cause = error; cause instanceof Error; cause = cause.cause) {
		if (cause instanceof ConnectError || broken.has(cause)) return true;
		if (clientErrors.test(cause.message)) return true;
		const { code } = cause as { code?: unknown };
		if (typeof code === 'string' && sqlStates.test(code)) return true;
	}
	return false;
}
