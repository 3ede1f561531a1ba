import { execFile } from 'node:child_process';
import { lstat, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { closeAtEnd } from './closing.ts';

const require = createRequire(import.meta.url);
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const patience = 20_000;

const quiet = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--no-first-run',
	'--disable-quic',
];

/** The fonts that come along, wherever they were unpacked, and those of the system; without any, Chromium crashes. */
const fontSettings = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
	<dir prefix="relative">fonts</dir>
	<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
`;

type Program = { file: string; environment: Record<string, string> };

/**
 * Starts Chromium without a window: the one at `CHROME_PATH`, else the one that npm brings, or, where that one cannot
 * run, an installed one.
 *
 * @param options.port where other programs may drive it too
 */
export const openBrowser = ({ port }: { port?: number } = {}): Promise<Browser> =>
	closeAtEnd(launchChromium(port));

async function launchChromium(port: number | undefined): Promise<Browser> {
	const { file, environment } = await findChromium();
	return chromium.launch({
		executablePath: file,
		args: port === undefined ? quiet : [...quiet, `--remote-debugging-port=${port}`],
		env: { ...(process.env as Record<string, string>), ...environment },
	});
}

async function findChromium(): Promise<Program> {
	if (process.env.CHROME_PATH) return { file: process.env.CHROME_PATH, environment: {} };
	for (const program of [...(await listPinned()), ...listInstalled()])
		if (await canRun(program)) return program;
	throw new Error('No Chromium runs here. Install Chrome or Chromium, or name one in CHROME_PATH.');
}

/** The Chromium of @sparticuz/chromium with the libraries of the system, and with its own. */
async function listPinned(): Promise<Program[]> {
	if (process.platform !== 'linux' || process.arch !== 'x64') return [];
	const folder = await unpackChromium();
	const file = path.join(folder, 'chromium');
	const fonts = { FONTCONFIG_PATH: path.join(folder, 'fonts') };
	const libraries = { LD_LIBRARY_PATH: path.join(folder, 'al2023/lib') };
	return [fonts, { ...fonts, ...libraries }].map((environment) => ({ file, environment }));
}

function listInstalled(): Program[] {
	const folders = (process.env.PATH ?? '').split(path.delimiter);
	return [
		...folders.flatMap((folder) => names.map((name) => path.join(folder, name))),
		'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	].map((file) => ({ file, environment: {} }));
}

async function canRun({ file, environment }: Program): Promise<boolean> {
	const found = await lstat(file).catch(() => null);
	if (!found) return false;
	const env = { ...process.env, ...environment };
	return promisify(execFile)(file, ['--version'], { env }).then(
		() => true,
		() => false,
	);
}

/**
 * Unpacks the Chromium of @sparticuz/chromium into a folder that belongs to this user alone, once for each
 * version. The package itself would take any file of the right name in the shared temporary folder.
 */
async function unpackChromium(): Promise<string> {
	const entry = require.resolve('@sparticuz/chromium');
	const { version } = require(path.join(path.dirname(entry), '../package.json')) as {
		version: string;
	};
	const user = process.getuid?.() ?? 0;
	const folder = path.join(tmpdir(), `weigh-in-browser-${version}-${user}`);
	if (await isOurs(folder)) return folder;
	const draft = await mkdtemp(`${folder}.`);
	const { default: packed, inflate } = await import('@sparticuz/chromium');
	const { TMPDIR } = process.env;
	process.env.TMPDIR = draft;
	try {
		await packed.executablePath();
		await inflate(path.join(path.dirname(entry), '../bin/al2023.tar.br'));
		await writeFile(path.join(draft, 'fonts/fonts.conf'), fontSettings);
	} finally {
		if (TMPDIR === undefined) delete process.env.TMPDIR;
		else process.env.TMPDIR = TMPDIR;
	}
	try {
		await rename(draft, folder);
		return folder;
	} catch {
		if (!(await isOurs(folder))) return draft;
		await rm(draft, { recursive: true, force: true });
		return folder;
	}
}

async function isOurs(folder: string): Promise<boolean> {
	const found = await lstat(folder).catch(() => null);
	return (
		found !== null &&
		found.isDirectory() &&
		found.uid === process.getuid?.() &&
		!(found.mode & 0o077)
	);
}

/** Someone at a browser of their own, and what that browser complained of. */
export type Visitor = {
	page: Page;
	/** console warnings and errors, uncaught errors and failed requests */
	complaints: string[];
	/** `GET /path` of every request but those for assets, the time and keeping drafts, sockets aside */
	requests: string[];
	/** Takes what happened on purpose out of the complaints. */
	excuse(pattern: RegExp): void;
	/** Waits until the document’s scripts run and it follows its thread. */
	untilLive(): Promise<void>;
	close(): Promise<void>;
};

type Circumstances = {
	javaScriptEnabled?: boolean;
	width?: number;
	height?: number;
	/** whether a finger is what points */
	hasTouch?: boolean;
	/** whether the site's worker may keep pages; without it every request of a page is the page's own */
	worker?: boolean;
};

/** Opens a fresh profile whose addresses are relative to `url`. */
export async function visit(
	browser: Browser,
	url: string,
	{
		javaScriptEnabled = true,
		width = 1280,
		height = 800,
		hasTouch = false,
		worker = false,
	}: Circumstances = {},
): Promise<Visitor> {
	const context = await browser.newContext({
		baseURL: url,
		javaScriptEnabled,
		viewport: { width, height },
		hasTouch,
		serviceWorkers: worker ? 'allow' : 'block',
		reducedMotion: 'reduce',
		locale: 'en-GB',
	});
	context.setDefaultTimeout(patience);
	const page = await context.newPage();
	const complaints: string[] = [];
	const requests: string[] = [];
	let opened = '';
	page.on('console', (message) => {
		// Who goes on at once has not seen what the document was to show.
		if (/preloaded .* but not used/.test(message.text()) && page.url() !== opened) return;
		// Playwright’s own word that it keeps the worker away.
		if (!worker && message.text().startsWith('Service Worker registration blocked')) return;
		if (['warning', 'error'].includes(message.type()))
			complaints.push(`console ${message.type()}: ${message.text()} ${message.location().url}`);
	});
	page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
	page.on('requestfailed', (request) => {
		const { errorText } = request.failure() ?? {};
		// Where scripts are switched off, the browser refuses those that the page preloads.
		if (!javaScriptEnabled && errorText === 'csp') return;
		// Whoever leaves a page early does not wait for what it was still fetching.
		if (errorText === 'net::ERR_ABORTED') return;
		complaints.push(`failed: ${request.method()} ${request.url()} ${errorText}`);
	});
	let isLive = false;
	page.on('websocket', (socket) =>
		socket.on('framereceived', ({ payload }) => {
			isLive ||= String(payload).includes('"type":"subscribed"');
		}),
	);
	page.on('request', (request) => {
		if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
			isLive = false;
			opened = request.url();
		}
		const { pathname, search } = new URL(request.url());
		if (!/^\/(assets|api\/drafts|health)/.test(pathname))
			requests.push(`${request.method()} ${pathname}${search}`);
	});
	const excuse = (pattern: RegExp) => {
		complaints.splice(0, Infinity, ...complaints.filter((complaint) => !pattern.test(complaint)));
	};
	const untilLive = async () => {
		for (const end = Date.now() + patience; !isLive; await page.waitForTimeout(20))
			if (Date.now() > end) throw new Error(`${page.url()} does not go live.`);
	};
	return { page, complaints, requests, excuse, untilLive, close: () => context.close() };
}

/** Signs somebody in at `url`, in place of whoever was. */
export async function signIn(
	context: BrowserContext,
	url: string,
	{ cookie }: { cookie: string },
): Promise<void> {
	const [name, value] = cookie.split('=') as [string, string];
	await context.addCookies([{ name, value, url }]);
}
