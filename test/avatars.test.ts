import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { drawPicture, fileForm } from './support/pictures.ts';
import { closeSite, expectProblem, read, reply, tell } from './support/scenes.ts';

let dataDir: string;
let site: TestApp;
let host: Client;
let member: Client;

beforeAll(async () => {
	dataDir = await mkdtemp(join(tmpdir(), 'weigh-in-avatars-'));
	site = await createTestApp({ dataDir });
	host = await site.join('host');
	member = await site.join('member');
});
afterAll(async () => {
	await closeSite(site);
	await rm(dataDir, { recursive: true, force: true });
});

const url = '/api/me/avatar';
const put = (client: Client, file: Buffer) =>
	client.send({ method: 'PUT', url, ...fileForm(file) });
const browserHeaders = { accept: 'text/html', 'sec-fetch-site': 'same-origin' };

/** Sends the form that is on a member's own page, as whoever is signed in. */
async function sendForm(client: Client, file: Buffer, address = `${url}?_method=PUT`) {
	const { payload, headers } = fileForm(file);
	return client.send({
		method: 'POST',
		url: address,
		payload,
		headers: { ...headers, ...browserHeaders },
	});
}

test('a picture becomes a square from its middle and is beside all that its member wrote', async () => {
	const story = await tell(member);
	expect(story.author.avatar).toBeNull();
	const response = await put(member, await drawPicture({ width: 900, height: 300 }));
	expect(response.statusCode, response.body).toBe(200);
	const { avatar } = response.json();
	expect(avatar).toMatch(/^\/images\/[\w-]{22}\.webp$/);
	expect((await member.get('/api/me')).json().avatar).toBe(avatar);
	const shown = await site.reader.get(avatar);
	const { width, height } = await sharp(shown.rawPayload).metadata();
	expect([width, height]).toEqual([256, 256]);
	const { data, info } = await sharp(shown.rawPayload).raw().toBuffer({ resolveWithObject: true });
	const pixel = (x: number) => [...data.subarray((128 * 256 + x) * info.channels).subarray(0, 3)];
	expect(pixel(10)[0]).toBeGreaterThan(200);
	expect(pixel(245)[2]).toBeGreaterThan(200);

	await host.put(`/api/posts/${story.id}/feature`, { note: 'Look.' });
	const answer = await reply(member, story);
	expect(answer.author.avatar).toBe(avatar);
	const { author, feature } = await read(site.reader, story.id);
	expect([author.avatar, feature!.by.avatar]).toEqual([avatar, null]);
	await put(host, await drawPicture());
	expect((await read(site.reader, story.id)).feature!.by.avatar).toMatch(/^\/images\//);
	expect((await site.reader.get('/api/threads/ownership')).json().host.avatar).toMatch(/^\/images/);

	expect((await member.delete(url)).statusCode).toBe(204);
	expect((await member.delete(url)).statusCode).toBe(204);
	expect((await read(site.reader, story.id)).author.avatar).toBeNull();
});

/** Where the form of a page sends a picture. */
function readAddress({ body }: { body: string }): string {
	const [, address] = /action="(\/api\/me\/avatar\?_method=PUT[^"]*)"/.exec(body)!;
	return address!.replaceAll('&amp;', '&');
}

test('a form without JavaScript sets it and takes it away, and says what is wrong', async () => {
	const page = '/members/member?sort=new';
	const address = readAddress(await member.visit(page));
	expect((await host.visit(page)).body).not.toContain(`action="${url}`);
	const set = await sendForm(member, await drawPicture(), address);
	expect([set.statusCode, set.headers.location]).toEqual([303, page]);
	const { avatar } = (await member.get('/api/me')).json();
	expect((await site.reader.visit(page)).body).toContain(`src="${avatar}"`);

	const refused = await sendForm(member, Buffer.from('no picture'), address);
	expect(refused.statusCode).toBe(415);
	expect(refused.body).toContain('This file is no picture that can be shown here.');
	expect(readAddress(refused)).toBe(address);
	const none = await sendForm(member, Buffer.alloc(0), address);
	expect([none.statusCode, none.body.includes('Choose one.')]).toEqual([422, true]);
	expect((await member.get('/api/me')).json().avatar).toBe(avatar);

	const taken = await member.form(`${url}?_method=DELETE`, { from: page });
	expect([taken.statusCode, taken.headers.location]).toEqual([303, page]);
	expect((await member.get('/api/me')).json().avatar).toBeNull();
});

test('a picture chosen on the page of one account is not another one’s, and the answer says so', async () => {
	const [first, second] = [await site.join('first_face'), await site.join('second_face')];
	const address = readAddress(await first.visit('/members/first_face'));
	const response = await sendForm(second, await drawPicture(), address);
	expect(response.statusCode).toBe(401);
	const shown = response.body.replace(/<script\b[^>]*>[\s\S]*?<\/script>/g, '');
	expect(shown).toContain('Another account is signed in here now');
	for (const client of [first, second])
		expect((await client.get('/api/me')).json().avatar).toBeNull();
	await first.delete('/api/session');
	const signedOut = await sendForm(first, await drawPicture(), address);
	expect([signedOut.statusCode, signedOut.headers.location]).toEqual([
		303,
		'/sign-in?from=%2Fmembers%2Ffirst_face',
	]);
});

test('only a member who may write sets one, and only from this site', async () => {
	const file = await drawPicture();
	expectProblem(await put(site.reader, file), 401);
	expectProblem(await site.reader.delete(url), 401);
	const signedOut = await sendForm(site.reader, file);
	expect([signedOut.statusCode, signedOut.headers.location]).toEqual([303, '/sign-in?from=%2F']);
	await site.join('quiet').then(async (quiet) => {
		await host.put('/api/members/quiet/suspension', { reason: 'Too loud.' });
		expectProblem(await put(quiet, file), 403);
	});
	const { payload, headers } = fileForm(file);
	const foreign = { ...headers, origin: 'https://elsewhere.example' };
	expectProblem(await member.send({ method: 'PUT', url, payload, headers: foreign }), 403);
	expectProblem(await member.put(url, { file: 'x' }), 415);
	expect((await member.get('/api/me')).json().avatar).toBeNull();
});
