import { request } from 'node:http';
import { alternate, type Bench, type BenchOptions } from '../bench.ts';
import type { StoredAnswer } from '../controls/buffers.ts';
import { openHttpSide } from '../http.ts';
import { startWorker } from '../processes.ts';
import type { Member } from '../members.ts';
import type { Stage } from '../stage.ts';

const connections = 32;
/** What browsers say they take. */
const browserHeaders = { accept: 'text/html', 'accept-encoding': 'gzip, deflate, br' };

export const pageSignedOut: Bench = {
	name: 'page-signed-out',
	about: '/ and /posts/:id without a session',
	run: (options) =>
		comparePages(options, { name: 'page-signed-out', isSignedIn: false, atLeast: 0.85 }),
};

export const pageSignedIn: Bench = {
	name: 'page-signed-in',
	about: '/ and /posts/:id with a session',
	run: (options) =>
		comparePages(options, { name: 'page-signed-in', isSignedIn: true, atLeast: 0.1 }),
};

async function comparePages(
	options: BenchOptions,
	{ name, isSignedIn, atLeast }: { name: string; isSignedIn: boolean; atLeast: number },
) {
	const stage = await options.openStage();
	const paths = ['/', `/posts/${await findConversation(stage)}`];
	const members = isSignedIn ? await stage.join(connections) : [];
	const answers = await Promise.all(
		paths.map((path) => readAnswer(stage.server.url + path, headersOf(members[0]))),
	);
	const control = startWorker('controls/buffers.ts');
	options.defer(control.close);
	const requests = paths.map((path) => ({ method: 'GET', path }));
	const loadAt = (url: string) => ({
		url,
		status: 200,
		connections: Array.from({ length: connections }, (_, index) => ({
			headers: headersOf(members[index]),
			requests,
		})),
	});
	const sides = await Promise.all([
		openHttpSide(options, {
			name: 'project',
			pid: stage.server.pid,
			load: loadAt(stage.server.url),
		}),
		openHttpSide(options, {
			name: 'buffers',
			pid: control.pid,
			load: loadAt(await control.ask('open', answers)),
		}),
	]);
	const [project, buffers] = await alternate(sides, options, options.report);
	const sizes = sides.map(({ total }) => total.bytes / total.requests);
	if (Math.abs(sizes[0]! / sizes[1]! - 1) > 0.03)
		throw new Error(`The sides answer ${sizes.map(Math.round).join(' and ')} bytes on average.`);
	const encoding = answers.map(({ encoding }) => encoding ?? 'not compressed').join(', ');
	return [
		{
			name,
			unit: '/s' as const,
			project: project!,
			control: buffers!,
			controlName: 'bare Fastify, the same bytes',
			compare: 'ratio' as const,
			target: { atLeast },
			notes: [
				`${connections} connections, ${paths.join(' and ')} in turn, ${Math.round(sizes[0]!)} bytes on average (${encoding})`,
			],
		},
	];
}

function headersOf(member: Member | undefined): Record<string, string> {
	return { ...browserHeaders, ...(member && { cookie: member.cookie }) };
}

/** An answer of the first thread with 30 replies or a few more. */
async function findConversation({ pool }: Stage): Promise<number> {
	const { rows } = await pool.query<{ id: number }>(
		`select id from posts join scores on post_id = id
		where depth = 0 and posts.visible and posts.thread_id = 1 and reply_count >= 30
		order by reply_count, id limit 1`,
	);
	return rows[0]!.id;
}

/** Headers that a server makes for each answer anew. */
const ownHeaders = new Set([
	'date',
	'connection',
	'keep-alive',
	'transfer-encoding',
	'content-length',
]);

/** Reads an answer as it comes over the wire, the second time it is asked for. */
async function readAnswer(url: string, headers: Record<string, string>): Promise<StoredAnswer> {
	await fetchRaw(url, headers);
	const { body, ...answer } = await fetchRaw(url, headers);
	const kept = Object.entries(answer.headers).filter(([name]) => !ownHeaders.has(name));
	return {
		methods: ['GET'],
		path: new URL(url).pathname,
		encoding: answer.headers['content-encoding'] ?? null,
		headers: Object.fromEntries(kept) as Record<string, string>,
		body,
	};
}

function fetchRaw(url: string, headers: Record<string, string>) {
	return new Promise<{ headers: Record<string, string | undefined>; body: Buffer }>(
		(resolve, reject) =>
			request(url, { headers }, async (response) => {
				const chunks = await Array.fromAsync(response);
				const body = Buffer.concat(chunks as Buffer[]);
				if (response.statusCode !== 200) return reject(new Error(`${url}: ${response.statusCode}`));
				resolve({ headers: response.headers as Record<string, string>, body });
			})
				.on('error', reject)
				.end(),
	);
}
