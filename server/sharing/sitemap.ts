import type { Thread } from '../threads/schema.ts';

/** Ids in each part of the sitemap; the protocol allows 50,000 addresses (https://www.sitemaps.org/protocol.html). */
const partSize = 20_000;
export const mostParts = Math.ceil(2 ** 31 / partSize);

export const partOf = (part: number) => ({ from: part * partSize, to: (part + 1) * partSize });

/** The index of the sitemaps of an installation whose latest post is `lastId`. */
export function describeSitemaps(origin: string, lastId: number): string {
	const parts = Array.from(
		{ length: Math.floor(lastId / partSize) + 1 },
		(_, part) => `/sitemaps/posts-${part}.xml`,
	);
	const paths = ['/sitemaps/threads.xml', ...parts];
	return write(
		'sitemapindex',
		paths.map((path) => `<sitemap><loc>${escape(origin + path)}</loc></sitemap>`),
	);
}

export const describeThreads = (origin: string, threads: Thread[]): string =>
	write('urlset', [
		`<url><loc>${escape(origin)}/</loc></url>`,
		...threads.map(({ slug }) => `<url><loc>${escape(origin)}/threads/${slug}</loc></url>`),
	]);

export const describeAnswers = (
	origin: string,
	answers: { id: number; changedAt: Date }[],
): string =>
	write(
		'urlset',
		answers.map(
			({ id, changedAt }) =>
				`<url><loc>${escape(origin)}/posts/${id}</loc><lastmod>${changedAt.toISOString()}</lastmod></url>`,
		),
	);

const write = (root: string, entries: string[]) =>
	`<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${entries.join('\n')}\n</${root}>\n`;

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
