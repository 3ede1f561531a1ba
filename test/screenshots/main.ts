import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser, type Visitor } from '../support/browser.ts';
import { drawGallery, type Picture } from './gallery.ts';
import { listScenes, type Scene } from './scenes.ts';
import { setStage, type Stage } from './stage.ts';

const usage = `Usage: npm run screenshots -- [<words of a name> …]

Starts a demo community and an empty installation, takes every page and state at 390 and 1280 px, light and
dark, and writes them with a gallery to screenshots/. With words, only the scenes whose name has one of them.`;

const folder = path.resolve(import.meta.dirname, '../../screenshots');
const widths = [390, 1280];
const schemes = ['light', 'dark'] as const;
/** A4 less its margins, in px */
const paper = { width: 680, height: 960 };

const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'])
	process.on(signal, () => stopping.abort(new Error('Stopped before the end.')));

try {
	const words = readWords();
	if (words) await takeAll(words);
} catch (error) {
	console.error(stopping.signal.aborted ? (error as Error).message : error);
	process.exitCode = stopping.signal.aborted ? 130 : 1;
}

function readWords(): string[] | undefined {
	try {
		const { values, positionals } = parseArgs({
			allowPositionals: true,
			options: { help: { type: 'boolean', short: 'h' } },
		});
		if (values.help) return void console.log(usage);
		return positionals.map((word) => word.toLowerCase());
	} catch (error) {
		console.error(`${(error as Error).message}\n\n${usage}`);
		process.exitCode = 2;
	}
}

async function takeAll(words: string[]): Promise<void> {
	const browser = await openBrowser();
	let stage: Stage | undefined;
	try {
		stage = await setStage(browser);
		const scenes = listScenes(stage).filter(
			({ name }) =>
				words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
		);
		if (words.length === 0) await rm(folder, { recursive: true, force: true });
		await mkdir(folder, { recursive: true });
		const pictures = await takeScenes(stage, scenes);
		await writeFile(path.join(folder, 'index.html'), drawGallery(pictures));
		console.log(`${pictures.length} pictures are in ${path.join(folder, 'index.html')}.`);
		const wide = pictures.filter(({ isTooWide }) => isTooWide);
		for (const { file } of wide) console.log(`${file} scrolls sideways.`);
		if (wide.length > 0) process.exitCode = 1;
	} finally {
		await stage?.close();
		await browser.close();
	}
}

async function takeScenes(stage: Stage, scenes: Scene[]): Promise<Picture[]> {
	const pictures: Picture[] = [];
	for (const scene of scenes) {
		for (const width of scene.isPrint ? [paper.width] : widths) {
			stopping.signal.throwIfAborted();
			const visitor = await stage.open(scene.who, { width, isEmpty: scene.isEmpty });
			try {
				pictures.push(...(await take(visitor, scene, width)));
			} catch (error) {
				throw new Error(`“${scene.name}” at ${width} px cannot be taken.`, { cause: error });
			} finally {
				await visitor.close();
			}
		}
		console.log(scene.name);
	}
	return pictures;
}

async function take({ page }: Visitor, scene: Scene, width: number): Promise<Picture[]> {
	const pictures: Picture[] = [];
	await page.goto(scene.path, { waitUntil: 'networkidle' });
	await scene.act?.(page, width);
	if (scene.isPrint) await page.emulateMedia({ media: 'print' });
	await showImages(page);
	if (!scene.isWindow) await hideBar(page);
	for (const scheme of scene.isPrint ? (['light'] as const) : schemes) {
		await page.emulateMedia({ colorScheme: scheme });
		const name = scene.name.toLowerCase().replaceAll(/\W+/g, '-');
		const file = `${name}-${scene.isPrint ? 'print' : `${width}-${scheme}`}.png`;
		await page.screenshot({
			path: path.join(folder, file),
			fullPage: !scene.isWindow,
			animations: 'disabled',
		});
		const isTooWide = await page.evaluate(
			() => document.documentElement.scrollWidth > document.documentElement.clientWidth,
		);
		pictures.push({ name: scene.name, file, width, scheme, isTooWide });
	}
	return pictures;
}

/** Those far below the window are loaded late, and a picture of the whole page shows them. */
async function showImages(page: Page): Promise<void> {
	await page.evaluate(() =>
		Promise.all(
			[...document.images].map((image) => {
				image.loading = 'eager';
				return image.decode().catch(() => {});
			}),
		),
	);
}

/** What stands at the edge of a phone's window would stand in the middle of the page. */
async function hideBar(page: Page): Promise<void> {
	await page.getByRole('navigation', { name: 'Site', exact: true }).evaluateAll((bars) =>
		bars
			.filter((bar) => getComputedStyle(bar).position === 'fixed')
			.forEach((bar) => bar.setAttribute('style', 'visibility: hidden')),
	);
}
