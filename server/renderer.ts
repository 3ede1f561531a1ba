import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from '@inertiajs/core';
import type { ViteDevServer } from 'vite';
import { ensureBuild } from './build.ts';

/** Turns page objects into documents. */
export type Renderer = {
	/** changes whenever the client does */
	readVersion(): Promise<string>;
	/** @param meta goes into the head beside what the page itself puts there */
	renderDocument(page: Page, meta: string): Promise<string>;
	/** the scripts written into every document, as sources of a Content-Security-Policy */
	inlineScripts: string[];
	/** what the browser gets of the build; none where the sources are served */
	clientFolder?: string;
};

type RenderPage = typeof import('../client/entry-server.ts').renderPage;
type Manifest = Record<
	string,
	{ file: string; assets?: string[]; imports?: string[]; dynamicImports?: string[] }
>;

const root = new URL('../', import.meta.url);

/** What only some pages show, and how a page shows it. */
const specialFonts = [
	{ file: /latin-400-italic/, use: /<em>|data-italic/ },
	{ file: /latin-700-normal/, use: /<strong>|<th>/ },
];

/** Renders with a build of the client: the one in `folder`, or that of the present sources. */
export async function createBuiltRenderer(folder?: string): Promise<Renderer> {
	const build = folder ?? (await ensureBuild());
	const clientFolder = join(build, 'client');
	const entry = pathToFileURL(join(build, 'server', 'entry-server.js'));
	const { renderPage } = (await import(entry.href)) as { renderPage: RenderPage };
	const [template, manifestText] = await Promise.all([
		readFile(new URL('client/index.html', root), 'utf8'),
		readFile(join(clientFolder, '.vite', 'manifest.json'), 'utf8'),
	]);
	const manifest = JSON.parse(manifestText) as Manifest;
	const version = createHash('sha256').update(manifestText).digest('hex').slice(0, 16);
	const links = new Map<string, string>();
	return {
		clientFolder,
		readVersion: async () => version,
		inlineScripts: hashScripts(template),
		async renderDocument(page, meta) {
			const { head, body } = await renderPage(page);
			const key = `${page.component}.svelte`;
			if (!links.has(key)) links.set(key, linkAssets(manifest, key));
			const special = specialFonts
				.filter(({ use }) => use.test(body))
				.map(({ file }) => preloadFonts(manifest, file));
			return fillTemplate(template, {
				head: special.join('') + links.get(key)! + head + meta,
				body,
			});
		},
	};
}

/** Renders with the sources of the client, through Vite's development server. */
export function createDevelopmentRenderer(vite: ViteDevServer): Renderer {
	return {
		readVersion: async () => 'development',
		inlineScripts: [],
		async renderDocument(page, meta) {
			const template = await readFile(new URL('client/index.html', root), 'utf8');
			const script = '<script type="module" src="/entry-client.ts"></script>';
			const html = await vite.transformIndexHtml(
				page.url,
				template.replace('<!--head-->', `${script}<!--head-->`),
			);
			const { renderPage } = (await vite.ssrLoadModule('/entry-server.ts')) as {
				renderPage: RenderPage;
			};
			const { head, body } = await renderPage(page);
			return fillTemplate(html, { head: head + meta, body });
		},
	};
}

const hashScripts = (html: string) =>
	[...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
		([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
	);

function fillTemplate(template: string, { head, body }: { head: string; body: string }): string {
	return template.replace('<!--head-->', () => head).replace('<!--body-->', () => body);
}

/** Fonts, the style sheet and the scripts of the entry and of one page, in the order in which they are needed. */
function linkAssets(manifest: Manifest, page: string): string {
	const entry = findEntry(manifest);
	const component = Object.keys(manifest).find((key) => key.endsWith(`/${page}`) || key === page);
	const chunks = new Set<string>();
	const add = (key: string) => {
		if (chunks.has(key)) return;
		chunks.add(key);
		manifest[key]!.imports?.forEach(add);
	};
	[entry, component].forEach((key) => key && add(key));
	return [
		preloadFonts(manifest, /latin-(wght|400)-normal/),
		`<link rel="stylesheet" href="/${manifest['style.css']!.file}">`,
		...[...chunks].map((key) => `<link rel="modulepreload" href="/${manifest[key]!.file}">`),
		`<script type="module" src="/${manifest[entry]!.file}"></script>`,
	].join('');
}

/** A font that comes after the first paint is not shown on that page, lest it move what is read. */
function preloadFonts(manifest: Manifest, pattern: RegExp): string {
	return (manifest[findEntry(manifest)]!.assets ?? [])
		.filter((file) => pattern.test(file))
		.map((file) => `<link rel="preload" href="/${file}" as="font" type="font/woff2" crossorigin>`)
		.join('');
}

const findEntry = (manifest: Manifest) =>
	Object.keys(manifest).find((key) => key.endsWith('entry-client.ts'))!;
