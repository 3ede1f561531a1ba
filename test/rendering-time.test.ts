import { afterAll, beforeAll, expect, test } from 'vitest';
import { TooMany } from '../server/errors.ts';
import { RenderingTime } from '../server/posts/rendering-time.ts';
import { calibrate } from './bounds/measure.ts';
import { createRandom } from './community.ts';
import { type Client, createTestApp, type TestApp } from './support/app.ts';
import { closeSite, expectProblem, reply, tell } from './support/scenes.ts';

let site: TestApp;
let host: Client;

beforeAll(async () => {
	site = await createTestApp({ rateLimit: true });
	host = await site.join('host');
});
afterAll(() => closeSite(site));

const readCpuMs = () => {
	const { user, system } = process.threadCpuUsage();
	return (user + system) / 1000;
};

const burn = (ms: number) => {
	for (const start = readCpuMs(); readCpuMs() - start < ms;) calibrate();
};

/** Goes through, and takes many times the work of prose. */
const costly = '*[ ](x)*a'.repeat(2222).slice(0, 20_000);

test('what is granted to an account is no more than it may take at once, and one text', () => {
	const time = new RenderingTime({ limited: true });
	const random = createRandom(7);
	for (const accountId of [1, 2]) {
		const start = performance.now();
		let granted = 0;
		let longest = 0;
		for (let isRefused = false; !isRefused;) {
			const ms = random() * 60;
			try {
				time.spend(accountId, () => burn(ms));
				granted += ms;
				longest = Math.max(longest, ms);
			} catch (error) {
				expect(error).toBeInstanceOf(TooMany);
				isRefused = true;
			}
		}
		const regained = ((performance.now() - start) * 1000) / 60_000;
		expect(granted).toBeLessThan(500 + regained + longest);
		expect(granted).toBeGreaterThan(100);
	}
	expect(() => time.spend(3, () => burn(1))).not.toThrow();
});

test('work that fails is counted as well', () => {
	const time = new RenderingTime({ limited: true });
	const fail = () => {
		burn(600);
		throw new Error('refused');
	};
	expect(() => time.spend(1, fail)).toThrow('refused');
	expect(() => time.spend(1, fail)).toThrow(TooMany);
});

test('an account is refused further work once its texts have taken as much as they may, and nobody else', async () => {
	const member = await site.join('member');
	const other = await site.join('other');
	const { id } = await tell(host);
	site.app.context.renderingTime.spend(member.id, () => burn(450));
	const answers = await Promise.all(
		Array.from({ length: 50 }, (_, n) =>
			member.post('/api/threads/ownership/posts', {
				kind: 'story',
				title: `Number ${n}`,
				body: costly,
			}),
		),
	);
	const refused = answers.filter(({ statusCode }) => statusCode === 429);
	expect(answers.some(({ statusCode }) => statusCode === 201)).toBe(true);
	expect(refused.length).toBeGreaterThan(15);
	expectProblem(refused[0]!, 429);
	expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0);
	await reply(other, { id });
});

test('a form that is refused for its work is shown again with what was typed', async () => {
	const member = await site.join('busy');
	const { id } = await tell(host);
	const own = await tell(member);
	site.app.context.renderingTime.spend(member.id, () => burn(2000));
	const form = { body: 'What I had to say.', from: `/posts/${id}` };
	const shown = await member.form(`/api/posts/${id}/replies`, form);
	expect(shown.statusCode).toBe(429);
	expect(shown.body).toContain('What I had to say.');
	expectProblem(await member.patch(`/api/posts/${own.id}`, { body: 'Other words.' }), 429);
	const definition = { kind: 'definition', body: 'Saying when.' };
	expectProblem(await member.post('/api/threads/ownership/posts', definition), 429);
});

test('prose never meets the bound, however much of it is written', async () => {
	const member = await site.join('writer');
	const body = 'Who called the *customer*, and [when](https://example.com) was it said? '.repeat(
		65,
	);
	const { id } = await tell(host);
	for (let n = 0; n < 60; n++) await reply(member, { id }, body);
});
