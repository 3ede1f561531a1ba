import type { FastifyContextConfig } from 'fastify';
import type pg from 'pg';
import {
	type IRateLimiterOptions,
	type RateLimiterAbstract,
	RateLimiterMemory,
	RateLimiterPostgres,
	RateLimiterRes,
} from 'rate-limiter-flexible';
import { siteKey } from './addresses.ts';
import { TooMany } from './errors.ts';

/** Most `points` in `duration` seconds; `site` is how many all that share an IPv6 /48 have together. */
type Limit = { points: number; duration: number; site?: number };

/** Counted over all servers, in the database. */
const shared = {
	signInByAddress: { points: 50, duration: 900, site: 200 },
	signInByAccountAndAddress: { points: 10, duration: 900 },
	signInByDevice: { points: 10, duration: 900 },
	/** from wherever it is tried; a known device passes */
	signInByAccount: { points: 100, duration: 86_400 },
	takenByAddress: { points: 10, duration: 3600, site: 10 },
	signUpByAddress: { points: 30, duration: 3600, site: 30 },
	uploadByAccount: { points: 100, duration: 3600 },
} satisfies Record<string, Limit>;
/** Counted by each server for itself. */
const local = {
	writeByAccount: { points: 120, duration: 60 },
	linkPreviewByAccount: { points: 30, duration: 60 },
	draftByAccount: { points: 120, duration: 60 },
	requestByAddress: { points: 1200, duration: 60, site: 4800 },
	/** an office of 500 people whose proxy lets no socket through, each asking every five seconds */
	liveEventsByAddress: { points: 6000, duration: 60, site: 24_000 },
	drawingByAddress: { points: 60, duration: 60, site: 240 },
} satisfies Record<string, Limit>;

declare module 'fastify' {
	interface FastifyContextConfig {
		/**
		 * What requests count towards, of one address, `requestByAddress` unless given, or of one account, `writeByAccount`
		 * unless given where members write; null: nothing.
		 */
		limit?: AddressLimit | AccountLimit | null;
	}
}

type LimitName = keyof typeof shared | keyof typeof local;
type AddressLimit = Extract<LimitName, `${string}ByAddress`>;
export type AccountLimit = Extract<LimitName, `${string}ByAccount`>;

/** What the requests of one address to a route count towards. */
export const addressLimitOf = ({ limit }: FastifyContextConfig): AddressLimit | null =>
	limit === null
		? null
		: limit?.endsWith('ByAddress')
			? (limit as AddressLimit)
			: 'requestByAddress';

export type RateLimits = {
	/**
	 * Counts one attempt; under what `addressKey` makes of an address, for all of its site as well.
	 *
	 * @param account whose limit it is, where it is not that of who asks
	 * @throws {TooMany} if there were too many, with the seconds to wait
	 */
	count(name: LimitName, key: string | number, account?: number): Promise<void>;
	/** Forgets the attempts under a key. */
	clear(name: LimitName, key: string | number): Promise<void>;
	/** Takes one attempt back. */
	uncount(name: LimitName, key: string | number): Promise<void>;
	/**
	 * Counts nothing.
	 *
	 * @throws {TooMany} if there were as many as may be
	 */
	check(name: LimitName, key: string | number): Promise<void>;
};

/** The request limits; with `enabled` false, none. */
export function createRateLimits({
	pool,
	enabled,
}: {
	pool: pg.Pool;
	enabled: boolean;
}): RateLimits {
	const nothing = async () => {};
	if (!enabled) return { count: nothing, clear: nothing, uncount: nothing, check: nothing };
	const limiters = new Map<string, RateLimiterAbstract>();
	const add = (
		limits: Record<string, Limit>,
		create: (options: IRateLimiterOptions) => RateLimiterAbstract,
	) => {
		for (const [name, { site, ...limit }] of Object.entries(limits)) {
			limiters.set(name, create({ ...limit, keyPrefix: name }));
			if (site) limiters.set(ofSite(name), create({ ...limit, points: site, keyPrefix: name }));
		}
	};
	const postgres = { storeClient: pool, tableName: 'rate_limits', tableCreated: true };
	add(
		shared,
		(options) => new RateLimiterPostgres({ ...options, ...postgres, clearExpiredByTimeout: true }),
	);
	add(local, (options) => new RateLimiterMemory(options));
	return {
		async count(name, key, account) {
			let met: string = name;
			try {
				await limiters.get(name)!.consume(key);
				const site = siteKey(String(key));
				met = ofSite(name);
				if (site) await limiters.get(met)?.consume(site);
			} catch (error) {
				if (!(error instanceof RateLimiterRes)) throw error;
				throw tooMany(error, met, account);
			}
		},
		async clear(name, key) {
			await limiters.get(name)!.delete(key);
		},
		async uncount(name, key) {
			await limiters.get(name)!.reward(key);
		},
		async check(name, key) {
			const site = siteKey(String(key)) ?? '';
			for (const [met, of] of [
				[name, key],
				[ofSite(name), site],
			] as const) {
				const found = await limiters.get(met)?.get(of);
				if (found && found.remainingPoints <= 0) throw tooMany(found, met);
			}
		},
	};
}

const ofSite = (name: string) => `${name} of a site`;

function tooMany({ msBeforeNext }: RateLimiterRes, limit: string, account?: number): TooMany {
	const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
	const detail = `That was too often. Try again in ${describeWait(seconds)}.`;
	return new TooMany(detail, seconds, limit, account);
}

function describeWait(seconds: number): string {
	if (seconds < 90) return seconds === 1 ? 'a second' : `${seconds} seconds`;
	if (seconds < 7200) return `${Math.ceil(seconds / 60)} minutes`;
	return `${Math.ceil(seconds / 3600)} hours`;
}
