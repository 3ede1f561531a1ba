import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { closeAtEnd } from './closing.ts';

const patience = 20_000;

/** On top of what Puppeteer sets to keep Firefox from updating and reporting. */
const quiet = {
	'app.normandy.enabled': false,
	'datareporting.policy.dataSubmissionEnabled': false,
	'network.captive-portal-service.enabled': false,
	'network.connectivity-service.enabled': false,
	'toolkit.telemetry.unified': false,
};

/** The path of the Firefox at `FIREFOX_PATH`, else of an installed one that runs; undefined where there is none. */
export async function findFirefox(): Promise<string | undefined> {
	if (process.env.FIREFOX_PATH) return process.env.FIREFOX_PATH;
	const folders = (process.env.PATH ?? '').split(path.delimiter);
	for (const file of folders.flatMap((folder) => [
		path.join(folder, 'firefox-esr'),
		path.join(folder, 'firefox'),
	])) {
		const canRun = await promisify(execFile)(file, ['--version']).then(
			() => true,
			() => false,
		);
		if (canRun) return file;
	}
	return undefined;
}

/** Starts a Firefox without a window, driven over WebDriver BiDi. */
export const openFirefox = (
	executablePath: string,
	preferences: Record<string, string | number | boolean> = {},
): Promise<Browser> =>
	closeAtEnd(
		launch({
			browser: 'firefox',
			executablePath,
			headless: true,
			extraPrefsFirefox: { ...quiet, ...preferences },
		}),
	);

/** Someone with cookies and stores of their own, and what their scripts complained of. */
export type FirefoxVisitor = {
	page: Page;
	/** console warnings and errors, and uncaught errors */
	complaints: string[];
	/** Takes what happened on purpose out of the complaints. */
	excuse(pattern: RegExp): void;
	close(): Promise<void>;
};

export async function visitInFirefox(browser: Browser): Promise<FirefoxVisitor> {
	const context = await browser.createBrowserContext();
	const page = await context.newPage();
	page.setDefaultTimeout(patience);
	await page.setViewport({ width: 1280, height: 800 });
	const complaints: string[] = [];
	page.on('console', (message) => {
		if (['warn', 'error'].includes(message.type()))
			complaints.push(`console ${message.type()}: ${message.text()} ${message.location().url}`);
	});
	page.on('pageerror', (error) => complaints.push(`uncaught: ${String(error)}`));
	const excuse = (pattern: RegExp) => {
		complaints.splice(0, Infinity, ...complaints.filter((complaint) => !pattern.test(complaint)));
	};
	return { page, complaints, excuse, close: () => context.close() };
}
