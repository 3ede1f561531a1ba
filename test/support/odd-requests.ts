import type { Aged, Asked, RawHeaders } from './twins.ts';

export type Random = () => number;

export const pick = <T>(random: Random, items: readonly T[]): T =>
	items[Math.floor(random() * items.length)]!;

/** What requests are made of: who and what is there. */
export type Known = {
	version: string;
	/** of each, whether its member has signed out */
	sessions: { accountId: number; token: string; isOver: boolean }[];
	handles: string[];
	postIds: number[];
	etags: string[];
	assets: string[];
};

/** `aged` is the session, and how many days it has left when the request is made. */
export type Read = Asked & { aged: Aged | null };

const hosts: RawHeaders[] = [
	['Host', 'two.example:8080'],
	['Host', '[::1]:3000'],
	['Host', ''],
	['Host', 'no host'],
	['Host', 'one.example', 'host', 'two.example'],
	['Host', 'one.example', 'X-Forwarded-Host', 'three.example'],
	['Host', 'one.example', 'X-Forwarded-Host', 'a b', 'X-Forwarded-Proto', 'https'],
	['Host', 'one.example', 'X-Forwarded-Proto', 'https'],
	['Host', 'one.example', 'X-Forwarded-Proto', 'https one.example / document'],
];

/** Of a session and another one. */
const cookies: ((token: string, other: string) => RawHeaders)[] = [
	(token) => ['Cookie', `session =${token}`],
	(token) => ['Cookie', `session\t=\t${token}`],
	(token) => ['Cookie', `session="${token}"`],
	(token) => ['Cookie', `session=%${token.charCodeAt(0).toString(16)}${token.slice(1)}`],
	(token) => ['Cookie', `theme=dark; session=${token}; _ga=GA1.2`],
	(token) => ['Cookie', `theme="a; session=${token}; b"`],
	(token) => ['Cookie', `_ga=GA1.2;session =${token}`],
	(token, other) => ['Cookie', `session=${token}; session=${other}`],
	(token, other) => ['Cookie', `session=${token}`, 'cookie', `session=${other}`],
	(token) => ['Cookie', `session=; session=${token}`],
	(token) => ['Cookie', `Session=${token}`],
	(token) => ['Cookie', `my-session=${token}`],
	(token) => ['Cookie', `__Host-session=${token}`],
	(token) => ['Cookie', `session=${token.slice(0, -1)}`],
	(token) => ['Cookie', `session=${token.repeat(5)}`],
	(token) => ['Cookie', `;=;session;${token}`],
	() => ['Cookie', 'session=%E0%A4%A; %=1'],
	() => ['Cookie', ''],
];

function readCookie(random: Random, { sessions }: Known): [RawHeaders, Read['aged']] {
	const dice = random();
	if (dice < 0.4) return [[], null];
	const [session, { token: other }] = [pick(random, sessions), pick(random, sessions)];
	const { token } = session;
	if (dice < 0.46)
		return [['Cookie', pick(random, ['theme=dark', 'session=', '_ga="1; 2"'])], null];
	const aging = random();
	const isAged = aging < 0.1 && !session.isOver;
	const aged = isAged ? { ...session, days: aging < 0.06 ? 10 : -1 } : null;
	if (dice < 0.7) return [['Cookie', `session=${token}`], aged];
	return [pick(random, cookies)(token, other), aged];
}

function readKind(random: Random, { version }: Known): RawHeaders {
	const dice = random();
	if (dice < 0.5) return [];
	const inertia = pick(random, [
		'true',
		'true',
		'true',
		'true',
		'true',
		'false',
		'True',
		'',
		'true, true',
	]);
	const headers = ['X-Inertia', inertia];
	if (random() < 0.04) headers.push('x-inertia', inertia);
	const versions = [
		[version],
		[version],
		[version],
		[''],
		['before'],
		[version, version],
		[' '],
		[],
	];
	for (const each of pick(random, versions)) headers.push('X-Inertia-Version', each);
	if (random() < 0.2) {
		const component = pick(random, ['ThreadPage', 'PostPage', 'RevisionsPage', 'Nothing', '']);
		headers.push('X-Inertia-Partial-Component', component);
	}
	if (random() < 0.15)
		headers.push('X-Inertia-Partial-Data', pick(random, ['definitions', 'post,replies', '', 'me']));
	if (random() < 0.15)
		headers.push(
			'X-Inertia-Partial-Except',
			pick(random, ['definitions', 'thread', 'me,meta', '']),
		);
	return headers;
}

const encodings = [
	'br',
	'gzip',
	'gzip, deflate, br',
	'br;q=0, gzip',
	'identity',
	'',
	'*',
	'x-gzip',
];

/** The address of a page that is kept; any other address now and then. */
function readPath(random: Random, known: Known): string {
	const dice = random();
	const id = pick(random, known.postIds.slice(-6)) ?? 1;
	if (dice < 0.22) return '/';
	if (dice < 0.45) return `/posts/${id}`;
	if (dice < 0.85)
		return pick(random, [
			'/threads/ownership',
			'/?tab=definitions',
			'/?tab=definitions&sort=new',
			'/?sort=new&tab=definitions',
			'/?tab=stories&practice=see-the-whole-job',
			'/?tab=nonsense',
			'/?tab=all&tab=stories',
			'/?draft=Mine',
			'/?',
			'/?utm_source=mail&utm_medium=a%20letter',
			'/?x=1&tab=stories&tab=',
			'/?x&sort=new&y=&tab=definitions',
			'/?draft=Mine&x=1',
			'/?%74ab=stories&__proto__=1',
			`/posts/${id}?fbclid=${'x'.repeat(400)}`,
			`/posts/${id}?branch&x`,
			'//',
			'/%2f',
			`/posts/${id}?sort=new`,
			`/posts/${id}?reply=${id}`,
			`/posts/${id}?branch=`,
			`/posts/${id}/revisions`,
			`/posts/0${id}`,
		]);
	return pick(random, [
		'/threads',
		'/sign-in?from=/',
		'/nowhere',
		'/posts/2147483647',
		`/posts/${id}/edit`,
		'/threads/ownership/stories/new',
		`/members/${pick(random, known.handles)}`,
		'/api/me',
		'/api/threads',
		'/api/threads/ownership',
		'/api/threads/ownership/posts?sort=top',
		'/api/threads/ownership/posts?kind=definition&limit=3',
		`/api/posts/${id}`,
		`/api/posts/${id}/replies`,
		`/api/posts/${id}/revisions`,
		'/api/members?prefix=f',
		'/robots.txt',
		'/sitemap.xml',
		'/icon.svg',
		'/manifest.webmanifest',
		pick(random, known.assets),
	]);
}

/** A request that changes nothing, as nobody would make it by hand. */
export function inventRead(random: Random, known: Known): Read {
	const path = readPath(random, known);
	const [cookie, aged] = readCookie(random, known);
	const headers: RawHeaders = random() < 0.85 ? ['Host', 'one.example'] : [...pick(random, hosts)];
	headers.push(...cookie, ...readKind(random, known));
	const accept = pick(random, ['text/html', 'text/html', 'text/html', 'application/json', null]);
	if (accept) headers.push('Accept', accept);
	if (random() < 0.4) headers.push('Accept-Encoding', pick(random, encodings));
	if (random() < 0.03) headers.push('accept-encoding', pick(random, encodings));
	if (random() < 0.03) headers.push('If-None-Match', pick(random, ['*', 'W/""']));
	if (random() < 0.04) headers.push('X-Failed-Form', pick(random, ['', 'a-ticket']));
	if (random() < 0.04)
		headers.push('Weigh-In-Account', String(pick(random, known.sessions).accountId));
	return { method: random() < 0.25 ? 'HEAD' : 'GET', path, headers, aged };
}

/** The same, by one who has what was answered lately. */
export const again = (read: Read, { etags }: Known): Read => ({
	...read,
	headers: [...read.headers, 'If-None-Match', etags.join()],
});
