import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbedded } from '../db/embedded.ts';
import { migrateDatabase, readSchemas } from '../db/migrate.ts';
import { BackupError } from '../server/backups/contents.ts';
import { restoreBackup } from '../server/backups/restore.ts';
import { writeBackup } from '../server/backups/write.ts';
import { readConfig } from '../server/config.ts';
import { createImageStorage } from '../server/images/storage.ts';
import { Participant } from './community.ts';
import { drawPicture } from './support/pictures.ts';
import { makeDataDir, run, type Site, startSite } from './support/server.ts';

const root = path.resolve(import.meta.dirname, '..');
const folders: string[] = [];
async function makeFolder(): Promise<string> {
	const folder = await makeDataDir();
	folders.push(folder);
	return folder;
}

const backUp = (file: string, settings: Record<string, string>) =>
	run('server/command.js', ['backup', file], settings);
const restore = (file: string, dataDir: string, settings: Record<string, string> = {}) =>
	run('server/command.js', ['restore', file], { DATA_DIR: dataDir, ...settings });

/** The demo community with a member's picture and draft, and a backup of it made while it runs. */
let site: Site;
let file: string;
let cookie: string;
let output: string;
beforeAll(async () => {
	site = await startSite();
	const member = new Participant(site.url, 'keeper');
	await member.signUp();
	({ cookie } = member);
	const form = new FormData();
	form.set(
		'file',
		new Blob([new Uint8Array(await drawPicture())], { type: 'image/jpeg' }),
		'picture.jpg',
	);
	const uploaded = await fetch(`${site.url}/api/images`, {
		method: 'POST',
		headers: { cookie },
		body: form,
	});
	const { url } = (await uploaded.json()) as { url: string };
	await member.send('POST', '/api/threads/ownership/posts', {
		kind: 'story',
		title: 'A picture that is kept',
		body: `What I saw on that day.\n\n![the yard](${url})\n\nAnd what I did about it.`,
	});
	file = path.join(await makeFolder(), 'forum.tar.gz');
	const { code, output: said } = await backUp(file, { DATA_DIR: site.dataDir });
	output = said;
	expect({ code, said }).toMatchObject({ code: 0 });
}, 180_000);
afterAll(async () => {
	await site?.close();
	for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Runs a program of which no file may become larger than a few blocks. */
async function withoutRoom(args: string[], settings: Record<string, string>) {
	const command = 'ulimit -f 16 && exec "$0" "$@"';
	const child = spawn('bash', ['-c', command, process.execPath, ...args], {
		cwd: root,
		env: { ...process.env, ...settings },
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => (output += text));
	const [code] = await once(child, 'close');
	return { code, output };
}

/** All that can be read: every page that a link leads to, and every picture, for a reader or a member. */
async function walk(
	url: string,
	{ headers, from }: { headers: Record<string, string>; from: string[] },
): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	const waiting = [...from];
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		if (found.has(next)) continue;
		const answer = await fetch(url + next, { headers, redirect: 'manual' });
		const body = Buffer.from(await answer.arrayBuffer()).toString('latin1');
		found.set(next, `${answer.status} ${withoutChance(body, url)}`);
		if (answer.headers.get('content-type')?.includes('html'))
			for (const [, link] of body.matchAll(/(?:href|src)="(\/[^"#]*)/g))
				if (!link!.startsWith('/assets/')) waiting.push(link!.replaceAll('&amp;', '&'));
	}
	return found;
}

/** Takes out the server's address, what is told as a time ago, who reads at the moment, and the keys of forms. */
const withoutChance = (body: string, url: string) =>
	body
		.replaceAll(url, '')
		.replace(/(<time[^>]*>)[^<]*/g, '$1')
		.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '')
		.replace(/"(now|presence|readers)":("[^"]*"|\d+)/g, '');

/** Where two texts part, with what stands before and after. */
function findDifference(one: string, other = ''): string[] | null {
	if (one === other) return null;
	let at = 0;
	while (one[at] === other[at]) at++;
	return [one, other].map((text) => text.slice(Math.max(0, at - 120), at + 120));
}

test('a backup of a server that runs is one file for its owner, and says what is in it', async () => {
	expect((await stat(file)).mode & 0o777).toBe(0o600);
	expect(output).toMatch(/rows of \d+ tables, and 1 pictures\.\n$/);
	expect(await readdir(path.dirname(file))).toEqual(['forum.tar.gz']);
	expect(site.complaints()).toEqual([]);
});

test('a restored forum answers every page with the same bytes, to readers and to who is signed in', async () => {
	const visits: { headers: Record<string, string>; from: string[] }[] = [
		{ headers: {}, from: ['/', '/api/openapi.json', '/api/threads', '/api/posts/1/replies'] },
		{ headers: { cookie }, from: ['/', '/api/me', '/settings'] },
	];
	const before: Map<string, string>[] = [];
	for (const visit of visits) before.push(await walk(site.url, visit));
	expect(before[0]!.size).toBeGreaterThan(100);
	expect([...before[0]!.keys()].some((link) => /^\/images\/.*webp$/.test(link))).toBe(true);
	await site.stop();
	const kept = `${site.dataDir}-before`;
	folders.push(kept);
	await mkdir(kept);
	for (const name of await readdir(site.dataDir))
		await rename(path.join(site.dataDir, name), path.join(kept, name));
	expect(await restore(file, site.dataDir)).toMatchObject({ code: 0 });
	await site.start();
	for (const [index, visit] of visits.entries()) {
		const after = await walk(site.url, visit);
		expect([...after.keys()].sort()).toEqual([...before[index]!.keys()].sort());
		for (const [link, body] of before[index]!)
			expect(findDifference(body, after.get(link)), link).toBeNull();
	}
	expect(await readFile(path.join(site.dataDir, 'demo-host-password'), 'utf8')).toBe(
		await readFile(path.join(kept, 'demo-host-password'), 'utf8'),
	);
	const next = new Participant(site.url, 'after_it');
	await next.signUp();
	expect(site.complaints()).toEqual([]);
}, 240_000);

test('a backup of an older schema is restored to the present one, with all that was in it', async () => {
	const dataDir = await makeFolder();
	const embedded = await startEmbedded({ dataDir, hold: true, log: { info() {}, error() {} } });
	const old = path.join(await makeFolder(), 'old.tar.gz');
	try {
		await migrateDatabase(embedded.url, { until: readSchemas()[1]! });
		const client = new pg.Client({ connectionString: embedded.url });
		await client.connect();
		await client.query(`
			insert into accounts (handle, name, email, password_hash, role) values
				('old_host', 'Old Host', 'old@host.example', '', 'host'), ('reader', 'Reader', 'r@r.example', '', 'member');
			insert into threads (slug, question, introduction, introduction_html, host_id, definition_count, reply_count, member_count)
				values ('ownership', 'Whose is it?', 'Say.', '<p>Say.</p>', 1, 1, 1, 2);
			insert into posts (thread_id, answer_id, parent_id, depth, kind, author_id, body, html, score, reply_count) values
				(1, 1, null, 0, 'definition', 1, 'What I answer for.', '<p>What I answer for.</p>', 1, 1),
				(1, 1, 1, 1, 'reply', 2, 'And mend.', '<p>And mend.</p>', 0, 0);
			insert into upvotes values (1, 2, 1);
			insert into participants values (1, 1, 1), (1, 2, 1)`);
		await client.end();
		await writeBackup(
			{
				url: embedded.url,
				storage: createImageStorage({ ...readConfig({}), dataDir }),
				dataDir,
				files: [],
			},
			{ file: old, onProgress: () => {}, signal: new AbortController().signal },
		);
	} finally {
		await embedded.stop();
	}
	const folder = await makeFolder();
	expect(await restore(old, folder)).toMatchObject({ code: 0 });
	const restored = await startSite({ DATA_DIR: folder });
	const read = async (address: string) => (await fetch(restored.url + address)).json();
	expect(await read('/api/posts/1')).toMatchObject({
		body: 'What I answer for.',
		score: 1,
		replyCount: 1,
		author: { handle: 'old_host' },
	});
	expect(await read('/api/posts/1/replies')).toMatchObject({ items: [{ body: 'And mend.' }] });
	expect(restored.complaints()).toEqual([]);
}, 120_000);

describe('a restore that cannot be is said in a sentence, and leaves the folder as it was', () => {
	/** Changes a copy of the backup. */
	async function change(make: (data: Buffer) => Buffer): Promise<string> {
		const changed = path.join(await makeFolder(), 'changed.tar.gz');
		await writeFile(changed, make(await readFile(file)));
		return changed;
	}
	/** Writes other words of the same length into the archive, its checksums left as they are. */
	const edit = (from: RegExp, to: (found: string) => string) => (data: Buffer) =>
		gzipSync(Buffer.from(gunzipSync(data).toString('latin1').replace(from, to), 'latin1'));

	test.each([
		['cut off', (data: Buffer) => data.subarray(0, data.length - 1000), /damaged|not whole/],
		['cut off at once', (data: Buffer) => data.subarray(0, 5), /damaged/],
		['empty', () => Buffer.alloc(0), /damaged|not whole/],
		[
			'another kind of file',
			() => Buffer.from('-- PostgreSQL database dump'),
			/no backup of Weigh-In/,
		],
		[
			'a bit turned',
			(data: Buffer) => {
				const copy = Buffer.from(data);
				copy[data.length >> 1]! ^= 4;
				return copy;
			},
			/damaged/,
		],
		['a word changed', edit(/ownership/, () => 'ownerSHIP'), /checksums/],
		[
			'an end without its beginning',
			(data: Buffer) => gzipSync(gunzipSync(data).subarray(-20_480)),
			/damaged/,
		],
		['a newer schema', edit(/"schema":\d/, () => '"schema":9'), /newer version of Weigh-In/],
		['a newer format', edit(/"format":1/, () => '"format":2'), /newer version of Weigh-In/],
		[
			'a schema that never was',
			edit(
				/"schema":(\d{12})\d/,
				(found) => found.slice(0, -1) + (found.at(-1) === '1' ? '2' : '1'),
			),
			/not known here|newer/,
		],
		[
			'a path that leads out',
			edit(/images\/(.{20})/, () => `images/../../../../../../..`),
			/damaged/,
		],
	])(
		'%s',
		async (_name, make, sentence) => {
			const dataDir = await makeFolder();
			const restoring = restoreBackup(readConfig({ DATA_DIR: dataDir }), {
				file: await change(make),
				onProgress: () => {},
				signal: new AbortController().signal,
			});
			await expect(restoring).rejects.toThrow(sentence);
			await expect(restoring).rejects.toBeInstanceOf(BackupError);
			expect(await readdir(dataDir)).toEqual([]);
		},
		60_000,
	);

	test('a file that is not there, a folder, and a folder that is not empty', async () => {
		const folder = await makeFolder();
		const missing = await restore('/nowhere/forum.tar.gz', folder);
		expect(missing).toMatchObject({
			code: 1,
			output: expect.stringContaining('There is no such file or folder: /nowhere/forum.tar.gz.'),
		});
		const none = await restore(folder, folder);
		expect(none).toMatchObject({
			code: 1,
			output: expect.stringContaining('is a folder, not a file'),
		});
		await writeFile(path.join(folder, 'notes.txt'), 'mine');
		const full = await restore(file, folder);
		expect(full).toMatchObject({
			code: 1,
			output: expect.stringContaining('is not empty, and nothing was changed'),
		});
		expect(await readdir(folder)).toEqual(['notes.txt']);
		const remote = await restore(file, folder, {
			DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
		});
		expect(remote).toMatchObject({
			code: 1,
			output: expect.stringContaining('DATABASE_URL is set'),
		});
	}, 60_000);

	test('a kill in the middle leaves no forum there, and the next restore goes through', async () => {
		const folder = await makeFolder();
		const child = spawn(process.execPath, ['server/command.js', 'restore', file], {
			cwd: root,
			env: { ...process.env, DATA_DIR: folder },
			stdio: 'ignore',
		});
		const draft = async () =>
			(await readdir(folder).catch(() => [])).find((name) => name.startsWith('.restore-'));
		const isRunning = async () => {
			const name = await draft();
			return (
				name && stat(path.join(folder, name, 'postgresql/cluster/postmaster.pid')).catch(() => null)
			);
		};
		while (!(await isRunning())) await sleep(5);
		child.kill('SIGKILL');
		await once(child, 'exit');
		expect((await readdir(folder)).filter((name) => !name.startsWith('.restore-'))).toEqual([]);
		expect(await restore(file, folder)).toMatchObject({ code: 0 });
		expect((await readdir(folder)).sort()).toEqual(['demo-host-password', 'images', 'postgresql']);
	}, 90_000);

	test('a disk without room for its database', async () => {
		const folder = await makeFolder();
		const { code, output: said } = await withoutRoom(['server/command.js', 'restore', file], {
			DATA_DIR: folder,
		});
		expect({ code, said }).toEqual({
			code: 1,
			said: expect.stringMatching(/could not be created in .*: initdb was ended by SIGXFSZ\n$/),
		});
		expect(await readdir(folder)).toEqual([]);
	}, 60_000);
});

describe('a backup that cannot be is said in a sentence, and leaves no file', () => {
	test.each([
		['a folder that is not there', '/nowhere/at/all.tar.gz', /There is no such file or folder/],
		['a file as a folder', '/etc/passwd/forum.tar.gz', /file, not a folder/],
	])('%s', async (_name, target, sentence) => {
		const { code, output: said } = await backUp(target, { DATA_DIR: site.dataDir });
		expect(code).toBe(1);
		expect(said).toMatch(sentence);
		expect(said).not.toContain('    at ');
	});

	test('more bytes than the disk takes', async () => {
		const folder = await makeFolder();
		const target = path.join(folder, 'forum.tar.gz');
		const { code, output: said } = await withoutRoom(['server/command.js', 'backup', target], {
			DATA_DIR: site.dataDir,
		});
		expect({ code, said }).toEqual({
			code: 1,
			said: expect.stringMatching(`${target} became larger than its disk allows\\.\n$`),
		});
		expect(await readdir(folder)).toEqual([]);
	}, 60_000);

	test('a file that is there already is let alone', async () => {
		const size = (await stat(file)).size;
		const { code, output: said } = await backUp(file, { DATA_DIR: site.dataDir });
		expect({ code, said }).toEqual({ code: 1, said: expect.stringContaining('is there already') });
		expect((await stat(file)).size).toBe(size);
	});

	test('a data folder without a database is not made one', async () => {
		const folder = await makeFolder();
		const { code, output: said } = await backUp(path.join(folder, 'x.tar.gz'), {
			DATA_DIR: folder,
		});
		expect({ code, said }).toEqual({
			code: 1,
			said: expect.stringContaining('There is no database in the data folder'),
		});
		expect(await readdir(folder)).toEqual([]);
	});
});

test('backup and restore explain themselves, and name what is wrong with how they are called', async () => {
	for (const name of ['backup', 'restore']) {
		const call = (...args: string[]) => run('server/command.js', [name, ...args], {});
		const help = await call('--help');
		expect(help).toEqual({ code: 0, output: expect.stringMatching(`^Usage: npm run ${name}`) });
		for (const args of [[], ['one', 'two']])
			expect(await call(...args)).toEqual({
				code: 2,
				output: expect.stringContaining('Expected: the name of one file.'),
			});
	}
}, 120_000);
