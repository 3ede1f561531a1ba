import { createHash } from 'node:crypto';
import { DrizzlePostgreSQLAdapter } from '@lucia-auth/adapter-drizzle';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import { type Adapter, Lucia, type Session, TimeSpan } from 'lucia';
import type { Db, Tx } from '../../db/client.ts';
import { accounts, sessions, suspensions } from '../../db/schema.ts';
import type { Caches } from '../cursor-cache.ts';
import { toMe } from './queries.ts';
import type { Me } from './schema.ts';

declare module 'lucia' {
	interface Register {
		Lucia: ReturnType<typeof createLucia>;
		UserId: number;
		DatabaseUserAttributes: Omit<Me, 'id'>;
	}
}

/** How long a session is good without looking again, should nobody tell that it has ended, in ms. */
const keptTime = 2_000;
const mostKept = 10_000;

type SignedIn = { session: Session; member: Me };
export type SessionCookie = { name: string; value: string; attributes: Record<string, unknown> };
/** An account, and the hash of the password that somebody has shown to know. */
export type Credentials = { id: number; passwordHash: string };

export type Sessions = {
	cookieName: string;
	/** The token to give to the browser, as a cookie; null if the account's password is another by now. */
	create(account: Credentials): Promise<SessionCookie | null>;
	/**
	 * Whose session a token is of; `renewed` is a cookie to set where it was prolonged. What was read
	 * is good for two seconds, unless it is forgotten before.
	 */
	read(token: string): Promise<(SignedIn & { renewed?: SessionCookie }) | null>;
	/** Reads all sessions anew from here on: one has ended, or its account has changed. */
	forget(): void;
	end(session: Session): Promise<SessionCookie>;
	/** Those of some sessions, by the hash of their token, that have not ended and may write. */
	readActive(hashes: string[]): Promise<Set<string>>;
	deleteExpired(): Promise<void>;
};

/**
 * Sessions by Lucia 3: 30 days, prolonged when less than half is left, known to the database only by the
 * SHA-256 of their token.
 *
 * @param options.secure serves over HTTPS: the cookie is `__Host-` prefixed and `Secure`
 */
export function createSessions(db: Db, options: { secure: boolean; caches?: Caches }): Sessions {
	const lucia = createLucia(db, options.secure);
	const toCookie = (token: string): SessionCookie => {
		const { name, value, attributes } = lucia.createSessionCookie(token);
		return { name, value, attributes: { ...attributes } };
	};
	const kept = new LRUCache<string, Promise<SignedIn | null>>({ max: mostKept, ttl: keptTime });
	const validate = async (token: string): Promise<SignedIn | null> => {
		const { session, user } = await lucia.validateSession(token);
		return session && { session, member: user };
	};
	const toAnswer = (token: string, signedIn: SignedIn | null) =>
		signedIn?.session.fresh ? { ...signedIn, renewed: toCookie(token) } : signedIn;
	return {
		cookieName: lucia.sessionCookieName,
		create: ({ id, passwordHash }) =>
			db.transaction(async (tx) => {
				// whoever sets another password ends the sessions that are there: it waits for this one, or this one for it
				const [account] = await tx
					.select({ id: accounts.id })
					.from(accounts)
					.where(and(eq(accounts.id, id), eq(accounts.passwordHash, passwordHash)))
					.for('share');
				if (!account) return null;
				const session = await createLucia(tx, options.secure).createSession(id, {});
				return toCookie(session.id);
			}),
		async read(token) {
			if (token.length > 100) return null;
			const known = kept.get(token);
			if (known) return known;
			const reading = validate(token);
			if (options.caches === 'off') return toAnswer(token, await reading);
			kept.set(token, reading);
			const isKept = await reading.then(
				(signedIn) => signedIn !== null && !signedIn.session.fresh,
				() => false,
			);
			if (!isKept && kept.peek(token) === reading) kept.delete(token);
			return toAnswer(token, await reading);
		},
		forget: () => kept.clear(),
		async end(session) {
			await lucia.invalidateSession(session.id);
			kept.clear();
			const { name, value, attributes } = lucia.createBlankSessionCookie();
			return { name, value, attributes: { ...attributes } };
		},
		async readActive(hashes) {
			const rows = await db
				.select({ id: sessions.id })
				.from(sessions)
				.leftJoin(suspensions, eq(suspensions.accountId, sessions.userId))
				.where(
					and(
						sql`${sessions.id} = any(${sql.param(hashes)}::text[])`,
						gt(sessions.expiresAt, sql`now()`),
						isNull(suspensions.accountId),
					),
				);
			return new Set(rows.map((row) => row.id));
		},
		deleteExpired: () => lucia.deleteExpiredSessions(),
	};
}

function createLucia(db: Db | Tx, secure: boolean) {
	return new Lucia(new HashingAdapter(db), {
		sessionExpiresIn: new TimeSpan(30, 'd'),
		sessionCookie: {
			name: secure ? '__Host-session' : 'session',
			attributes: { secure, sameSite: 'lax', path: '/' },
		},
		getUserAttributes: (attributes) => attributes,
	});
}

/** What the database knows of a session's token. */
export const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

/** Composed and planned once: every member who is active is read every two seconds. */
const prepareReading = (db: Db | Tx) =>
	db
		.select({ session: sessions, account: accounts, suspension: suspensions })
		.from(sessions)
		.innerJoin(accounts, eq(sessions.userId, accounts.id))
		.leftJoin(suspensions, eq(suspensions.accountId, accounts.id))
		.where(eq(sessions.id, sql.placeholder('id')))
		.prepare('read session');

/** The Drizzle adapter with tokens hashed on the way in; the account comes with its suspension. */
class HashingAdapter extends DrizzlePostgreSQLAdapter implements Adapter {
	readonly #reading: ReturnType<typeof prepareReading>;

	constructor(db: Db | Tx) {
		super(db, sessions, accounts);
		this.#reading = prepareReading(db);
	}

	override async getSessionAndUser(token: string) {
		const [row] = await this.#reading.execute({ id: hashToken(token) });
		if (!row) return [null, null] satisfies [null, null];
		const { id, ...attributes } = toMe(row);
		return [
			{ id: token, userId: id, expiresAt: row.session.expiresAt, attributes: {} },
			{ id, attributes },
		] satisfies [unknown, unknown];
	}

	override setSession(session: Parameters<Adapter['setSession']>[0]) {
		return super.setSession({ ...session, id: hashToken(session.id) });
	}

	override updateSessionExpiration(token: string, expiresAt: Date) {
		return super.updateSessionExpiration(hashToken(token), expiresAt);
	}

	override deleteSession(token: string) {
		return super.deleteSession(hashToken(token));
	}
}
