import type pg from 'pg';
import {
	type RateLimiterAbstract,
	RateLimiterMemory,
	RateLimiterPostgres,
	RateLimiterRes,
} from 'rate-limiter-flexible';
import { TooMany } from './errors.ts';

/** Counted over all servers, in the database. Times in seconds. */
const shared = {
	signInByAddress: { points: 50, duration: 900 },
	signInByAccount: { points: 10, duration: 900 },
	signUpByAddress: { points: 30, duration: 3600 },
	uploadByAccount: { points: 100, duration: 3600 },
};
/** Counted by each server for itself. */
const local = {
	writeByAccount: { points: 120, duration: 60 },
	linkPreviewByAccount: { points: 30, duration: 60 },
	draftByAccount: { points: 120, duration: 60 },
	requestByAddress: { points: 1200, duration: 60 },
	drawingByAddress: { points: 60, duration: 60 },
};

declare module 'fastify' {
	interface FastifyContextConfig {
		/** what the requests of one address count towards; null: nothing. `requestByAddress` unless given */
		limit?: LimitName | null;
	}
}

type LimitName = keyof typeof shared | keyof typeof local;

export type RateLimits = {
	/**
	 * Counts one attempt.
	 *
	 * @throws {TooMany} if there were too many, with the seconds to wait
	 */
	count(name: LimitName, key: string | number): Promise<void>;
	/** Forgets the attempts under a key. */
	clear(name: LimitName, key: string | number): Promise<void>;
};

/** The request limits; with `enabled` false, none. */
export function createRateLimits({
	pool,
	enabled,
}: {
	pool: pg.Pool;
	enabled: boolean;
}): RateLimits {
	if (!enabled) return { count: async () => {}, clear: async () => {} };
	const limiters = new Map<LimitName, RateLimiterAbstract>();
	for (const [name, limit] of Object.entries(shared))
		limiters.set(
			name as LimitName,
			new RateLimiterPostgres({
				...limit,
				storeClient: pool,
				tableName: 'rate_limits',
				tableCreated: true,
				keyPrefix: name,
				clearExpiredByTimeout: true,
			}),
		);
	for (const [name, limit] of Object.entries(local))
		limiters.set(name as LimitName, new RateLimiterMemory({ ...limit, keyPrefix: name }));
	return {
		async count(name, key) {
			try {
				await limiters.get(name)!.consume(key);
			} catch (error) {
				if (!(error instanceof RateLimiterRes)) throw error;
				const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
				throw new TooMany(`That was too often. Try again in ${describeWait(seconds)}.`, seconds);
			}
		},
		async clear(name, key) {
			await limiters.get(name)!.delete(key);
		},
	};
}

/** What an address counts as: the /64 that one IPv6 subscriber has, an IPv4 address by itself; all who are gone are one. */
export function addressKey(address: string | undefined): string {
	if (address === undefined) return 'gone';
	const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
	if (mapped) return mapped;
	if (!address.includes(':')) return address;
	const [head = '', tail = ''] = address.split('::');
	const groups = head.split(':').filter(Boolean);
	const missing = 8 - groups.length - tail.split(':').filter(Boolean).length;
	if (address.includes('::')) groups.push(...Array<string>(missing).fill('0'));
	return groups.slice(0, 4).join(':');
}

function describeWait(seconds: number): string {
	if (seconds < 90) return seconds === 1 ? 'a second' : `${seconds} seconds`;
	return `${Math.ceil(seconds / 60)} minutes`;
}
