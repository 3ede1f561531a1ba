import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig, settingNames } from '../server/config.ts';

function refuse(environment: Record<string, string>): string {
	try {
		readConfig(environment);
	} catch (error) {
		expect(error).toBeInstanceOf(ConfigError);
		return (error as ConfigError).message;
	}
	throw new Error(`Was accepted: ${JSON.stringify(environment)}`);
}

test('nothing set is a server on this machine with its own database', () => {
	expect(readConfig({})).toEqual({
		databaseUrl: undefined,
		dataDir: resolve('.data'),
		host: '127.0.0.1',
		port: 3e3,
		origin: undefined,
		trustProxy: false,
		hstsSubdomains: false,
		logLevel: 'info',
		seed: 'demo',
		drainMs: 0,
		rateLimit: true,
	});
});

test('an empty variable counts as not set, and blanks around a value do not count', () => {
	const empty = { DATABASE_URL: '', PORT: ' ', ORIGIN: '', SEED: '', TRUST_PROXY: '' };
	expect(readConfig(empty)).toEqual(readConfig({}));
	expect(readConfig({ PORT: ' 8080 ' }).port).toBe(8080);
});

test.each([
	['DATABASE_URL', 'postgres://u:p@db:5432/x', { databaseUrl: 'postgres://u:p@db:5432/x' }],
	['DATABASE_URL', 'postgresql://db/x', { databaseUrl: 'postgresql://db/x' }],
	['DATA_DIR', '/var/lib/with space', { dataDir: '/var/lib/with space' }],
	['HOST', '0.0.0.0', { host: '0.0.0.0' }],
	['HOST', '::', { host: '::' }],
	['PORT', '0', { port: 0 }],
	['PORT', '65535', { port: 65_535 }],
	['ORIGIN', 'https://weigh-in.example', { origin: 'https://weigh-in.example' }],
	['ORIGIN', 'http://localhost:3000', { origin: 'http://localhost:3000' }],
	['ORIGIN', 'https://Weigh-In.example:443', { origin: 'https://weigh-in.example' }],
	['TRUST_PROXY', '1', { trustProxy: 1 }],
	['TRUST_PROXY', '::ffff:10.0.0.0/104', { trustProxy: '::ffff:10.0.0.0/104' }],
	['TRUST_PROXY', 'false', { trustProxy: false }],
	['TRUST_PROXY', '10.0.0.0/8, ::1', { trustProxy: '10.0.0.0/8, ::1' }],
	['HSTS_SUBDOMAINS', 'on', { hstsSubdomains: true }],
	['SECURITY_CONTACT', 'mailto:a@b.example', { securityContact: 'mailto:a@b.example' }],
	['LOG_LEVEL', 'debug', { logLevel: 'debug' }],
	['SEED', 'none', { seed: 'none' }],
	['RATE_LIMIT', 'off', { rateLimit: false }],
])('%s=%s is taken', (name, value, expected) => {
	expect(readConfig({ [name]: value })).toEqual({ ...readConfig({}), ...expected });
});

describe('what cannot be used is refused, naming the setting and what is expected', () => {
	test.each([
		['DATABASE_URL', 'mysql://db/x'],
		['DATABASE_URL', 'postgres://'],
		['HOST', 'two words'],
		['PORT', '65536'],
		['PORT', '-1'],
		['PORT', '80.5'],
		['PORT', 'http'],
		['PORT', '1e3'],
		['ORIGIN', 'weigh-in.example'],
		['ORIGIN', 'https://weigh-in.example/'],
		['ORIGIN', 'https://weigh-in.example/path'],
		['ORIGIN', 'ftp://weigh-in.example'],
		['ORIGIN', 'https://user@weigh-in.example'],
		['ORIGIN', 'https://[weigh-in'],
		['ORIGIN', 'https://weigh-in.example:99999'],
		['TRUST_PROXY', 'true'],
		['TRUST_PROXY', '0'],
		['TRUST_PROXY', '-1'],
		['TRUST_PROXY', '100'],
		['TRUST_PROXY', '10.0.0.1, 2'],
		['TRUST_PROXY', '10.1'],
		['TRUST_PROXY', '::ffff:10.0.0.0/96'],
		['TRUST_PROXY', 'yes'],
		['TRUST_PROXY', '999.1.1.1'],
		['TRUST_PROXY', '10.0.0.0/'],
		['TRUST_PROXY', '10.0.0.0/33'],
		['TRUST_PROXY', '10.0.0.0/1.5'],
		['TRUST_PROXY', '10.0.0.1, ::/0'],
		['REDIS_URL', 'redis://host:x'],
		['REDIS_URL', 'redis://host/abc'],
		['HSTS_SUBDOMAINS', 'true'],
		['SECURITY_CONTACT', 'a@b.example'],
		['SECURITY_CONTACT', 'javascript:alert(1)'],
		['LOG_LEVEL', 'loud'],
		['SEED', 'full'],
		['RATE_LIMIT', 'true'],
	])('%s=%s', (name, value) => {
		expect(refuse({ [name]: value })).toMatch(new RegExp(`\\n {2}${name}: expected .{5,}`));
	});
});

const bucket = {
	S3_ENDPOINT: 'https://s3.example/pictures',
	S3_REGION: 'auto',
	S3_ACCESS_KEY_ID: 'an-id',
	S3_SECRET_ACCESS_KEY: 'a/secret+',
};

test('a bucket has all its settings, or none', () => {
	expect(readConfig(bucket).bucket).toEqual({
		endpoint: 'https://s3.example/pictures',
		region: 'auto',
		accessKeyId: 'an-id',
		secretAccessKey: 'a/secret+',
	});
	for (const name of Object.keys(bucket)) {
		expect(refuse({ ...bucket, [name]: '' })).toMatch(new RegExp(`\\n {2}${name}: expected .{5,}`));
		const lines = refuse({ [name]: bucket[name as keyof typeof bucket] })
			.split('\n')
			.slice(1);
		expect(lines.length).toBe(3);
	}
	for (const S3_ENDPOINT of ['s3.example', 'ftp://s3.example', 'https://key:secret@s3.example/x'])
		expect(refuse({ ...bucket, S3_ENDPOINT })).toContain('S3_ENDPOINT: expected');
	expect(refuse({ ...bucket, S3_SECRET_ACCESS_KEY: 'hunter 2' })).not.toContain('hunter');
});

test('all problems are named at once, one a line', () => {
	const wrong = { PORT: 'x', ORIGIN: 'x', LOG_LEVEL: 'x', SEED: 'x', RATE_LIMIT: 'x' };
	const [title, ...lines] = refuse({ ...wrong, HOST: 'localhost' }).split('\n');
	expect(title).toBe('These settings cannot be used:');
	const names = lines.map((line) => /^ {2}(\w+): expected /.exec(line)?.[1]);
	expect(names.sort()).toEqual(Object.keys(wrong).sort());
});

test('trust in every proxy is refused with what to write in its place', () => {
	expect(refuse({ TRUST_PROXY: 'true' })).toMatch(/number of proxies .+, such as 1, or their addr/);
});

test('a password in an address is not repeated', () => {
	expect(refuse({ DATABASE_URL: 'mysql://user:hunter2@db/x' })).not.toContain('hunter2');
	expect(refuse({ REDIS_URL: 'redis://:hunter2#@host:6379' })).not.toContain('hunter2');
});

test('every setting is documented, with what counts without it, and none that there is not', async () => {
	const page = await readFile('docs/settings.md', 'utf8');
	const documented = page
		.split('\n')
		.filter((line) => line.startsWith('- '))
		.flatMap((line) => [...line.matchAll(/(?:^- |; )`([A-Z0-9_]+)`(?: \(`([^`]*)`\))?/g)]);
	expect(documented.map(([, name]) => name).sort()).toEqual([...settingNames].sort());
	const defaults = documented.filter(([, , value]) => value !== undefined);
	expect(defaults.length).toBeGreaterThan(5);
	for (const [, name, value] of defaults)
		expect({ name, config: readConfig({ [name!]: value }) }).toEqual({
			name,
			config: readConfig({}),
		});
});
