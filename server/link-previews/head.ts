import { Parser } from 'htmlparser2';
import { excerptText } from '../posts/markdown.ts';

/** What a page says of itself, as plain text of one line each. */
export type PageHead = { title: string; description: string | null; siteName: string | null };

const lengths = { title: 150, description: 240, siteName: 60 };
/** Most characters that are looked at of one text, spaces included. */
const maxText = 4_000;
/** Where a page without a word of HTTP on it may name its character set (HTML, section 13.2.3.2). */
const prescanBytes = 1024;
/** Most bytes that are read of a page. */
const maxBytes = 512 * 1024;
/** Bytes that are parsed at a time. */
const sliceBytes = 16_384;

/** Control characters, and those that turn the direction of what follows. */
const unprintable = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;

/** The elements that may stand in a head (HTML, section 4.2); any other one begins the body. */
const headElements = new Set(
	'html head title meta base link style script noscript template'.split(' '),
);
/** Within these stands what is not shown, and no end of the head. */
const asides = new Set(['noscript', 'template']);
/** How deep elements lie in each other in a head, at most. */
const maxDepth = 16;
const maxAttributes = 100;

/** Takes a page's bytes as they come, until its head is over; the work is linear in them. */
export class HeadReader {
	readonly #contentType: string;
	readonly #head = createHeadParser();
	/** of a page whose character set is not known yet */
	#first: Buffer[] = [];
	#size = 0;
	#decoder: TextDecoder | null = null;

	/** @param contentType of the HTTP answer */
	constructor(contentType: string) {
		this.#contentType = contentType;
	}

	/** @returns whether nothing more of the page is wanted */
	write(chunk: Buffer): boolean {
		const bytes = chunk.subarray(0, maxBytes - this.#size);
		this.#size += bytes.length;
		if (this.#decoder) this.#parse(bytes);
		else {
			this.#first.push(bytes);
			if (this.#size >= prescanBytes) this.#begin();
		}
		return this.#head.isOver() || this.#size >= maxBytes;
	}

	/** @returns null for a page without a title that can be read */
	read(): PageHead | null {
		if (!this.#decoder) this.#begin();
		return this.#head.read();
	}

	#begin(): void {
		const bytes = Buffer.concat(this.#first);
		this.#first = [];
		this.#decoder = chooseDecoder(bytes, this.#contentType);
		this.#parse(bytes);
	}

	#parse(bytes: Buffer): void {
		for (let at = 0; at < bytes.length && !this.#head.isOver(); at += sliceBytes)
			this.#head.write(
				this.#decoder!.decode(bytes.subarray(at, at + sliceBytes), { stream: true }),
			);
	}
}

/** A text that could not be decoded is none. */
function clean(text: string | undefined, length: number): string | null {
	if (!text || text.includes('\uFFFD')) return null;
	return excerptText(text.replace(/\s+/g, ' ').replace(unprintable, ''), length) || null;
}

type Texts = { title: string; meta: Record<string, string> };

/** The names under which a page says each of it, the best first. */
const names = {
	title: ['og:title', 'twitter:title'],
	description: ['og:description', 'twitter:description', 'description'],
	siteName: ['og:site_name', 'application-name'],
};
const wanted = new Set(Object.values(names).flat());

function readTexts({ title, meta }: Texts): PageHead | null {
	const pick = (name: keyof typeof lengths, last?: string) =>
		[...names[name].map((key) => meta[key]), last]
			.map((text) => clean(text, lengths[name]))
			.find((text) => text !== null) ?? null;
	const found = {
		title: pick('title', title),
		description: pick('description'),
		siteName: pick('siteName'),
	};
	return found.title === null ? null : { ...found, title: found.title };
}

function createHeadParser() {
	const texts: Texts = { title: '', meta: Object.create(null) };
	let isTitle = false;
	let isOver = false;
	let depth = 0;
	let attributes = 0;
	let aside = 0;
	const end = () => {
		isOver = true;
		parser.pause();
	};
	const parser = new Parser({
		onopentagname() {
			attributes = 0;
		},
		onattribute() {
			if (++attributes > maxAttributes) end();
		},
		onopentag(tag, { property, name, content }) {
			if (isOver) return;
			depth++;
			if (depth > maxDepth || (aside === 0 && !headElements.has(tag))) return end();
			if (aside > 0 || asides.has(tag)) aside++;
			isTitle = tag === 'title' && texts.title === '' && aside === 0;
			if (tag !== 'meta' || aside > 0 || !content) return;
			for (const key of [property?.toLowerCase(), name?.toLowerCase()])
				if (key && wanted.has(key)) texts.meta[key] ??= content.slice(0, maxText);
		},
		ontext(text) {
			if (isTitle && !isOver) texts.title += text.slice(0, maxText - texts.title.length);
		},
		onclosetag(tag) {
			isTitle = false;
			depth--;
			if (aside > 0) aside--;
			if (tag === 'head') end();
		},
	});
	return {
		write: (html: string) => parser.write(html),
		isOver: () => isOver,
		read: () => readTexts(texts),
	};
}

/** As the byte order mark, the HTTP header or the page itself says; UTF-8 where none names a known character set. */
function chooseDecoder(bytes: Buffer, contentType: string): TextDecoder {
	const start = bytes.toString('latin1', 0, prescanBytes);
	const labels = [
		readMark(bytes),
		readCharset(contentType),
		readCharset(/<meta\b[^<>]*charset[^<>]*>/i.exec(start)?.[0] ?? ''),
	];
	for (const label of labels) {
		const decoder = label === undefined ? null : openDecoder(label);
		if (decoder) return decoder;
	}
	return new TextDecoder();
}

const readCharset = (text: string) => /charset\s*=\s*["']?([^\s"';>]+)/i.exec(text)?.[1];

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
