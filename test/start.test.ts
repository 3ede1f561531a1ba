import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { ThreadPageProps } from '../server/threads/schema.ts';
import { Participant } from './community.ts';
import {
	findDatabase,
	findPort,
	makeDataDir,
	run,
	runForAudit,
	type Site,
	startSite,
	stopDatabase,
} from './support/server.ts';
import { openSetUp } from './support/set-up.ts';

const sites: Site[] = [];
const folders: string[] = [];

afterEach(async () => {
	for (const site of sites.splice(0)) await site.close();
	for (const folder of folders.splice(0)) {
		await stopDatabase(folder);
		await rm(folder, { recursive: true, force: true, maxRetries: 5 });
	}
});

async function open(settings?: Record<string, string>): Promise<Site> {
	const site = await startSite(settings);
	sites.push(site);
	return site;
}

async function makeFolder(): Promise<string> {
	const folder = await makeDataDir();
	folders.push(folder);
	return folder;
}

async function readHome(url: string): Promise<ThreadPageProps & { me: unknown }> {
	const answer = await fetch(url, { headers: { accept: 'text/html' } });
	expect(answer.status).toBe(200);
	const html = await answer.text();
	const [, json] = /<script data-page="app" type="application\/json">(.*?)<\/script>/s.exec(html)!;
	return (JSON.parse(json!) as { props: ThreadPageProps & { me: unknown } }).props;
}

describe('a start', () => {
	test('on an empty folder serves the demo community, and the next one finds it as it was', async () => {
		const site = await open({ DATA_DIR: await makeFolder() });
		const first = await readHome(site.url);
		expect(first.thread.question).toBe('What does it truly mean to take ownership?');
		expect(first.thread.counts).toMatchObject({ definitions: 24, stories: 18, members: 28 });
		expect(first.definitions.items).toHaveLength(24);
		expect(first.featured.items).toHaveLength(3);

		const passwordFile = path.join(site.dataDir, 'demo-host-password');
		const password = (await readFile(passwordFile, 'utf8')).trim();
		expect(site.output()).toContain('host@weigh-in.example');
		expect(site.output()).not.toContain(password);
		const signIn = await fetch(`${site.url}/api/session`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ email: 'host@weigh-in.example', password }),
		});
		expect(await signIn.json()).toMatchObject({ role: 'host' });

		expect(await site.stop()).toBe(0);
		expect(await site.findDatabase()).toBeUndefined();
		await site.start();
		const second = await readHome(site.url);
		expect(second.thread).toEqual(first.thread);
		expect(second.definitions).toEqual(first.definitions);
		expect((await readFile(passwordFile, 'utf8')).trim()).toBe(password);
		expect(site.complaints()).toEqual([]);
	}, 120_000);

	test('with SEED=none leaves the question waiting for a host, who has the link that is printed', async () => {
		const site = await open({ SEED: 'none', DATA_DIR: await makeFolder() });
		const { thread, definitions } = await readHome(site.url);
		expect(thread.question).toBe('What does it truly mean to take ownership?');
		expect(thread.introduction).not.toBe('');
		expect(thread.host).toBeNull();
		expect(thread.counts).toEqual({ definitions: 0, stories: 0, replies: 0, members: 0 });
		expect(definitions.items).toEqual([]);
		const [first, second] = [
			new Participant(site.url, 'first'),
			new Participant(site.url, 'second'),
		];
		await second.signUp();
		const link = /http:\/\/127\.0\.0\.1:\d+\/sign-up\?setUp=([\w-]{43})(?=")/g;
		const [address, setUp] = [...site.output().matchAll(link)][0]!;
		expect((await fetch(address)).status).toBe(200);
		await first.signUp(setUp);
		expect([first.role, second.role]).toEqual(['host', 'member']);
		expect((await readHome(site.url)).thread.host).toMatchObject({ handle: 'first' });
		await site.stop();
		await site.start();
		expect((await readHome(site.url)).thread.host).toMatchObject({ handle: 'first' });
		expect([...site.output().matchAll(link)].length).toBe(1);
		expect(site.complaints()).toEqual([]);
	}, 120_000);

	test('is refused on a folder in use, on a port in use, and leaves no PostgreSQL behind', async () => {
		const site = await open({ SEED: 'none' });
		const settings = { DATA_DIR: site.dataDir, PORT: String(await findPort()), RATE_LIMIT: 'off' };
		const second = await run('server/main.js', [], settings);
		expect(second.code).toBe(1);
		expect(second.output).toContain(
			`Another Weigh-In server is using the data folder ${site.dataDir}.`,
		);
		expect(second.output).toContain(
			'Stop it first, or give this one a folder of its own with DATA_DIR.',
		);
		expect((await readHome(site.url)).thread.slug).toBe('ownership');

		const folder = await makeFolder();
		const third = await run('server/main.js', [], {
			DATA_DIR: folder,
			PORT: String(site.port),
			SEED: 'none',
		});
		expect(third.code).toBe(1);
		expect(third.output).toContain(
			`Port ${site.port} is in use by another program. Stop that one, or set PORT to another number.`,
		);
		expect(third.output).not.toContain('    at ');
		expect(await findDatabase(folder)).toBeUndefined();
	}, 120_000);

	test('with settings that cannot be used names all of them at once', async () => {
		const folder = await makeFolder();
		const settings = {
			DATA_DIR: folder,
			PORT: '70000',
			ORIGIN: 'weigh-in.example/forum',
			SEED: 'maybe',
			LOG_LEVEL: 'loud',
			RATE_LIMIT: 'some',
			TRUST_PROXY: 'perhaps',
			HOST: 'two words',
			DATABASE_URL: 'mysql://user:hunter2@host/database',
		};
		const { code, output } = await run('server/main.js', [], settings);
		expect(code).toBe(1);
		const { DATA_DIR: _, ...wrong } = settings;
		for (const name of Object.keys(wrong))
			expect(output).toMatch(new RegExp(`^  ${name}: expected `, 'm'));
		expect(output).not.toContain('DATA_DIR:');
		expect(output).not.toContain('hunter2');
		expect(output).not.toContain('    at ');
	});

	test('without its database says what cannot be reached, and keeps the password to itself', async () => {
		const nobody = createServer().listen(0, '127.0.0.1');
		await once(nobody, 'listening');
		const { port } = nobody.address() as { port: number };
		await new Promise((resolve) => nobody.close(resolve));
		const { code, output } = await run('server/main.js', [], {
			DATA_DIR: await makeFolder(),
			PORT: String(await findPort()),
			DATABASE_URL: `postgres://someone:hunter2@127.0.0.1:${port}/weighin`,
		});
		expect(code).toBe(1);
		expect(output).toContain('The database cannot be used');
		expect(output).not.toContain('hunter2');
		expect(output).not.toContain('    at ');
	});
});

describe('a stop', () => {
	/** A write that waits for the thread's row until `release` is called. */
	async function beginSlowWrite(site: Site) {
		const member = new Participant(site.url, 'patient');
		await member.signUp();
		const blocker = new pg.Client({ connectionString: await site.readDatabaseUrl() });
		await blocker.connect();
		await blocker.query('begin');
		await blocker.query(`select from threads where slug = 'ownership' for update`);
		const answer = member.send('POST', '/api/threads/ownership/posts', {
			kind: 'definition',
			body: 'Finishing what I began.',
		});
		const countWaiting = async () => {
			const { rows } = await blocker.query(
				`select count(*)::int as n from pg_stat_activity
				 where wait_event_type = 'Lock' and application_name = 'weigh-in'`,
			);
			return rows[0].n as number;
		};
		await expect.poll(countWaiting, { timeout: 10_000 }).toBe(1);
		const release = async () => {
			await blocker.query('rollback');
			await blocker.end();
		};
		return { answer, release };
	}

	test.each([
		['SIGINT, sent twice as npm hands it on', ['SIGINT', 'SIGINT']],
		['SIGTERM', ['SIGTERM']],
	] as [string, NodeJS.Signals[]][])(
		'by %s answers what is under way, then ends with 0',
		async (_name, signals) => {
			const site = await open({ SEED: 'none' });
			const { answer, release } = await beginSlowWrite(site);
			const socket = new WebSocket(`ws://127.0.0.1:${site.port}/api/live`);
			await once(socket, 'open');
			const closed = once(socket, 'close');
			const ended = once(site.process, 'exit');
			for (const signal of signals) site.process.kill(signal);
			expect((await closed)[0]).toBe(1001);
			await expect(fetch(site.url)).rejects.toThrow();
			expect(site.process.exitCode).toBeNull();
			await release();
			expect(await answer).toMatchObject({
				status: 201,
				body: { body: 'Finishing what I began.' },
			});
			expect((await ended)[0]).toBe(0);
			expect(await site.findDatabase()).toBeUndefined();
			expect(site.complaints()).toEqual([]);
			await site.start();
			expect((await readHome(site.url)).definitions.items).toMatchObject([
				{ body: 'Finishing what I began.' },
			]);
		},
		120_000,
	);

	test('does not wait for sockets that do not answer', async () => {
		const site = await open({ SEED: 'none' });
		const socket = new WebSocket(`ws://127.0.0.1:${site.port}/api/live`);
		await once(socket, 'open');
		socket.on('error', () => {});
		socket.pause();
		const idle = await fetch(`${site.url}/health/live`, { keepalive: true });
		expect(idle.status).toBe(200);
		try {
			expect(await site.stop()).toBe(0);
			expect(await site.findDatabase()).toBeUndefined();
			expect(site.complaints()).toEqual([]);
		} finally {
			socket.terminate();
		}
	}, 120_000);
});

describe('commands', () => {
	let site: Site;
	let settings: Record<string, string>;
	beforeAll(async () => {
		site = await startSite({ SEED: 'none' });
		settings = { DATA_DIR: site.dataDir };
	}, 120_000);
	afterAll(() => site.close());

	const member = (...args: string[]) => run('server/command.js', ['member', ...args], settings);

	test('a role given while the server runs counts from the next request on', async () => {
		const [host, other] = [
			new Participant(site.url, 'the_host'),
			new Participant(site.url, 'Other_One'),
		];
		await host.signUp(await openSetUp(await site.readDatabaseUrl()));
		await other.signUp();
		const lock = '/api/threads/ownership/lock';
		expect((await other.send('PUT', lock)).status).toBe(403);
		expect(await member('role', 'other_one', 'moderator')).toEqual({
			code: 0,
			output: 'Other_One is now a moderator.\n',
		});
		expect((await other.send('PUT', lock)).status).toBe(200);
		expect((await member('role', 'other_one', 'member')).code).toBe(0);
		expect((await other.send('DELETE', lock)).status).toBe(403);
		expect((await host.send('DELETE', lock)).status).toBe(204);
		expect(await member('role', 'the_host', 'member')).toEqual({
			code: 1,
			output: 'This is the only host. Name another host first.\n',
		});
		expect(await member('role', 'nobody_here', 'host')).toEqual({
			code: 1,
			output: 'There is no member “nobody_here”.\n',
		});
		expect(await site.findDatabase()).toBeDefined();
		expect(site.complaints()).toEqual([]);
	}, 120_000);

	test.each([
		['member', [], 'Expected: a command.'],
		['member', ['rule', 'somebody', 'host'], '“rule” is not a command of this.'],
		['member', ['list', 'somebody'], '“somebody” is not expected here.'],
		['member', ['list', '--role', 'king'], '“king” is not a role.'],
		['member', ['show'], 'Expected: a handle.'],
		['member', ['password', 'one', 'two'], 'Expected: a handle.'],
		['member', ['create', 'somebody'], 'Expected: --email and an address.'],
		['member', ['create', 'no body', '--email', 'a@b.example'], 'A handle has 3 to 30 letters'],
		['member', ['create', 'somebody', '--email', 'nowhere'], 'is not an e-mail address.'],
		['member', ['suspend', 'somebody'], 'Expected: --reason and words.'],
		['member', ['unsuspend'], 'Expected: a handle.'],
		['member', ['role', 'somebody'], 'Expected: a handle and a role.'],
		['member', ['role', 'somebody', 'king'], '“king” is not a role.'],
		['member', ['role', 'somebody', 'host', 'now'], 'Expected: a handle and a role.'],
		['member', ['--force'], '--force'],
		['seed', ['everything'], '“everything” is not expected here.'],
		['migrate', ['--down'], '--down'],
	])(
		'%s %j is called wrongly: exit code 2, what is wrong, and the usage',
		async (name, args, sentence) => {
			const { code, output } = await run('server/command.js', [name, ...args], settings);
			expect(code).toBe(2);
			expect(output).toContain(sentence);
			expect(output).toContain(`Usage: npm run ${name}`);
			expect(output).not.toContain('    at ');
		},
	);

	test.each([
		['member'],
		['seed'],
		['migrate'],
		...['list', 'show', 'create', 'password', 'role', 'suspend', 'unsuspend'].map((action) => [
			'member',
			action,
		]),
	])('%s %s --help explains itself', async (name, ...args) => {
		const given = [name, ...args, '--help'];
		const { code, output } = await run('server/command.js', given, settings);
		expect(code).toBe(0);
		expect(output).toMatch(new RegExp(`^Usage: npm run ${[name, ...args].join('( -- )?')}`));
	});

	test.each([
		['member', '--help'],
		['member', 'list', '--help'],
		['member', 'create'],
		['seed', '--help'],
		['migrate', '--down'],
		['backup', '--help'],
		['restore'],
	])('%s %s is answered before anything of the server is loaded', async (...args) => {
		const folder = await makeFolder();
		await run('server/command.js', args, { ...settings, NODE_V8_COVERAGE: folder });
		const [file] = await readdir(folder);
		const coverage = JSON.parse(await readFile(path.join(folder, file!), 'utf8'));
		const loaded = (coverage.result as { url: string }[]).map(({ url }) => url);
		expect(loaded.filter((url) => url.includes('/server/commands/'))).toHaveLength(2);
		expect(loaded.filter((url) => /\/(node_modules|db)\//.test(url))).toEqual([]);
	});

	test('members are listed and shown, to people and to programs', async () => {
		const listed = await member('list', '--json');
		expect(listed.code).toBe(0);
		const accounts = JSON.parse(listed.output) as { handle: string; role: string }[];
		expect(accounts.map(({ handle, role }) => [handle, role])).toEqual([
			['the_host', 'host'],
			['Other_One', 'member'],
		]);
		expect(listed.output).not.toMatch(/password|\$argon2/i);
		expect((await member('list', '--role', 'host')).output).toMatch(/^\d+ +the_host .*host.*\n$/);
		const shown = JSON.parse((await member('show', 'OTHER_ONE', '--json')).output);
		expect(shown).toMatchObject({ handle: 'Other_One', role: 'member', posts: 0, sessions: 1 });
		expect((await member('show', 'other_one')).output).toMatch(/^handle +Other_One$/m);
		expect((await member('show', 'nobody_here')).code).toBe(1);
	}, 120_000);

	test('what is done to an account is written down on the error output, without its link', async () => {
		const audit = (...args: string[]) =>
			runForAudit('server/command.js', ['member', ...args], settings);
		const made = await audit('create', 'written', '--email', 'written@down.example');
		const { id } = JSON.parse((await member('show', 'written', '--json')).output);
		const line = { outcome: 'done', actor: null, address: null, subject: { kind: 'account', id } };
		const expected = (...events: object[]) => events.map((event) => ({ ...line, ...event }));
		expect(made).toMatchObject(
			expected({ event: 'account.created' }, { event: 'link.created', what: 'password' }),
		);
		const link = (await audit('password', 'written')).concat(made);
		expect(link).toHaveLength(3);
		expect(JSON.stringify(link)).not.toMatch(/[\w-]{43}|@|password-resets/);
		expect(await audit('suspend', 'written', '--reason', 'To see.')).toMatchObject(
			expected({ event: 'account.suspended' }),
		);
		expect(await audit('unsuspend', 'written')).toMatchObject(
			expected({ event: 'account.unsuspended' }),
		);
		expect(await audit('unsuspend', 'written')).toEqual([]);
		expect(await audit('role', 'written', 'moderator')).toMatchObject(
			expected({ event: 'role.given', from: 'member', to: 'moderator' }),
		);
		expect(await audit('role', 'written', 'moderator')).toEqual([]);
		expect(await audit('list')).toEqual([]);
	}, 120_000);

	test('a member who was suspended cannot write at once, and can again', async () => {
		const target = new Participant(site.url, 'target');
		await target.signUp();
		const drafts = '/api/threads/ownership/posts';
		const define = () => target.send('POST', drafts, { kind: 'definition', body: 'Mine.' });
		expect(await member('suspend', 'Target', '--reason', 'Advertisements.')).toEqual({
			code: 0,
			output: 'target is suspended.\n',
		});
		expect(await define()).toMatchObject({
			status: 403,
			body: { detail: expect.stringContaining('suspended') },
		});
		const me = await target.get<{ suspension: { reason: string } }>('/api/me');
		expect(me.suspension.reason).toBe('Advertisements.');
		expect((await member('unsuspend', 'target')).code).toBe(0);
		expect((await define()).status).toBe(201);
		expect(await member('unsuspend', 'target')).toEqual({
			code: 1,
			output: 'target is not suspended.\n',
		});
	}, 120_000);

	test('an account that was created, and one whose password is lost, get a link that sets one', async () => {
		const created = await member('create', 'admin', '--email', 'a@b.example', '--role', 'host');
		expect(created.code).toBe(0);
		expect(created.output).toContain(`\n${site.url}/password-resets/`);
		expect(created.output).toContain('It leads to where the server listens: set ORIGIN');
		const setPassword = async (output: string, password: string, cookie = '') => {
			const [, token] = /\/password-resets\/([\w-]{43})\n$/.exec(output)!;
			const page = await fetch(`${site.url}/password-resets/${token}`);
			expect(page.status).toBe(200);
			expect(page.headers.get('cache-control')).toBe('private, no-store');
			return fetch(`${site.url}/api/password-resets/${token}?_method=PUT`, {
				method: 'POST',
				redirect: 'manual',
				headers: { accept: 'text/html', cookie },
				body: new URLSearchParams({ from: '/', password }),
			});
		};
		const set = await setPassword(created.output, 'five tiles in a row');
		expect([set.status, set.headers.get('location')]).toEqual([303, '/']);
		const cookie = set.headers.getSetCookie()[0]!.split(';')[0]!;
		const whoAmI = () => fetch(`${site.url}/api/me`, { headers: { cookie } });
		expect(await (await whoAmI()).json()).toMatchObject({ handle: 'admin', role: 'host' });
		const [, spent] = /(\/password-resets\/[\w-]{43})\n$/.exec(created.output)!;
		expect((await fetch(site.url + spent)).status).toBe(410);

		const lost = await member('password', 'admin');
		expect((await whoAmI()).status).toBe(200);
		const weak = await setPassword(lost.output, 'aaaaaaaaaa');
		expect(weak.status).toBe(422);
		expect(await weak.text()).toContain('This repeats itself');
		expect((await setPassword(lost.output, 'six tiles in a row')).status).toBe(303);
		expect((await whoAmI()).status).toBe(401);
		const taken = await member('create', 'ADMIN', '--email', 'c@d.example');
		expect(taken).toEqual({ code: 1, output: 'This handle is taken. Choose another.\n' });
		expect(site.complaints()).toEqual([]);
	}, 120_000);

	test('a link leads where a server that runs says the site is, or tells that none has said it', async () => {
		const site = await open({ SEED: 'none', ORIGIN: 'https://forum.example' });
		const find = async (own: Record<string, string> = {}) => {
			const settings = { DATA_DIR: site.dataDir, ...own };
			const { output } = await run('server/command.js', ['member', 'password', 'lost'], settings);
			return output.replace(/[\w-]{43}\n$/, '…');
		};
		await new Participant(site.url, 'lost').signUp();
		const sentence = 'Whoever opens this link within a day sets the password of lost, once';
		expect(await find()).toBe(`${sentence}:\nhttps://forum.example/password-resets/…`);
		const own = await find({ ORIGIN: 'https://own.example' });
		expect(own).toBe(`${sentence}:\nhttps://own.example/password-resets/…`);

		// its PostgreSQL lives on, where another role answers in its place
		await site.stop('SIGKILL');
		const address = new URL(await site.readDatabaseUrl());
		address.username = 'postgres';
		const other = new pg.Client({ connectionString: address.href });
		// ends with the PostgreSQL, which the last command shuts down
		other.on('error', () => {});
		await other.connect();
		let asked = 0;
		other.on('notification', ({ payload }) => {
			const [{ id }] = JSON.parse(payload!);
			const answer = `${id} origin https://evil.example`;
			void other.query(`select pg_notify('weigh_in_location', $1)`, [answer]).then(() => asked++);
		});
		await other.query('listen weigh_in_live');
		expect(await find({ PORT: '3210' })).toBe(
			`${sentence}. No server has said where it is: set ORIGIN to the address of the site if this is not it:\nhttp://127.0.0.1:3210/password-resets/…`,
		);
		expect(asked).toBe(1);
	}, 120_000);

	test('seed refuses where there is content', async () => {
		const { code, output } = await run('server/command.js', ['seed'], settings);
		expect({ code, output }).toEqual({
			code: 1,
			output: 'There is content here already. Nothing was changed.\n',
		});
	});

	test('migrate and seed work on an empty folder, and leave no PostgreSQL running', async () => {
		const folder = await makeFolder();
		const migrated = await run('server/command.js', ['migrate'], { DATA_DIR: folder });
		expect(migrated).toEqual({ code: 0, output: 'The database has the current schema.\n' });
		expect(await findDatabase(folder)).toBeUndefined();
		const seeded = await run('server/command.js', ['seed'], { DATA_DIR: folder });
		const password = (await readFile(path.join(folder, 'demo-host-password'), 'utf8')).trim();
		expect(seeded.code).toBe(0);
		expect(seeded.output).toContain('The installation is filled.');
		expect(seeded.output).toContain(`host@weigh-in.example, password ${password}`);
		expect(await findDatabase(folder)).toBeUndefined();
		const again = await run('server/command.js', ['seed'], { DATA_DIR: folder });
		expect(again.code).toBe(1);
	}, 120_000);

	test('a setting that cannot be used is named', async () => {
		const { code, output } = await run('server/command.js', ['migrate'], {
			...settings,
			PORT: 'x',
		});
		expect(code).toBe(1);
		expect(output).toContain('PORT: expected a whole number from 0 to 65535');
	});
});
