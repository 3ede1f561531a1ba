import { execFile, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEncoder, type Encoder } from '../server/images/encoding.ts';
import { drawPicture } from './support/pictures.ts';

let encoder: Encoder;
beforeAll(() => {
	encoder = createEncoder();
});
afterAll(() => encoder.close());

const encode = (file: Buffer) => encoder.encode({ file, shape: 'story' });
const refuses = (file: Buffer, status: number, message: RegExp) =>
	expect(encode(file)).rejects.toMatchObject({ status, message: expect.stringMatching(message) });

/** The processes that encode for another, by default for this one. */
async function listEncoders(server = process.pid): Promise<number[]> {
	const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,args=']);
	return stdout
		.split('\n')
		.map((line) => line.trim().split(/\s+/))
		.filter(
			([, parent, ...args]) => Number(parent) === server && /encoder\.ts/.test(args.join(' ')),
		)
		.map(([pid]) => Number(pid));
}

const fill = (width: number, height: number) =>
	sharp({
		create: { width, height, channels: 3, background: '#357' },
		limitInputPixels: false,
	});

/** A GIF, WebP or PNG whose frames are each in one colour. */
async function drawFrames(count: number, { width = 20, height = 10 } = {}) {
	const frames = await Promise.all(
		Array.from({ length: count }, (_, n) =>
			sharp({
				create: {
					width,
					height,
					channels: 3,
					background: { r: (n * 37) % 256, g: n % 256, b: 90 },
				},
			})
				.png()
				.toBuffer(),
		),
	);
	return sharp(frames, { join: { animated: true }, limitInputPixels: false });
}

describe('a picture is bounded before it is decoded', () => {
	test('of 25 megapixels it is taken, of one row more it is not', async () => {
		const { width, height } = await encode(await fill(5000, 5000).jpeg().toBuffer());
		expect([width, height]).toEqual([1600, 1600]);
		await refuses(await fill(5000, 5001).jpeg().toBuffer(), 422, /25 megapixels/);
	});

	test('a small file of 49 megapixels is refused by its head', async () => {
		const file = await fill(7000, 7000).avif({ effort: 0 }).toBuffer();
		expect(file.length).toBeLessThan(5_000);
		await refuses(file, 422, /25 megapixels/);
	});

	test('a strip of one row is taken', async () => {
		const { width, height } = await encode(await fill(60_000, 1).png().toBuffer());
		expect([width, height]).toEqual([1600, 1]);
	});

	test('all frames count together', async () => {
		const frames = await drawFrames(26, { width: 1000, height: 1000 });
		await refuses(await frames.gif({ effort: 1 }).toBuffer(), 422, /too long/);
	});
});

describe('what moves', () => {
	test.each(['gif', 'webp'] as const)('moves on, from a %s', async (format) => {
		const file = await (
			await drawFrames(3)
		)
			.toFormat(format, { delay: [100, 200, 300] })
			.toBuffer();
		const { data, width, height } = await encode(file);
		expect([width, height]).toEqual([20, 10]);
		const { pages, delay } = await sharp(data).metadata();
		expect([pages, delay]).toEqual([3, [100, 200, 300]]);
	});

	test('and would stand still here is refused', async () => {
		const png = await drawPicture({ format: 'png' });
		const chunk = Buffer.from('000000086163544c000000020000000000000000', 'hex');
		const afterHead = 8 + 25;
		const moving = Buffer.concat([png.subarray(0, afterHead), chunk, png.subarray(afterHead)]);
		await refuses(moving, 415, /stand still/);
		const avif = await drawPicture({ format: 'avif' });
		avif.write('avis', 8, 'latin1');
		await refuses(avif, 415, /./);
	});
});

/** A JPEG whose last header of a scan ends as some cameras write it: Se = 0, AhAl = 1. */
function writeAsCamera(jpeg: Buffer): Buffer {
	const scan = jpeg.indexOf(Buffer.from([0xff, 0xda]));
	const end = scan + 2 + jpeg.readUInt16BE(scan + 2);
	const written = Buffer.from(jpeg);
	written[end - 2] = 0;
	written[end - 1] = 1;
	return written;
}

test('a JPEG is taken as some cameras write it, and half of one is not', async () => {
	const jpeg = await drawPicture();
	const { width, height } = await encode(writeAsCamera(jpeg));
	expect([width, height]).toEqual([400, 200]);
	await refuses(jpeg.subarray(0, -60), 422, /damaged/);
});

test('the process that decodes dies alone: its picture is refused, the next one is taken', async () => {
	await encode(await drawPicture());
	const [pid] = await listEncoders();
	const large = await fill(5000, 5000).avif({ effort: 0 }).toBuffer();
	const answers = [refuses(large, 422, /takes too much/), encode(await drawPicture())];
	setTimeout(() => process.kill(pid!, 'SIGKILL'), 50);
	await Promise.all(answers);
	const [next, ...others] = await listEncoders();
	expect(next).not.toBe(pid);
	expect(others).toEqual([]);
});

test.each([
	['memory', { memory: 150 * 1024 * 1024, workMs: 20_000 }],
	['work', { memory: 800 * 1024 * 1024, workMs: 300 }],
])(
	'a picture that takes too much %s ends the process, and the next one has another',
	async (_what, limits) => {
		const bounded = createEncoder(limits);
		try {
			const small = { file: await drawPicture(), shape: 'avatar' } as const;
			await bounded.encode(small);
			const large = await fill(5000, 5000).avif({ effort: 0 }).toBuffer();
			await expect(bounded.encode({ file: large, shape: 'story' })).rejects.toMatchObject({
				status: 422,
				message: expect.stringMatching(/takes too much/),
			});
			expect((await bounded.encode(small)).width).toBe(256);
		} finally {
			bounded.close();
		}
	},
);

test('it knows nothing of the settings', async () => {
	await encode(await drawPicture());
	const [pid] = await listEncoders();
	const names = (await readFile(`/proc/${pid}/environ`, 'latin1'))
		.split('\0')
		.map((line) => line.split('=')[0]);
	expect(names.filter(Boolean)).toEqual([
		'MALLOC_ARENA_MAX',
		'NODE_CHANNEL_FD',
		'NODE_CHANNEL_SERIALIZATION_MODE',
	]);
});

test('of many at once the first are taken and the others told to come again', async () => {
	const file = await drawPicture({ width: 4, height: 4 });
	const answers = await Promise.allSettled(Array.from({ length: 30 }, () => encode(file)));
	const refused = answers.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
	expect(refused.map(({ reason }) => [reason.status, reason.retryAfter])).toEqual(
		Array.from({ length: 10 }, () => [503, 5]),
	);
});

test('closed, it leaves no process behind', async () => {
	const other = createEncoder();
	const before = await listEncoders();
	await other.encode({ file: await drawPicture(), shape: 'avatar' });
	expect((await listEncoders()).length).toBe(before.length + 1);
	const underWay = other.encode({
		file: await drawPicture({ width: 3000, height: 3000 }),
		shape: 'story',
	});
	other.close();
	await expect(underWay).rejects.toMatchObject({ status: 503 });
	await expect.poll(() => listEncoders()).toEqual(before);
});

test('it ends with a server that is killed, in the middle of a picture', async () => {
	const module = JSON.stringify(new URL('../server/images/encoding.ts', import.meta.url));
	const file = join(tmpdir(), `weigh-in-picture-${process.pid}.avif`);
	await fill(5000, 5000).avif({ effort: 0 }).toFile(file);
	const code = `
		const { createEncoder } = await import(${module});
		const file = await (await import('node:fs/promises')).readFile(${JSON.stringify(file)});
		await createEncoder().encode({ file, shape: 'story' });`;
	const server = spawn(process.execPath, ['--input-type=module', '--eval', code], {
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	try {
		await expect.poll(() => listEncoders(server.pid), { timeout: 10_000 }).toHaveLength(1);
		const [pid] = await listEncoders(server.pid);
		await expect.poll(() => readWork(pid!), { timeout: 20_000 }).toBeGreaterThan(100);
		server.kill('SIGKILL');
		await expect.poll(() => readWork(pid!)).toBe(0);
	} finally {
		server.kill('SIGKILL');
		await rm(file, { force: true });
	}
});

/** Time of the processor that a process has had, in hundredths of a second; 0 where there is none. */
async function readWork(pid: number): Promise<number> {
	const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return fields[0] === 'Z' ? 0 : Number(fields[11] ?? 0);
}
