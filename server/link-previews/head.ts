import { Parser } from 'htmlparser2';
import { excerptText } from '../posts/markdown.ts';

/** What a page says of itself, as plain text of one line each. */
export type PageHead = { title: string; description: string | null; siteName: string | null };

const lengths = { title: 150, description: 240, siteName: 60 };
/** Where a page without a word of HTTP on it may name its character set (HTML, section 13.2.3.2). */
const prescanBytes = 1024;

/** Control characters, and those that turn the direction of what follows. */
const unprintable = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** @returns null for a page without a title that can be read */
export function readHead(bytes: Buffer, contentType: string): PageHead | null {
	const { title, meta } = parseHead(decode(bytes, contentType));
	const pick = (name: keyof typeof lengths, ...texts: (string | undefined)[]) =>
		texts.map((text) => clean(text, lengths[name])).find((text) => text !== null) ?? null;
	const found = {
		title: pick('title', meta['og:title'], meta['twitter:title'], title),
		description: pick(
			'description',
			meta['og:description'],
			meta['twitter:description'],
			meta.description,
		),
		siteName: pick('siteName', meta['og:site_name'], meta['application-name']),
	};
	return found.title === null ? null : { ...found, title: found.title };
}

/** A text that could not be decoded is none. */
function clean(text: string | undefined, length: number): string | null {
	if (!text || text.includes('\uFFFD')) return null;
	return excerptText(text.replace(/\s+/g, ' ').replace(unprintable, ''), length) || null;
}

function parseHead(html: string): { title: string; meta: Record<string, string> } {
	const meta: Record<string, string> = Object.create(null);
	let title = '';
	let isTitle = false;
	let isOver = false;
	const parser = new Parser({
		onopentag(tag, { property, name, content }) {
			isOver ||= tag === 'body';
			isTitle = tag === 'title' && title === '' && !isOver;
			if (tag !== 'meta' || isOver || !content) return;
			for (const key of [property, name]) if (key) meta[key.toLowerCase()] ??= content;
		},
		ontext(text) {
			if (isTitle) title += text;
		},
		onclosetag(name) {
			isTitle = false;
			isOver ||= name === 'head';
		},
	});
	parser.end(html);
	return { title, meta };
}

/** As the byte order mark, the HTTP header or the page itself says; UTF-8 where none names a known character set. */
function decode(bytes: Buffer, contentType: string): string {
	const start = bytes.toString('latin1', 0, prescanBytes);
	const labels = [
		readMark(bytes),
		readCharset(contentType),
		readCharset(/<meta\b[^>]*charset[^>]*>/i.exec(start)?.[0] ?? ''),
	];
	for (const label of labels) {
		const decoder = label === undefined ? null : openDecoder(label);
		if (decoder) return decoder.decode(bytes, { stream: true });
	}
	return new TextDecoder().decode(bytes, { stream: true });
}

const readCharset = (text: string) => /charset\s*=\s*["']?\s*([^\s"';>]+)/i.exec(text)?.[1];

function readMark(bytes: Buffer): string | undefined {
	if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
	return bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined;
}

function openDecoder(label: string): TextDecoder | null {
	try {
		return new TextDecoder(label);
	} catch {
		return null;
	}
}
