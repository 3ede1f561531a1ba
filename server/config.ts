import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parseSubnet } from './addresses.ts';

const Settings = Type.Object({
	DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://.+' })),
	DATA_DIR: Type.String({ minLength: 1, default: '.data' }),
	REDIS_URL: Type.Optional(Type.String({ pattern: '^rediss?://.+' })),
	HOST: Type.String({ minLength: 1, pattern: '^\\S+$', default: '127.0.0.1' }),
	PORT: Type.String({
		pattern: '^([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$',
		default: '3000',
	}),
	ORIGIN: Type.Optional(Type.String({ pattern: '^https?://[^/\\s?#@]+$' })),
	TRUST_PROXY: Type.String({ minLength: 1, default: 'false' }),
	HSTS_SUBDOMAINS: Type.Enum(['on', 'off'], { default: 'off' }),
	SECURITY_CONTACT: Type.Optional(Type.String({ pattern: '^(mailto:|https://|tel:)\\S+$' })),
	LOG_LEVEL: Type.Enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
		default: 'info',
	}),
	SEED: Type.Enum(['demo', 'none'], { default: 'demo' }),
	DRAIN_SECONDS: Type.String({ pattern: '^[0-9]{1,3}$', default: '0' }),
	RATE_LIMIT: Type.Enum(['on', 'off'], { default: 'on' }),
	BACKUP_DIR: Type.Optional(Type.String({ minLength: 1 })),
	BACKUP_KEEP: Type.String({ pattern: '^[1-9][0-9]{0,2}$', default: '7' }),
	S3_ENDPOINT: Type.Optional(Type.String({ pattern: '^https?://[^/\\s?#@]+(/[^\\s?#]*)?$' })),
	S3_REGION: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]+$' })),
	S3_ACCESS_KEY_ID: Type.Optional(Type.String({ pattern: '^\\S+$' })),
	S3_SECRET_ACCESS_KEY: Type.Optional(Type.String({ pattern: '^\\S+$' })),
});
type Settings = Static<typeof Settings>;
type Name = keyof Settings;

/** The names of all settings, as they stand in the environment. */
export const settingNames = Object.keys(Settings.properties) as Name[];

/** Set all together or not at all. */
const bucketNames = [
	'S3_ENDPOINT',
	'S3_REGION',
	'S3_ACCESS_KEY_ID',
	'S3_SECRET_ACCESS_KEY',
] as const;
const secretNames = /_URL$|^S3_.*KEY/;

const expected: Record<Name, string> = {
	DATABASE_URL:
		'an address such as postgres://user:password@host:5432/database, with each sign of the password that is no letter and no digit in percent-encoding (%40 for @, %23 for #, %25 for %)',
	DATA_DIR: 'the path of a folder',
	REDIS_URL: 'an address such as redis://user:password@host:6379',
	HOST: 'an address or host name to listen on, such as 127.0.0.1 or 0.0.0.0',
	PORT: 'a whole number from 0 to 65535 (0 takes any free port)',
	ORIGIN: 'a scheme and host without a path, such as https://weigh-in.example',
	TRUST_PROXY:
		'false, the number of proxies in front of the server, such as 1, or their addresses and subnets separated by commas (true would let anybody choose the address that limits count)',
	HSTS_SUBDOMAINS: 'on or off',
	SECURITY_CONTACT: 'where to report a vulnerability, such as mailto:security@weigh-in.example',
	LOG_LEVEL: 'one of fatal, error, warn, info, debug, trace, silent',
	SEED: 'demo or none',
	DRAIN_SECONDS: 'a whole number of seconds from 0 to 999',
	RATE_LIMIT: 'on or off',
	BACKUP_DIR: 'the path of a folder',
	BACKUP_KEEP: 'a whole number from 1 to 999',
	S3_ENDPOINT: 'the address of a bucket, such as https://s3.eu-central-1.example/pictures',
	S3_REGION: 'the region of the bucket, such as eu-central-1 or auto',
	S3_ACCESS_KEY_ID: 'the id of a key for the bucket',
	S3_SECRET_ACCESS_KEY: 'the secret of that key',
};

export type Config = {
	/** absent: the embedded database */
	databaseUrl?: string;
	/** absent: servers tell each other of live events through PostgreSQL */
	redisUrl?: string;
	dataDir: string;
	host: string;
	port: number;
	/** absent: taken from each request */
	origin?: string;
	/** whose `X-Forwarded-*` headers count: nobody's, those of so many proxies, or of these addresses and subnets */
	trustProxy: false | number | string;
	/** whether HTTPS is asked for on all subdomains of `origin` as well */
	hstsSubdomains: boolean;
	/** a URI for `security.txt`; absent: there is none */
	securityContact?: string;
	logLevel: Settings['LOG_LEVEL'];
	seed: Settings['SEED'];
	/** how long a server that is told to stop goes on answering, while it says that it is not ready, in ms */
	drainMs: number;
	rateLimit: boolean;
	/** where a backup is written every day, and how many are kept; absent: none is written */
	backups?: { folder: string; keep: number };
	/** S3-compatible, for the files of pictures; absent: a folder of `dataDir` */
	bucket?: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };
};

export class ConfigError extends Error {}

/**
 * Reads the settings from the environment. An empty variable counts as absent.
 *
 * @throws {ConfigError} naming every setting that is wrong and what was expected of it
 */
export function readConfig(environment: Record<string, string | undefined> = process.env): Config {
	const given = Object.fromEntries(
		settingNames.map((name) => [name, environment[name]?.trim()]).filter(([, value]) => value),
	);
	const settings = Value.Default(Settings, given) as Settings;
	const isBucket = bucketNames.some((name) => settings[name] !== undefined);
	const needed: readonly Name[] = isBucket ? bucketNames : [];
	const wrong = settingNames.filter((name) =>
		settings[name] === undefined ? needed.includes(name) : !isUsable(name, settings[name]),
	);
	if (wrong.length > 0) {
		const lines = wrong.map((name) => {
			const given = settings[name];
			if (given === undefined)
				return `  ${name}: expected ${expected[name]}, with the other settings of the bucket`;
			const shown = secretNames.test(name) ? 'what is set' : JSON.stringify(given);
			return `  ${name}: expected ${expected[name]}, not ${shown}`;
		});
		throw new ConfigError(`These settings cannot be used:\n${lines.join('\n')}`);
	}
	return {
		databaseUrl: settings.DATABASE_URL,
		redisUrl: settings.REDIS_URL,
		dataDir: resolve(settings.DATA_DIR),
		host: settings.HOST.replace(/^\[(.*)\]$/, '$1'),
		port: Number(settings.PORT),
		origin: settings.ORIGIN && new URL(settings.ORIGIN).origin,
		trustProxy: readProxies(settings.TRUST_PROXY),
		hstsSubdomains: settings.HSTS_SUBDOMAINS === 'on',
		securityContact: settings.SECURITY_CONTACT,
		logLevel: settings.LOG_LEVEL,
		seed: settings.SEED,
		drainMs: 1000 * Number(settings.DRAIN_SECONDS),
		rateLimit: settings.RATE_LIMIT === 'on',
		backups: settings.BACKUP_DIR
			? { folder: resolve(settings.BACKUP_DIR), keep: Number(settings.BACKUP_KEEP) }
			: undefined,
		bucket: isBucket ? readBucket(settings) : undefined,
	};
}

const hops = /^[1-9][0-9]?$/;

function readProxies(value: string): Config['trustProxy'] {
	if (value === 'false') return false;
	return hops.test(value) ? Number(value) : value;
}

function readBucket(settings: Settings): Config['bucket'] {
	return {
		endpoint: settings.S3_ENDPOINT!,
		region: settings.S3_REGION!,
		accessKeyId: settings.S3_ACCESS_KEY_ID!,
		secretAccessKey: settings.S3_SECRET_ACCESS_KEY!,
	};
}

function isUsable(name: Name, value: string): boolean {
	if (!Value.Check(Settings.properties[name], value)) return false;
	if (name === 'DATABASE_URL')
		return isUnambiguous(value) && URL.canParse(value.replace('@/', '@socket/'));
	if (['ORIGIN', 'S3_ENDPOINT', 'SECURITY_CONTACT'].includes(name)) return URL.canParse(value);
	if (name === 'REDIS_URL') return /^(\/\d*)?$/.test(URL.parse(value)?.pathname ?? 'none');
	if (name !== 'TRUST_PROXY' || value === 'false' || hops.test(value)) return true;
	return value.split(',').every((part) => parseSubnet(part) !== null);
}

/** Whether no part of a password can be taken for something else: @, # and % mean one thing only, each in its place. */
function isUnambiguous(address: string): boolean {
	return (
		/^[^:]+:\/\/([^@/?#]*@)?[^@/?#]*([/?][^@#]*)?$/.test(address) &&
		!/%(?![0-9a-f]{2})/i.test(address)
	);
}
