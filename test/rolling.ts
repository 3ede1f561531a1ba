import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ensureBuild } from '../server/build.ts';
import { findPort } from './support/server.ts';
import { end, launch, type ServerProcess, startPostgres, startServer } from './support/servers.ts';

const usage = `Usage: node test/rolling.ts [--requests <number>] [--connections <number>] [--no-drain]

Two servers on one database behind HAProxy, which must be installed. They are restarted in turn, one after the
other and without a pause, while readers and members send requests: none may fail. With --no-drain the servers do
not wait for HAProxy to notice that they stop.`;

type Options = { requests: number; connections: number; drainSeconds: number };
type Outcome = { requests: number; restarts: number; failures: Map<string, number> };

/** Every half a second HAProxy asks who is ready; one no is enough, and so is one yes. */
const describeBalancer = (port: number, servers: ServerProcess[]) => `
global
	maxconn 2000
defaults
	mode http
	timeout connect 2s
	timeout client 30s
	timeout server 30s
	timeout check 5s
	option httpchk GET /health/ready
	default-server check inter 500ms fall 1 rise 1
frontend site
	bind 127.0.0.1:${port}
	stats enable
	stats uri /balancer
	default_backend servers
backend servers
	balance roundrobin
${servers.map(({ url }, n) => `\tserver server${n} ${new URL(url).host}`).join('\n')}
`;

/** One round on an installation of its own; tells `onProgress` how many requests were answered. */
export async function playRolling(
	{ requests, connections, drainSeconds }: Options,
	onProgress: (answered: number, restarts: number) => void = () => {},
): Promise<Outcome> {
	await ensureBuild({ info: () => {} });
	const closing: (() => Promise<unknown>)[] = [];
	try {
		const postgres = await startPostgres();
		closing.push(postgres.close);
		const servers: ServerProcess[] = [];
		for (let n = 0; n < 2; n++) {
			const server = await startServer({
				DATABASE_URL: postgres.url,
				RATE_LIMIT: 'off',
				LOG_LEVEL: 'warn',
				TRUST_PROXY: '127.0.0.1',
				DRAIN_SECONDS: String(drainSeconds),
			});
			servers.push(server);
			closing.push(server.close);
		}
		const url = await startBalancer(servers, closing);

		const agent = new Agent({ keepAlive: true, maxSockets: connections });
		closing.push(async () => agent.destroy());
		const members = await Promise.all(
			Array.from({ length: 4 }, (_, n) => signUp(url, agent, `roller${n}`)),
		);
		const failures = new Map<string, number>();
		let begun = 0;
		let answered = 0;
		let restarts = 0;
		const ask = async (): Promise<void> => {
			while (begun < requests) {
				const wanted = pick(begun++, members);
				const outcome = await send(url, agent, wanted).then(
					({ status }) => (status === 200 ? null : `${status}`),
					(error: NodeJS.ErrnoException) => error.code ?? error.message,
				);
				answered++;
				if (!outcome) continue;
				const what = `${wanted.method} ${wanted.path.replace(/\d+/, 'N')}: ${outcome}`;
				failures.set(what, (failures.get(what) ?? 0) + 1);
			}
		};
		const asking = Promise.all(Array.from({ length: connections }, ask));
		const timer = setInterval(() => onProgress(answered, restarts), 5_000);
		while (begun < requests) {
			const server = servers[restarts++ % 2]!;
			await server.stop();
			await server.start();
			while ((await countReady(url)) < servers.length) await sleep(100);
		}
		await asking;
		clearInterval(timer);
		return { requests: answered, restarts, failures };
	} finally {
		for (const close of closing.toReversed()) await close();
	}
}

async function startBalancer(
	servers: ServerProcess[],
	closing: (() => Promise<unknown>)[],
): Promise<string> {
	const folder = await mkdtemp(path.join(tmpdir(), 'weigh-in-balancer-'));
	closing.push(() => rm(folder, { recursive: true, force: true }));
	const file = path.join(folder, 'haproxy.cfg');
	const port = await findPort();
	await writeFile(file, describeBalancer(port, servers));
	const balancer = launch('haproxy', ['-db', '-f', file], {
		PATH: `${process.env.PATH}:/usr/sbin`,
	});
	closing.push(() => end(balancer, 'SIGKILL'));
	const failed = once(balancer, 'error').then(([error]) => {
		throw new Error(
			`haproxy cannot be run (${(error as Error).message}). Install it, on Debian with apt-get install haproxy.`,
		);
	});
	const url = `http://127.0.0.1:${port}`;
	const isUp = () =>
		fetch(`${url}/health/ready`).then(
			({ ok }) => ok,
			() => false,
		);
	const ready = (async () => {
		while (!(await isUp())) await sleep(50);
	})();
	await Promise.race([ready, failed]);
	return url;
}

/** How many servers HAProxy sends requests to. */
async function countReady(url: string): Promise<number> {
	const rows = (await (await fetch(`${url}/balancer;csv`)).text()).split('\n');
	return rows.filter((row) => /^servers,server\d.*,UP,/.test(row)).length;
}

type Wanted = { method: string; path: string; cookie?: string; body?: object };

/** Half pages of readers, the others lists, members' pages and votes. */
function pick(number: number, members: string[]): Wanted {
	const cookie = members[number % members.length]!;
	const posts = 20;
	const path = `/posts/${1 + (number % posts)}`;
	if (number % 2) return { method: 'GET', path: number % 4 === 1 ? '/' : path };
	if (number % 8 === 0) return { method: 'GET', path: '/', cookie };
	if (number % 8 === 2) return { method: 'GET', path: '/api/threads/ownership/posts' };
	const method = number % 8 === 4 ? 'PUT' : 'DELETE';
	return { method, path: `/api${path}/upvote`, cookie };
}

async function signUp(url: string, agent: Agent, handle: string): Promise<string> {
	const body = {
		handle,
		name: handle,
		email: `${handle}@example.com`,
		password: 'a horse that walks in circles',
	};
	const { status, cookie } = await send(url, agent, {
		method: 'POST',
		path: '/api/accounts',
		body,
	});
	if (status !== 201 || !cookie) throw new Error(`${handle} could not sign up: ${status}`);
	return cookie;
}

function send(url: string, agent: Agent, { method, path, cookie, body }: Wanted) {
	const text = body && JSON.stringify(body);
	const headers = {
		...(cookie && { cookie }),
		...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
	};
	return new Promise<{ status: number; cookie?: string }>((resolve, reject) => {
		const sent = request(url + path, { method, agent, headers }, (response) => {
			const cookie = response.headers['set-cookie']?.[0]?.split(';')[0];
			response.once('end', () => resolve({ status: response.statusCode!, cookie }));
			response.once('error', reject);
			response.resume();
		});
		sent.once('error', reject);
		sent.end(text);
	});
}

if (import.meta.main) {
	const { values } = parseArgs({
		options: {
			requests: { type: 'string', default: '100000' },
			connections: { type: 'string', default: '16' },
			'no-drain': { type: 'boolean', default: false },
			help: { type: 'boolean', short: 'h', default: false },
		},
	});
	if (values.help) console.log(usage);
	else {
		const { requests, restarts, failures } = await playRolling(
			{
				requests: Number(values.requests),
				connections: Number(values.connections),
				drainSeconds: values['no-drain'] ? 0 : 3,
			},
			(answered, restarted) => console.log(`${answered} answered, ${restarted} restarts`),
		);
		const failed = [...failures.values()].reduce((sum, count) => sum + count, 0);
		console.log(`${failed} of ${requests} requests failed over ${restarts} restarts`);
		for (const [what, count] of failures) console.log(`  ${count} × ${what}`);
		if (failed > 0) process.exitCode = 1;
	}
}
