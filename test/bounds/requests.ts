import type { Client } from '../support/app.ts';
import { tell } from '../support/scenes.ts';
import type { Row } from './row.ts';

/** Each route that takes a body, apart from files, with its address for the post `id`. */
const routes: [method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', route: string][] = [
	['POST', '/api/accounts'],
	['POST', '/api/session'],
	['PATCH', '/api/me'],
	['POST', '/api/threads'],
	['POST', '/api/threads/:slug/posts'],
	['PUT', '/api/threads/:slug/lock'],
	['PATCH', '/api/posts/:id'],
	['POST', '/api/posts/:id/replies'],
	['PUT', '/api/posts/:id/upvote'],
	['PUT', '/api/posts/:id/feature'],
	['PUT', '/api/posts/:id/removal'],
	['PUT', '/api/members/:handle/suspension'],
	['PUT', '/api/members/:handle/role'],
	['PUT', '/api/members/:handle/removals/:part'],
	['PUT', '/api/images/:id/removal'],
	['POST', '/api/link-previews'],
	['PUT', '/api/drafts/:key'],
];

const fields = [
	'handle',
	'name',
	'email',
	'password',
	'headline',
	'about',
	'question',
	'introduction',
]
	.concat([
		'slug',
		'kind',
		'title',
		'body',
		'practices',
		'note',
		'highlight',
		'reason',
		'role',
		'url',
	])
	.concat(['content', 'key']);

/** As much as a request may be, and a little room for what stands around it. */
const size = 260_000;
const units = [
	'a',
	'A_',
	'a.',
	'a-',
	'@',
	'a@',
	'a@a.',
	' ',
	'\\r\\n',
	'\\u0301',
	'\\u202e',
	'字',
	'-',
	'/',
	'http://',
	':',
	'<',
	'\\ud800',
	'\\u0000',
	'😀',
];

function writeBodies(random: () => number): string[] {
	const fill = (unit: string, length: number) => unit.repeat(length / Buffer.byteLength(unit));
	const texts = units.flatMap((unit) => {
		const field = fields[Math.floor(random() * fields.length)]!;
		const all = fields.map((name) => `"${name}":"${fill(unit, size / fields.length - 20)}!"`);
		return [`{${all.join()}}`, `{"kind":"definition","${field}":"${fill(unit, size - 60)}!"}`];
	});
	return [
		...texts,
		'['.repeat(size),
		'{"a":'.repeat(size / 5),
		`{"body":${'['.repeat(size / 2 - 10)}${']'.repeat(size / 2 - 10)}}`,
		`{"practices":[${fill('1,', size - 20)}1]}`,
		`{"practices":[${fill('"see-the-whole-job",', size - 60)}"x"]}`,
		`{${Array.from({ length: size / 12 }, (_, n) => `"k${n}":1`).join()}}`,
		fill('a=1&', size),
		fill('&', size),
		fill('%', size),
		fill('body=%0D%0A', size),
		`body=${fill('%F0%9F%98%80', size - 5)}`,
		fill('practices[]=x&', size),
	];
}

/** Whatever is sent to whatever takes a body: it is read, weighed and refused in time. */
export const requests: Row[] = routes.map(([method, route]): Row => ({
	name: `any body, ${method} ${route}`,
	routes: [`${method} ${route}`],
	bound: 'bytes by bodyLimit, depth and lists by requireShallow, texts by the schemas',
	write: writeBodies,
	prepare: async ({ host }) => {
		await host.post('/api/threads', { question: 'Locked?', introduction: 'So.', slug: 'locked' });
		const { id } = await tell(host);
		const url = route
			.replace(':slug', route.endsWith('lock') ? 'locked' : 'ownership')
			.replace(':id', `${id}`)
			.replace(':part', 'avatar')
			.replace(':key', `edit:${id}`)
			.replace(':handle', 'nobody_here');
		return async (payload) => {
			const type = /^[[{]/.test(payload) ? 'application/json' : 'application/x-www-form-urlencoded';
			return () => send(host, { method, url, payload, type });
		};
	},
	readOutput: () => '',
	statuses: [200, 201, 204, 303, 400, 401, 403, 404, 409, 413, 422],
}));

const send = (
	client: Client,
	{
		method,
		url,
		payload,
		type,
	}: { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; url: string; payload: string; type: string },
) => client.send({ method, url, payload, headers: { 'content-type': type } });
