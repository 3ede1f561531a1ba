import { fileForm } from '../support/pictures.ts';
import { listen } from './listen.ts';
import type { Row } from './row.ts';

const largest = 10 * 1024 * 1024;
const fill = (unit: string, length: number) =>
	unit.repeat(Math.ceil(length / unit.length)).slice(0, length);

/** Files that are no pictures, as Latin-1, and some that say at first that they are. */
function writeFiles(random: () => number): string[] {
	const heads = [
		'\x89PNG\r\n\x1a\n\0\0\0\rIHDR',
		'GIF89a',
		'\xff\xd8\xff\xe0',
		'RIFF\xff\xff\xff\xffWEBP',
	];
	const units = ['\0', '\r\n', '\r\n--', '\r\n------boundary-of-a-for', '<svg>'];
	return [
		...heads.map((head) => head + fill(String.fromCharCode(Math.floor(random() * 256)), 1e6)),
		...units.map((unit) => fill(unit, largest)),
		fill('\r\n------boundary-of-a-form\r\ncontent-disposition: form-data; name="a"\r\n\r\n', 1e6),
		fill(
			'\r\n------boundary-of-a-form\r\ncontent-disposition: form-data; name="a"\r\n\r\n',
			largest,
		),
		fill('\r\n------boundary-of-a-form\r\n', largest),
		`\r\n------boundary-of-a-form\r\n${fill('a: b\r\n', 1e6)}\r\n\r\n`,
	];
}

/** Every file that is sent. */
export const uploads: Row[] = (
	[
		['POST', '/api/images'],
		['PUT', '/api/me/avatar'],
	] as const
).map(([method, url]) => ({
	name: `a file, ${method} ${url}`,
	routes: [`${method} ${url}`],
	bound:
		'bytes and parts by server/images/upload.ts, how many at once by server/images/uploads.ts; decoded by another process',
	write: writeFiles,
	prepare: async ({ site, member }) => {
		const origin = await listen(site);
		return async (file) => {
			const { payload, headers } = fileForm(Buffer.from(file, 'latin1'));
			const sent = { ...headers, cookie: member.cookie };
			return async () => {
				const request = new Request(origin + url, {
					method: method as 'POST',
					headers: sent,
					body: payload,
				});
				const answer = await fetch(request);
				return { statusCode: answer.status, body: await answer.text() };
			};
		};
	},
	statuses: [400, 413, 415, 422],
}));
